"""Fault-injected training."""
