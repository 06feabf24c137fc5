"""What every sampler promises."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from dse.mistakes import UserError
from dse.results import front
from dse.search import run
from dse.store import Record
from dse.study import parse_study
from evaluators.testing import dotted, expect

ONE_ORGANISATION: Final = {
    "accumulator_depth_words": 1024,
    **{f"{kind}_{axis}": value for kind in ("activation", "weight", "error")
       for axis, value in (("banks", 1), ("mat_kib", 512))},
}  # fmt: skip
"""Axes that let each memory have one bank of large mats: slices are solved in no time."""

AXES: Final = {
    **ONE_ORGANISATION,
    "array_rows": [16, 64],
    "activation_capacity_bytes": [2**20, 2**22],
    "weight_capacity_bytes": [2**20],
    "error_capacity_bytes": [2**20, 2**21],
}
"""A space of few designs whose evaluation trains nothing."""


def check_sampler(
    sampler: str | Callable[..., Any],
    *,
    candidates: int = 22,
    lookahead: int = 0,
    strategy: str = "joint",
    axes: Mapping[str, Any] | None = None,
) -> None:
    """The same table whether a search is stopped or not, with as many candidates as were asked.

    So what a batch proposes follows from the study and what came before it alone.

    Args:
        sampler: its name, `module:sampler`, or that function itself.
        candidates: of the search; more than 12 so that it can be stopped twice. [-]
        lookahead: batches that are chosen ahead of results. [-]
        strategy: `joint` or `nested`.
        axes: that narrow space `homogeneous` further.

    Raises:
        AssertionError: a broken promise.
    """
    name = dotted(sampler)
    told = {
        "name": "contract",
        "space": "homogeneous",
        "objectives": ["energy_j", "area_m2"],
        "scenario": {"network": "lenet5"},
        "axes": {**AXES, **(axes or {})},
        "search": {
            "sampler": name,
            "candidates": candidates,
            "batch": 5,
            "population": 6,
            "lookahead": lookahead,
            "strategy": strategy,
            "seed": 7,
        },
    }
    whole = _searched(told, (candidates,))
    count = len(whole.candidates)
    expect(
        count == candidates,
        f"sampler {name!r} must choose {candidates} candidates, got {count}",
    )
    promise = (
        f"sampler {name!r} must propose the same after a stop: take its randomness from `seed` "
        f"and keep nothing between batches, got other candidates"
    )
    try:
        stopped = _searched(told, (7, candidates - 5, candidates))
    except UserError as error:  # a search that goes on refuses what it has not stored
        raise AssertionError(f"{promise}: {error}") from None
    one, other = (front(r).whole_table.to_csv(index=False) for r in (whole, stopped))
    expect(one == other, promise)


def _searched(told: dict[str, Any], stops: tuple[int, ...]) -> Record:
    with TemporaryDirectory() as folder:
        study = parse_study(told, "contract.toml")
        for goal in stops:
            record = run(study, folder=Path(folder), executor="inline", candidates=goal)
    return record
