"""From a study to its record: what is tried, judged and told."""

from dse.search.alone import best_alone, least_alone
from dse.search.driver import run
from dse.search.expected_cost import forecast
from dse.search.hypervolume import Convergence, Growth
from dse.search.loop import SearchLoop
from dse.search.proposer import Proposer
from dse.search.rehearsal import rehearse
from dse.search.slices import Slices
from dse.search.training_identity import SeenByTraining

__all__ = [
    "Convergence",
    "Growth",
    "Proposer",
    "SearchLoop",
    "SeenByTraining",
    "Slices",
    "best_alone",
    "forecast",
    "least_alone",
    "rehearse",
    "run",
]
