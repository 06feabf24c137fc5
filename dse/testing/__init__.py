"""What every space, sampler, objective and executor promises: run it on your own.

Each function raises an `AssertionError` that names the promise and what was found instead. They
need no test framework and train nothing: call them from a test, or from a console.

    from dse.testing import check_objective
    check_objective("my_goal:OBJECTIVE")

Technologies, cells and networks have theirs in `evaluators.testing`.
"""

from dse.testing.executors import check_executor
from dse.testing.objectives import check_objective
from dse.testing.samplers import check_sampler
from dse.testing.spaces import check_space

__all__ = ["check_executor", "check_objective", "check_sampler", "check_space"]
