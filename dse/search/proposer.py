"""Where candidates come from: the two baselines, the user's designs, then the sampler.

The sampler of batch b is made anew from (study seed, b) and sees only what it was told, in order;
so what it proposes depends neither on the number of workers nor on interruptions.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Final

from dse.mistakes import UserError
from dse.search.gain import Gain
from dse.search.given import Proposal
from dse.search.guide import Guide
from dse.search.hypervolume import Convergence
from dse.search.samplers import make_sampler, users_sampler
from dse.search.slices import Slices, class_name
from dse.store import Candidate
from dse.study import Study, distributions, objective
from evaluators.checks import brief
from evaluators.scenario import Scenario
from evaluators.training import TrainingReport
from search_spaces.axes import Choice, Value, fixed

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution


TRIES: Final = 20
"""Choices that are looked at before one is trained that promises little."""


class Proposer:
    """Asks the sampler for batches and tells it results."""

    def __init__(self, study: Study, scenario: Scenario) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = study = study.with_sampler()
        self._axes, self._decoded = study.open_axes, study.decoder()
        self.slices: Slices | None = None
        if study.search.strategy == "nested":
            self.slices = Slices(study, scenario, study.objectives)
        self._gain: Gain | None = None
        if study.search.sampler == "gain":
            self._gain = Gain(study, scenario, self.slices)
        # Sampler `gain` knows every slice itself and is told what was found.
        self._guide = Guide(study, self.slices if self._gain is None else None)
        self._distributions, self._fixed = self._sampled()
        options = (
            axis.options for axis in self._axes if isinstance(axis, Choice) and not fixed(axis)
        )
        self._grid = product(*options)
        """Every combination of the axes' options; the last axis varies fastest."""
        self._memory = optuna.create_study(
            directions=[objective(name).direction for name in study.objectives]
        )
        self._batches = 0
        self.stored = 0
        """How many candidates the store holds."""
        objectives = [objective(name) for name in study.objectives]
        self._progress = Convergence(objectives, self.slices, scenario)
        self._behind: list[Candidate] = []

    @property
    def progress(self) -> Convergence:
        """The hypervolume after each candidate; worked out when it is asked for.

        So a search that continues asks for its next candidate before it solves old slices.
        """
        behind, self._behind = self._behind, []
        for candidate in behind:
            self._progress.add(candidate)
        return self._progress

    def next_batch(self, size: int, stored: Sequence[Candidate]) -> list[Proposal]:
        """The next `size` designs; those already stored are checked against what is asked now.

        Raises:
            UserError: the store holds other values than the sampler proposes.
        """
        self._batches += 1
        if self._gain is not None:
            return self._by_gain(self._gain, size, stored)
        self._memory.sampler = self._sampler(self._batches - 1)
        return [self._ask(stored[place] if place < len(stored) else None) for place in range(size)]

    def may_lead(self, place: int, report: TrainingReport) -> bool:
        """Whether what was proposed may be on the front, by the first of its seeds.

        Args:
            place: among what was proposed and is not told yet. [-]
            report: of its first seeds.
        """
        return self._gain is None or self._gain.may_lead(place, report)

    def with_told(self, candidate: Candidate) -> Candidate:
        """The candidate with what the sampler is told of it, by `Guide`."""
        return replace(candidate, told=self._guide.figures(candidate))

    def tell(self, proposal: Proposal, candidate: Candidate) -> None:
        """Tell the sampler a result, unless it could not have chosen that design."""
        import optuna

        self._behind.append(candidate)
        if self._gain is not None:
            self._gain.tell(candidate, proposed=proposal.asked > 0)
            return
        if candidate.objectives != self._study.objectives:
            candidate = self.with_told(candidate)
        values = candidate.told
        state = optuna.trial.TrialState.COMPLETE if values else optuna.trial.TrialState.FAIL
        excess = self._guide.excesses(candidate.evaluation)
        if proposal.trial is not None:
            for limit, value in excess.items():
                proposal.trial.set_constraint(limit, value)
            with users_sampler(self._study.search):
                self._memory.tell(proposal.trial, values, state=state)
            return
        params = self._params(candidate.values)
        if params is not None:
            self._memory.add_trial(
                optuna.trial.create_trial(
                    state=state,
                    values=values,
                    params=params,
                    distributions=self._distributions,
                    constraints=excess,
                )
            )

    def _by_gain(self, gain: Gain, size: int, stored: Sequence[Candidate]) -> list[Proposal]:
        """A batch of sampler `gain`.

        What it proposes follows from what it was told, so an old batch need not be asked again.
        """
        choices = [self._choice(candidate.values) for candidate in stored]
        changed = any(c.objectives != self._study.objectives for c in stored)
        old = bool(stored) and stored[-1].number + 1 < self.stored
        if len(stored) == size and (old or changed):
            gain.expect(choices)
        else:
            asked = gain.propose(self._batches - 1, size)
            for candidate, choice, now in zip(stored, choices, asked, strict=False):
                if not changed and choice != now:
                    raise self._differs(candidate)
            choices += asked[len(stored) :]
        values = [dict(candidate.values) for candidate in stored]
        values += gain.designs(choices[len(stored) :])
        return [
            Proposal(source="gain", values=own, design=self._decoded(own), asked=1)
            for own in values
        ]

    def _choice(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """What sampler `gain` chose for these values."""
        return dict(values) if self.slices is None else self.slices.chosen(values) or {}

    def _params(self, values: Mapping[str, Value]) -> dict[str, Value] | None:
        """What the sampler would have chosen for these values; None where it cannot."""
        if not distributions.inside(self._axes, values):
            return None
        chosen = values if self.slices is None else self.slices.chosen(values)
        return None if chosen is None else {name: chosen[name] for name in self._distributions}

    def _sampled(self) -> tuple[dict[str, "BaseDistribution"], dict[str, Value]]:
        """What the sampler chooses, and the values that are fixed."""
        if self.slices is None:
            return distributions.distributions(self._axes), distributions.fixed_values(self._axes)
        from optuna.distributions import IntDistribution

        axes = [axis for axis in self.slices.sampled if not isinstance(axis, str)]
        chosen = distributions.distributions(axes)
        for prefix, classes in self.slices.classes.items():
            chosen[class_name(prefix)] = IntDistribution(0, len(classes) - 1)
        return chosen, distributions.fixed_values(axes)

    def _ask(self, stored: Candidate | None) -> Proposal:
        if stored is not None and stored.objectives != self._study.objectives:
            return Proposal(
                source=stored.source,
                values=dict(stored.values),
                design=stored.evaluation.design,
            )
        if stored is not None:
            return self._again(stored)
        trials, values = self._promising() if self.slices else self._asked()
        return self._proposed(trials, values)

    def _proposed(self, trials: list["optuna.Trial"], values: dict[str, Value]) -> Proposal:
        """A proposal from the first of `trials`; the others are told as not worth a training."""
        import optuna

        for trial in trials[1:]:
            self._memory.tell(trial, state=optuna.trial.TrialState.FAIL)
        return Proposal(
            source=self._study.search.sampler,
            values=values,
            design=self._study.design(values),
            trial=trials[0],
            asked=len(trials),
        )

    def _again(self, stored: Candidate) -> Proposal:
        """What the sampler was asked for when this candidate was stored.

        Raises:
            UserError: it proposes other values now.
        """
        wanted = self._params(stored.values)
        trials = [self._ask_sampler() for _ in range(stored.asked)]
        same = [place for place, trial in enumerate(trials) if trial.params == wanted]
        if not same:
            raise self._differs(stored)
        trials.insert(0, trials.pop(same[0]))
        return self._proposed(trials, dict(stored.values))

    def _differs(self, stored: Candidate) -> UserError:
        return UserError(
            f"candidate {stored.number} of study {self._study.name!r} was stored with other "
            f"values than the sampler proposes now; was it made with other versions? "
            f"continue it there, or start a study under another name"
        )

    def _ask_sampler(self) -> "optuna.Trial":
        if self._study.search.sampler == "grid":
            point = zip(self._distributions, next(self._grid), strict=True)
            self._memory.enqueue_trial(dict(point))
        with users_sampler(self._study.search):
            trial = self._memory.ask(fixed_distributions=self._distributions)
        return self._within(trial)

    def _within(self, trial: "optuna.Trial") -> "optuna.Trial":
        """The trial, whose every value must lie on its axis."""
        for name, axis in self._distributions.items():
            value = trial.params[name]
            if not axis._contains(axis.to_internal_repr(value)):
                raise UserError(
                    f"sampler {self._study.search.sampler!r} must choose a value of "
                    f"`axes.{name}`, got {brief(value)}"
                )
        return trial

    def _asked(self) -> tuple[list["optuna.Trial"], dict[str, Value]]:
        trial = self._ask_sampler()
        return [trial], {**trial.params, **self._fixed}

    def _promising(self) -> tuple[list["optuna.Trial"], dict[str, Value]]:
        """The first choice whose slice could raise the hypervolume, and the slice's knee.

        Of a slice everything but the accuracy is known before the training, so a choice that
        could not enter the front even without any loss is not worth one. After `TRIES` choices
        the most promising of them is taken. The others come behind it.
        """
        assert self.slices is not None
        least = self._study.search.least_gain
        tried: list[tuple[float, optuna.Trial, dict[str, Value]]] = []
        for _ in range(TRIES if least else 1):
            (trial,), values = self._asked()
            found = self.slices.solve(values)
            gain = self.progress.gain(self.slices.figures(found, 0.0)) if least else math.inf
            tried.append((gain, trial, found.values[found.knee]))
            if gain >= least:
                break
        best = max(range(len(tried)), key=lambda place: tried[place][0])
        tried.insert(0, tried.pop(best))
        return [trial for _, trial, _ in tried], tried[0][2]

    def _sampler(self, batch: int) -> "optuna.samplers.BaseSampler":
        search = self._study.search
        digest = hashlib.sha256(f"{search.seed}:{batch}".encode()).digest()
        seed = int.from_bytes(digest[:4], "big")
        return make_sampler(search, seed=seed, distributions=self._distributions)
