"""Delivery: command line and HTTP. The only package that imports all others."""
