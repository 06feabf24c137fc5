"""Design-space exploration: studies, samplers, executors, fronts.

Heavy libraries load where they are used.
"""

from dse.results import Front, front
from dse.search import run
from dse.store import Record
from dse.study import Study, read_study

__all__ = ["Front", "Record", "Study", "front", "read_study", "run"]
