"""The questions that users ask of the graph. Imports graph only."""
