"""Resolution: which records are one thing, which claim wins, which edges can stand. `resolve.py` is the way in."""
