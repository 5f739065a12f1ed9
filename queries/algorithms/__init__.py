"""Measures of networks as pure functions over arrays: no graph store and no Cypher is touched here."""
