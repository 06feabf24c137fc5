"""What a whole grid of designs, scored one by one, says of a slice."""

from typing import Any

import numpy as np
import pytest


def check_unbeaten(solved: Any, figures: Any) -> None:
    """A slice has the figures of the grid that no other beats. Shape `(n, objectives)` each."""
    unbeaten = {
        tuple(mine) for mine in figures
        if not any((other <= mine).all() and (other < mine).any() for other in figures)
    }  # fmt: skip
    assert np.array(sorted(map(tuple, solved))) == pytest.approx(
        np.array(sorted(unbeaten)), rel=1e-12
    )
