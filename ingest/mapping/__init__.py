"""Mappings: what the tables of a dataset mean, and the values that they give."""
