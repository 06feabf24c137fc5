"""The systolic accelerator: cycles, accesses and off-chip traffic of a training step."""
