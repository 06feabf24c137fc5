"""`dse report STUDY`: one self-contained HTML file."""

from dse.commands.report import print_report
from dse.report.page import write_report

__all__ = ["print_report", "write_report"]
