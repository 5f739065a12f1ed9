"""Formats of tables: each read as columns of text. `ingest/read.py` is the way in."""
