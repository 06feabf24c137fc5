"""Design-space exploration: studies, samplers, executors, fronts.

The names are bound here and at once, as two of them are also those of modules. Heavy libraries
load where they are used.
"""

from dse.front import Front, front
from dse.record import Record
from dse.run import run
from dse.study import Study, read_study

__all__ = ["Front", "Record", "Study", "front", "read_study", "run"]
