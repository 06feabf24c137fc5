"""`python -m evaluators.memories.calibration` fits again and writes coefficients.csv."""

from evaluators.memories.calibration.fitting import COEFFICIENTS, write_coefficients

print(f"{write_coefficients()} fits written to {COEFFICIENTS.name}")
