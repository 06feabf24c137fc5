"""The question: what a study file says, checked as a whole."""

from dse.study.constraints import Constraint
from dse.study.design_file import DesignFile
from dse.study.objectives import Objective, energy_objective, objective
from dse.study.reading import parse_study, read_study
from dse.study.resources import Resources
from dse.study.search import SAMPLERS, Search, Stop
from dse.study.study import Study

__all__ = [
    "SAMPLERS",
    "Constraint",
    "DesignFile",
    "Objective",
    "Resources",
    "Search",
    "Stop",
    "Study",
    "energy_objective",
    "objective",
    "parse_study",
    "read_study",
]
