"""Every distinct training: run once, wherever, and kept."""
