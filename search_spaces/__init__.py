"""Describes what may be searched: axes and how values become a design."""
