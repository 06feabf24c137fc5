"""What every memory technology, cell and network promises: run it on your own.

Each function raises an `AssertionError` that names the promise and what was found instead. They
need no test framework: call them from a test, or from a console.

    from evaluators.testing import check_cell
    check_cell("my_cell:CELL")
"""

from evaluators.testing.cells import check_cell
from evaluators.testing.expect import dotted, expect
from evaluators.testing.networks import check_network
from evaluators.testing.technologies import check_technology

__all__ = ["check_cell", "check_network", "check_technology", "dotted", "expect"]
