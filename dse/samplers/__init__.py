"""Samplers by name, one a file."""
