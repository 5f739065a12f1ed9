"""From source files to a graph: extract, validate, resolve, load. Imports graph only."""
