"""How candidates are chosen: what a study's `[search]` says."""

from dataclasses import dataclass, field
from typing import Final, Literal

from evaluators.checks import STRICT, check_fields
from evaluators.plugins import Kind, Named, name_of

SAMPLERS: Final = ("gain", "gp", "grid", "nsga2", "nsga3", "qmc", "random", "tpe")
"""Names of samplers, most of them Optuna's; the user's own is `package.module:sampler`."""

SAMPLER: Final = Kind(what="sampler", package="dse.search", attribute="sampler", known=SAMPLERS)
DEFAULT_SAMPLERS: Final = {"nested": "gain", "joint": "nsga2"}
"""By strategy, where a study names none."""

FIRST_DEFAULT: Final = "nsga2"
"""Of every strategy in version 0.1: a study that was begun so goes on so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """When a search ends before its goal; looked at after each batch. 0 is never.

    `time_s` is the time since the run began. A plateau is reached when the hypervolume has grown
    by less than `plateau_gain` of itself over the last `plateau_candidates` candidates.
    """

    __pydantic_config__ = STRICT

    time_s: float = 0.0
    plateau_candidates: int = 0
    plateau_gain: float = 0.001

    def __post_init__(self) -> None:
        check_fields(
            self,
            {
                "time_s": (0.0, 1e9),
                "plateau_candidates": (0, 1_000_000),
                "plateau_gain": (0.0, 1.0),
            },
        )


BATCHES: Final = 6
"""Batches at least that an automatic batch makes of a search; LEAST and MOST bound it."""

LEAST_BATCH: Final = 10
MOST_BATCH: Final = 1000


def automatic_batch(candidates: int) -> int:
    """Candidates chosen together where a study says `batch = "auto"`. [-]

    Ten, doubled while the search has at least six batches, at most 1,000. It follows from the
    study's own goal alone, so that a table does not depend on the number of workers; and in steps,
    so that most studies whose goal is raised go on with the batch that they had.

    Args:
        candidates: the study's goal, `search.candidates`. [-]
    """
    size = LEAST_BATCH
    while 2 * size * BATCHES <= candidates and size < MOST_BATCH:
        size *= 2
    return min(size, MOST_BATCH)


FAR: Final = 160
"""Automatic batches from this size on are chosen two ahead: their slowest training takes longer
than a thousand workers need for the batch after it."""


def automatic_lookahead(batch: int) -> int:
    """Batches chosen ahead where `batch = "auto"` and a study does not say how many. [-]

    Args:
        batch: candidates of one. [-]
    """
    return 2 if batch >= FAR else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How candidates are chosen.

    `nested` samples only the axes that training sees and solves the others exactly; `prefilter`
    then tries only write conditions that no other of equal write errors beats. `batch` and
    `lookahead` shape what the sampler knows at each step, so the number of workers
    does not. With `lookahead` 1 a batch is chosen before its predecessor's results are told, with
    2 before those of its last two. A study file may say `batch = "auto"`: `automatic_batch` of its
    `candidates`, with the `automatic_lookahead` of that. Where it names no sampler, `sampler` is
    empty, and `Study.with_sampler` says which it is.
    With `nested`, a choice whose slice could not raise the hypervolume by `least_gain` of itself,
    even if it lost no accuracy, is not trained: the sampler is asked again. 0 trains them all.
    With `first_seeds` a candidate of sampler `gain` is trained with so many seeds at first, and
    with all of the recipe's where its slice may be on the front. 0 takes all at once.
    """

    __pydantic_config__ = STRICT

    sampler: Named = ""
    strategy: Literal["nested", "joint"] = "nested"
    prefilter: bool = True
    candidates: int = 60
    seed: int = 0
    batch: int = 10
    lookahead: int = 1
    population: int = 20
    least_gain: float = 0.001
    first_seeds: int = 0
    stop: Stop = field(default_factory=Stop)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sampler", name_of(self.sampler, "sampler"))
        check_fields(
            self,
            {
                "candidates": (1, 1_000_000),
                "seed": (0, 2**32 - 1),
                "batch": (1, MOST_BATCH),
                "lookahead": (0, 4),
                "population": (2, 10_000),
                "least_gain": (0.0, 0.1),
                "first_seeds": (0, 1000),
            },
        )
        sampler = self.sampler or DEFAULT_SAMPLERS[self.strategy]
        if self.first_seeds and sampler != "gain":
            raise ValueError(
                f"`first_seeds` asks for `sampler` = 'gain', which knows what may be on the "
                f"front, got {sampler!r}"
            )
        if self.sampler == "grid" and self.strategy == "nested":
            raise ValueError(
                "`sampler` = 'grid' takes every point of the axes and goes with `strategy` = "
                "'joint', got 'nested'"
            )
