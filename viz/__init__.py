"""From a subgraph to a page. Imports graph only."""
