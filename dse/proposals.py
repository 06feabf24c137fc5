"""Where candidates come from: the two baselines, the user's designs, then the sampler.

The sampler of batch b is made anew from (study seed, b) and sees only what it was told, in order;
so what it proposes depends neither on the number of workers nor on interruptions.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dse.distributions import distributions, fixed_values, inside
from dse.mistakes import UserError
from dse.objectives import objective
from dse.record import Candidate, objective_values
from dse.slices import Slices, class_name
from dse.study import Study
from evaluators import plugins
from evaluators.baseline import baseline_design, nominal_design
from evaluators.design import DesignPoint, SystolicArray
from evaluators.scenario import Scenario
from search_spaces.axes import Axis, Choice, Value

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

DEFAULT_ARRAY = 128
"""Rows and columns of the baselines' array, where the axes allow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A design to be evaluated, and the sampler's handle for telling the result."""

    source: str
    values: dict[str, Value]
    design: DesignPoint
    trial: Any = None


def enqueued(study: Study) -> list[Proposal]:
    """The all-SRAM and the nominal-write MRAM design, then the user's own."""
    array = _baseline_array(study.open_axes)
    return [
        Proposal(source="baseline", values={}, design=baseline_design(study.scenario, array)),
        Proposal(source="nominal", values={}, design=nominal_design(study.scenario, array)),
        *(
            Proposal(source="user", values=dict(values), design=study.design(values))
            for values in study.designs
        ),
    ]


def _baseline_array(axes: Sequence[Axis]) -> SystolicArray:
    sizes = {axis.name: axis.options for axis in axes if isinstance(axis, Choice)}

    def size(name: str) -> int:
        allowed = [int(option) for option in sizes.get(name, (DEFAULT_ARRAY,))]
        return DEFAULT_ARRAY if DEFAULT_ARRAY in allowed else max(allowed)

    return SystolicArray(rows=size("array_rows"), cols=size("array_cols"))


class Proposer:
    """Asks the sampler for batches and tells it results."""

    def __init__(self, study: Study, scenario: Scenario) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = study
        self._axes = study.open_axes
        self._slices: Slices | None = None
        if study.search.strategy == "nested":
            self._slices = Slices(study, scenario, study.objectives)
        self._distributions, self._fixed = self._sampled()
        self._memory = optuna.create_study(
            directions=[objective(name).direction for name in study.objectives]
        )
        self._batches = 0

    def next_batch(self, size: int, stored: Sequence[Candidate]) -> list[Proposal]:
        """The next `size` designs; those already stored are checked against what is asked now.

        Raises:
            UserError: the store holds other values than the sampler proposes.
        """
        self._memory.sampler = self._sampler(self._batches)
        self._batches += 1
        return [self._ask(stored[place] if place < len(stored) else None) for place in range(size)]

    def tell(self, proposal: Proposal, candidate: Candidate) -> None:
        """Tell the sampler a result, unless it could not have chosen that design."""
        import optuna

        values = objective_values(candidate.evaluation, self._study.objectives)
        state = optuna.trial.TrialState.COMPLETE if values else optuna.trial.TrialState.FAIL
        if proposal.trial is not None:
            self._memory.tell(proposal.trial, values, state=state)
        elif self._slices is None and inside(self._axes, candidate.values):
            self._memory.add_trial(self._frozen(candidate, values, state))

    def _sampled(self) -> tuple[dict[str, "BaseDistribution"], dict[str, Value]]:
        """What the sampler chooses, and the values that are fixed."""
        if self._slices is None:
            return distributions(self._axes), fixed_values(self._axes)
        from optuna.distributions import IntDistribution

        axes = [axis for axis in self._slices.sampled if not isinstance(axis, str)]
        chosen = distributions(axes)
        for prefix, classes in self._slices.classes.items():
            chosen[class_name(prefix)] = IntDistribution(0, len(classes) - 1)
        return chosen, fixed_values(axes)

    def _ask(self, stored: Candidate | None) -> Proposal:
        if stored is not None and stored.objectives != self._study.objectives:
            return Proposal(
                source=stored.source,
                values=dict(stored.values),
                design=stored.evaluation.design,
            )
        trial = self._memory.ask(fixed_distributions=self._distributions)
        values: dict[str, Value] = {**trial.params, **self._fixed}
        if self._slices is not None:
            found = self._slices.solve(values)
            values = found.values[found.knee]
        if stored is not None and dict(stored.values) != values:
            raise UserError(
                f"candidate {stored.number} of study {self._study.name!r} was stored with other "
                f"values than the sampler proposes now; was it made with other versions? "
                f"continue it there, or start a study under another name"
            )
        return Proposal(
            source=self._study.search.sampler,
            values=values,
            design=self._study.design(values),
            trial=trial,
        )

    def _frozen(
        self,
        candidate: Candidate,
        values: tuple[float, ...] | None,
        state: "optuna.trial.TrialState",
    ) -> "optuna.trial.FrozenTrial":
        import optuna

        return optuna.trial.create_trial(
            state=state,
            values=values,
            params={name: candidate.values[name] for name in self._distributions},
            distributions=self._distributions,
        )

    def _sampler(self, batch: int) -> "optuna.samplers.BaseSampler":
        search = self._study.search
        digest = hashlib.sha256(f"{search.seed}:{batch}".encode()).digest()
        make = plugins.load("dse.samplers", "sampler", search.sampler, what="sampler")
        sampler: optuna.samplers.BaseSampler = make(
            search, seed=int.from_bytes(digest[:4], "big"), distributions=self._distributions
        )
        return sampler
