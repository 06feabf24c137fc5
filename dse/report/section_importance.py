"""Which axes decide each objective, over the stored candidates."""

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dse.report.columns import axis_words
from dse.report.drawing import Drawing, Section, Trace, rounded
from dse.report.scales import Scale
from dse.report.subject import Subject
from dse.store import Candidate, competing
from dse.study import distributions

if TYPE_CHECKING:
    import optuna

LEAST_CANDIDATES: Final = 20
"""Fewer tell nothing of a dozen axes."""

MOST_CANDIDATES: Final = 200
"""fANOVA takes 8 s for 125 candidates of a dozen axes, 146 s for 1,000."""

SLOW_CANDIDATES: Final = 25
"""From here on the end of a search works them out, which takes 2 s; a shorter one ends without,
and its first report waits for them."""

SEED: Final = 0

LOOKS: Final = ("--front", "--error", "--weight", "--dram", "--mac")
HATCHES: Final = ("", "/", "x", ".", "-")

Importances = dict[str, dict[str, float]]


def importance_section(subject: Subject) -> Section:
    """fANOVA importances by objective."""
    nested = subject.record.study.search.strategy == "nested"
    over = "the axes that training sees, which alone are sampled" if nested else "every open axis"
    lead = (
        f"Share of each objective's variance that an axis explains alone and with others: fANOVA "
        f"by Optuna, over {over}. It speaks of the candidates that the search chose, not of the "
        f"whole space."
    )
    if nested:
        lead += " Array and capacities stand at each candidate's knee."
    usable = _usable(subject)
    title, name = "Which axes matter", "importance"
    if len(usable) < LEAST_CANDIDATES:
        lead = (
            f"{len(usable)} candidates were chosen by the sampler and scored; importances need "
            f"at least {LEAST_CANDIDATES}. `dse run STUDY --candidates N` adds more."
        )
        return Section(name=name, title=title, lead=lead)
    drawn, found = _found(subject, usable)
    if len(drawn) < len(usable):
        lead += (
            f" Over {len(drawn)} of {len(usable)} candidates, drawn at random (seed {SEED}): its "
            f"time grows faster than their number."
        )
    if not any(found.values()):
        lead = "Every objective is the same for all candidates, so no axis has an importance."
        return Section(name=name, title=title, lead=lead)
    drawing = _drawing(subject, {name: told for name, told in found.items() if told})
    return Section(name=name, title=title, lead=lead, drawings=(drawing,))


def keep_importances(subject: Subject) -> None:
    """Work out at the end of a search what every report would wait for."""
    usable = _usable(subject)
    if len(usable) >= SLOW_CANDIDATES:
        _found(subject, usable)


def _found(subject: Subject, usable: list[Candidate]) -> tuple[list[Candidate], Importances]:
    """The candidates that are looked at, and the importances, kept once they are known."""
    drawn = _drawn(usable)
    return drawn, subject.front.kept.solved(
        f"importances-{len(drawn)}", Importances, lambda: importances(subject, drawn)
    )


def _usable(subject: Subject) -> list[Candidate]:
    """Candidates inside the open axes that compete for the front."""
    names = [objective.name for objective in subject.front.objectives]
    axes = subject.record.study.open_axes
    return [
        c
        for c in subject.record.candidates
        if distributions.inside(axes, c.values) and competing(c, names) is not None
    ]


def _drawn(usable: list[Candidate]) -> list[Candidate]:
    """The candidates, or as many of them at random, in their order."""
    if len(usable) <= MOST_CANDIDATES:
        return usable
    places = np.random.default_rng(SEED).choice(len(usable), MOST_CANDIDATES, replace=False)
    return [usable[place] for place in np.sort(places)]


def importances(subject: Subject, usable: list[Candidate]) -> Importances:
    """Objective -> axis -> importance; empty for an objective that never changes. [-]"""
    import optuna

    study = _as_optuna(subject, usable)
    sampled = _sampled(subject, usable)
    found: Importances = {}
    for place, objective in enumerate(subject.front.objectives):
        values = {trial.values[place] for trial in study.trials}
        found[objective.name] = {}
        if len(values) > 1 and sampled:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                found[objective.name] = optuna.importance.get_param_importances(
                    study, params=sampled, target=_target(place),
                    evaluator=optuna.importance.FanovaImportanceEvaluator(seed=SEED),
                )  # fmt: skip
    return found


def _target(place: int) -> Any:
    return lambda trial: trial.values[place]


def _sampled(subject: Subject, usable: list[Candidate]) -> list[str]:
    """Axes that the sampler chose and that take more than one value."""
    study = subject.record.study
    known = distributions.distributions(study.open_axes)
    solver = subject.front.solver
    seen = known.keys() if solver is None else {axis.name for axis in solver.seen}
    return [name for name in known
            if name in seen and len({c.values[name] for c in usable}) > 1]  # fmt: skip


def _as_optuna(subject: Subject, usable: list[Candidate]) -> "optuna.Study":
    """The candidates as trials whose values are costs, as the hypervolume measures them."""
    import optuna

    front, known = subject.front, distributions.distributions(subject.record.study.open_axes)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(directions=["minimize"] * len(front.objectives))
    names = [objective.name for objective in front.objectives]
    for candidate in usable:
        figures = competing(candidate, names) or ()
        study.add_trial(
            optuna.trial.create_trial(
                values=[o.cost(v) for o, v in zip(front.objectives, figures, strict=True)],
                params={name: candidate.values[name] for name in known},
                distributions=known,
            )
        )
    return study


def _drawing(subject: Subject, found: Mapping[str, Mapping[str, float]]) -> Drawing:
    total: dict[str, float] = {}
    for told in found.values():
        for axis, share in told.items():
            total[axis] = total.get(axis, 0.0) + share
    order = sorted(total, key=total.__getitem__, reverse=True)
    titles = {o.name: Scale(objective=o).short_name for o in subject.front.objectives}
    data: list[Trace] = [
        {"type": "bar", "orientation": "h", "name": titles[name],
         "x": rounded((100.0 * told.get(axis, 0.0) for axis in order), 3),
         "y": [axis_words(axis) for axis in order],
         "marker": {"color": colour, "pattern": {"shape": hatch, "fgcolor": "--panel", "size": 6,
                                                 "fillmode": "overlay", "solidity": 0.3}},
         "hovertemplate": f"{titles[name]}<br>%{{y}}: %{{x:.1f}} %<extra></extra>"}
        for (name, told), colour, hatch in zip(found.items(), LOOKS, HATCHES, strict=False)
    ]  # fmt: skip
    leaders = [
        f"{titles[name].lower()} follows {axis_words(max(told, key=told.__getitem__))} "
        f"({100 * max(told.values()):.0f} %)"
        for name, told in found.items()
    ]
    caption = "; ".join(leaders) + "."
    return Drawing(
        name="importance",
        title="Importance of each axis by objective",
        caption=caption[0].upper() + caption[1:],
        data=data,
        layout={
            "barmode": "group", "bargap": 0.35, "showlegend": True,
            "xaxis": {"title": {"text": "Share of the variance (%)"}, "rangemode": "tozero"},
            "yaxis": {"title": {"text": "Axis of the space"}, "type": "category",
                      "autorange": "reversed", "showgrid": False},
        },
        height=130 + (16 * len(found) + 14) * len(order),
    )  # fmt: skip
