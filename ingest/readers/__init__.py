"""Formats of tables: each read as columns of text. `ingest/readers/read.py` is the way in."""
