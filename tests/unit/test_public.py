"""The public face: the names of the README, functions even where a module has the same name."""

import dse
import dse.results.fronts
import dse.search.driver
import evaluators.training
from evaluators.training import train


def test_public_names_are_functions() -> None:
    assert callable(dse.run)
    assert callable(dse.front)
    assert callable(train)
    assert callable(evaluators.training.train)
