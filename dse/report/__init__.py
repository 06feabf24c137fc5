"""One self-contained page of a study's results."""

from dse.report.chosen import knees
from dse.report.page import write_report
from dse.report.subject import Subject

__all__ = ["Subject", "knees", "write_report"]
