"""How many trainings a study will run, and how long they take: drawn, not searched."""

from dataclasses import dataclass
from itertools import islice, product
from typing import Final

import numpy as np

from dse.search.seen_axes import draw, options_of
from dse.search.slices import Slices, class_name
from dse.search.training_identity import SeenByTraining
from dse.study import Study
from evaluators.design import DesignPoint
from evaluators.profiles import error_profiles, snapped
from evaluators.scenario import resolved
from search_spaces.axes import Value

DRAWN_AT_MOST: Final = 2000
"""Candidates that are drawn; longer studies are scaled from them."""

STEP_S: Final = {
    ("small_cnn", "digits"): 0.006,
    ("small_cnn", ""): 0.011,
    ("lenet", ""): 0.013,
    ("resnet8", ""): 0.09,
    ("tiny_transformer", ""): 0.04,
    ("resnet18", "digits"): 0.45,
    ("resnet18", ""): 1.8,
    ("resnet18", "cifar10"): 2.4,  # by its pixels, assumed
}
"""A training step at batch 32 with write errors of 1e-3 everywhere, by model and data (others:
28 x 28 pixels), on one core of a 2024 server. [s] (measured: docs/training.md)"""

ENGINE_S: Final = 0.05
"""A candidate of strategy `nested` without its trainings. [s] (measured: docs/search.md)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a study will cost; `cpu_s` is None where the user's own code trains.

    `profiles` are distinct profiles among candidates drawn at random, the fault-free one
    included; a sampler that learns repeats itself more often. A profile is trained once a seed,
    which takes `training_s`.
    """

    candidates: int
    profiles: int
    trainings: int
    trainings_at_most: int
    cpu_s: float | None
    training_s: float | None = None


def forecast(study: Study) -> Forecast:
    """Draw as many candidates as the study wants and count what they would train."""
    candidates = int(min(study.search.candidates, study.candidates_at_most))
    if not study.trains:
        return Forecast(candidates=candidates, profiles=0, trainings=0, trainings_at_most=0,
                        cpu_s=candidates * ENGINE_S)  # fmt: skip
    profiles = _distinct_profiles(study, candidates)
    recipe = study.scenario.training
    seeds = recipe.seeds
    step_s = STEP_S.get((recipe.model, recipe.data), STEP_S.get((recipe.model, "")))
    cpu_s = training_s = None
    if step_s is not None and not recipe.trainer:
        training_s = recipe.steps * step_s * recipe.batch_size / 32
        cpu_s = profiles * seeds * training_s + candidates * ENGINE_S
    return Forecast(
        candidates=candidates,
        profiles=profiles,
        trainings=profiles * seeds,
        trainings_at_most=(candidates + 1) * seeds,
        cpu_s=cpu_s,
        training_s=training_s,
    )


def _distinct_profiles(study: Study, candidates: int) -> int:
    """Distinct things to train among the candidates, with the fault-free one."""
    drawn = min(candidates, DRAWN_AT_MOST)
    random = np.random.default_rng(0)
    designs = _drawn_designs(study, drawn, random)
    seen = set()
    for design in designs:
        scenario = resolved(design, study.scenario)
        (profile,) = error_profiles([design], scenario)
        seen.add(SeenByTraining.of(design, snapped(profile, design), scenario))
    faulty = sum(one.profile is not None and not one.profile.error_free for one in seen)
    return round(faulty * candidates / max(drawn, 1)) + 1


def _drawn_designs(study: Study, count: int, random: np.random.Generator) -> list[DesignPoint]:
    if study.search.sampler == "grid":
        points = product(*(options_of(axis) for axis in study.open_axes))
        names = [axis.name for axis in study.open_axes]
        return [study.design(dict(zip(names, p, strict=True))) for p in islice(points, count)]
    if study.search.strategy == "joint":
        return [
            study.design({axis.name: draw(axis, random) for axis in study.open_axes})
            for _ in range(count)
        ]
    slices = Slices(study, study.scenario, study.objectives)
    designs = []
    for _ in range(count):
        values: dict[str, Value] = {}
        for axis in slices.sampled:
            if isinstance(axis, str):
                values[class_name(axis)] = int(random.integers(len(slices.classes[axis])))
            else:
                values[axis.name] = draw(axis, random)
        designs.append(study.design(slices.any_point(values)))
    return designs
