"""The questions users ask: one module each, its Cypher beside it; found by folder."""
