"""Fits the structural array model to reference data."""
