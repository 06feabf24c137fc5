"""Design-space exploration: studies, samplers, executors, fronts.

Heavy libraries load where they are used.
"""

from dse.results.fronts import Front, front
from dse.search.driver import run
from dse.store.record import Record
from dse.study.reading import read_study
from dse.study.study import Study

__all__ = ["Front", "Record", "Study", "front", "read_study", "run"]
