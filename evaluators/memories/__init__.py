"""Arrays of cells: area, energy, latency and leakage."""
