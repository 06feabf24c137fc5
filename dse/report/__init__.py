"""One self-contained page of a study's results."""

from dse.report.chosen import knees
from dse.report.drawing import Drawing
from dse.report.page import write_drawings, write_front, write_report
from dse.report.section_cell import cell_map
from dse.report.section_diameters import diameter_drawings
from dse.report.section_importance import keep_importances
from dse.report.section_tolerance import tolerance_map
from dse.report.subject import Subject

__all__ = [
    "Drawing",
    "Subject",
    "cell_map",
    "diameter_drawings",
    "keep_importances",
    "knees",
    "tolerance_map",
    "write_drawings",
    "write_front",
    "write_report",
]
