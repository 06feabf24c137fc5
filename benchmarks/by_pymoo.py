"""pymoo's NSGA-II over the same axes, scored by the same models."""

from typing import Any

import numpy as np

from dse.search import Convergence
from dse.search.given import enqueued
from dse.store import Candidate
from dse.study import Study, objective
from evaluators.design import DesignPoint, ErrorProfile
from evaluators.evaluate import Evaluation, score, with_training
from evaluators.scenario import Scenario
from evaluators.training import run_task, training_tasks
from search_spaces.axes import Choice, Value

POPULATION = 50


def searched(study: Study, budget: int, seed: int) -> list[tuple[int, float]]:
    """Distinct trainings and hypervolume after each candidate."""
    from pymoo.algorithms.moo.nsga2 import RankAndCrowdingSurvival
    from pymoo.core.mixed import MixedVariableGA
    from pymoo.core.problem import ElementwiseProblem
    from pymoo.core.variable import Choice as OneOf
    from pymoo.core.variable import Real
    from pymoo.optimize import minimize

    objectives = [objective(name) for name in study.objectives]
    curve = Convergence(objectives, None, study.scenario)
    for number, proposal in enumerate(enqueued(study)):
        curve.add(_candidate(number, proposal.design, study.scenario))
    axes = study.open_axes
    variables = {
        axis.name: OneOf(options=list(axis.options)) if isinstance(axis, Choice)
        else Real(bounds=(np.log(axis.low), np.log(axis.high)) if axis.log
                  else (axis.low, axis.high))
        for axis in axes
    }  # fmt: skip
    logarithmic = {a.name for a in axes if not isinstance(a, Choice) and a.log}

    class Problem(ElementwiseProblem):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(vars=variables, n_obj=len(objectives))

        def _evaluate(self, x: dict[str, Any], out: dict[str, Any], *_: Any, **__: Any) -> None:
            values: dict[str, Value] = {
                name: float(np.exp(value)) if name in logarithmic
                else value.item() if isinstance(value, np.generic) else value
                for name, value in x.items()
            }  # fmt: skip
            candidate = _candidate(len(curve.points), study.design(values), study.scenario)
            curve.add(candidate)
            out["F"] = [o.of(candidate.evaluation) for o in objectives]

    algorithm = MixedVariableGA(pop_size=POPULATION, survival=RankAndCrowdingSurvival())
    minimize(Problem(), algorithm, ("n_evals", budget - 2), seed=seed, verbose=False)
    return [(p.trainings, p.hypervolume) for p in curve.points]


def _candidate(number: int, design: DesignPoint, scenario: Scenario) -> Candidate:
    (scored,) = score([design], scenario)
    evaluation: Evaluation = scored
    if scored.profile is not None:
        faulty = [
            run_task(t)
            for t in training_tasks(
                scored.profile,
                scenario.training,
                number_format=scenario.number_format,
                study_seed=0,
            )
        ]
        free = ErrorProfile.none(scenario.bits)
        clean = [
            run_task(t)
            for t in training_tasks(
                free, scenario.training, number_format=scenario.number_format, study_seed=0
            )
        ]
        evaluation = with_training(scored, faulty, clean)
    return Candidate(number=number, source="pymoo", values={}, evaluation=evaluation)
