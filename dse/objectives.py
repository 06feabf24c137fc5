"""Where version 0.1 had the objectives: files of users import them from here."""

from dse.study import Objective, energy_objective

__all__ = ["Objective", "energy_objective"]
