"""Executors by name, one a file."""
