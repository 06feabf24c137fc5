"""What a record says: front, table, twins, tolerance, verification, progress."""

import dse.results.notebook  # noqa: F401  # says how a front is shown
from dse.results.comparison import compare
from dse.results.fronts import Front, front
from dse.results.gentle_writes import write_gains
from dse.results.point import Point
from dse.results.progress import Observer
from dse.results.slice_points import scenario_of
from dse.results.sram_twin import against_sram, verdict
from dse.results.table import export
from dse.results.tolerance import tolerance_maps
from dse.results.verification import verify

__all__ = [
    "Front",
    "Observer",
    "Point",
    "against_sram",
    "compare",
    "export",
    "front",
    "scenario_of",
    "tolerance_maps",
    "verdict",
    "verify",
    "write_gains",
]
