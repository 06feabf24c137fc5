"""Scores designs: cell physics, memory arrays, accelerator, fault-injected training."""
