r"""Sampler `gain`: the choice whose slice promises the largest growth of the hypervolume.

Of a slice everything but its accuracy loss is known before the training. So of all choices p

    gain(p) = integral over losses l of  P(loss of p <= l) A_l(p)  dl,

where A_l(p) is what the slice of p adds, in the analytic costs alone, to the points with at most
the loss l. The loss axis is the hypervolume's, in `LEVELS` levels; P is the surrogate's.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse import pareto
from dse.mistakes import UserError
from dse.search.fantasies import Fantasies, sampled
from dse.search.features import Features
from dse.search.given import enqueued
from dse.search.offers import Offer, Offers
from dse.search.pool import Pool
from dse.search.raster import Heights
from dse.search.slices import Slices
from dse.search.surrogate import NOISE, LossModel, rising, squeezed
from dse.search.training_identity import SeenByTraining
from dse.store import Candidate, competing
from dse.store.record import GIVEN
from dse.study import Study, objective
from dse.study.objectives import LEAST_POINTS, needs_training
from dse.study.quantities import WORST_POINTS
from evaluators.design import DesignPoint
from evaluators.evaluate import Status, score
from evaluators.scenario import Scenario
from evaluators.training import RunStatus, TrainingReport
from search_spaces.axes import Value

Array = NDArray[np.float64]

LEVELS: Final = 24
LOSSES: Final = (log(LEAST_POINTS), log(LEAST_POINTS + 100.0 * WORST_POINTS))
"""Ends of the hypervolume's loss axis: none, and ten points."""

LUCK: Final = 2.0 * NOISE
"""By how much the first seeds may have lost too much, in the unit of the loss axis (assumed)."""

POOL: Final = 224
"""Choices at random that a pool begins with, or the batch if that is more."""

ROUNDS: Final = 6
"""Rounds that look around the best batch of the pool so far."""

AROUND: Final = 192
"""Choices of a round, or a quarter of the batch."""

BEST: Final = 10
"""Choices that a round looks around, or an eighth of the batch."""

CROSSED: Final = 0.3
"""Share of a round that lies between two of them."""

SHORT: Final = 300
"""Choices that a batch is put together from, or one and a half times the batch."""


class Gain:
    """Proposes choices; one a study, told every candidate in order.

    Raises:
        UserError: an objective that only a training tells and that is not `accuracy_loss`.
    """

    def __init__(self, study: Study, scenario: Scenario, slices: Slices | None) -> None:
        wrong = [n for n in study.objectives if n != "accuracy_loss" and needs_training(n)]
        if wrong:
            raise UserError(
                f"`sampler` = 'gain' must know every objective but accuracy_loss before a "
                f"training, got {', '.join(wrong)}; take 'nsga2' for others"
            )
        self._study, self._scenario, self._slices = study, scenario, slices
        self._offers = Offers(study, scenario, slices)
        self._levels = LEVELS if "accuracy_loss" in study.objectives else 1
        step = (LOSSES[1] - LOSSES[0]) / LEVELS
        self._middles = LOSSES[0] + step * (np.arange(LEVELS) + 0.5)
        self._losses: dict[SeenByTraining, float] = {}
        self._seeds: Counter[SeenByTraining] = Counter()
        self._free_accuracy: float | None = None
        self._pending: deque[Offer] = deque()
        self._tried: set[DesignPoint] = set()
        self._news: list[tuple[Candidate, Offer | None]] = []
        self._holders: list[tuple[Offer, int]] = []
        self._begun = False

    def propose(self, batch: int, size: int) -> list[dict[str, Value]]:
        """The next choices; a shorter batch is the beginning of a longer one.

        Args:
            batch: its number, which seeds it. [-]
            size: how many. [-]
        """
        self._catch_up()
        seed = hashlib.sha256(f"{self._study.search.seed}:{batch}".encode()).digest()
        random = np.random.default_rng(int.from_bytes(seed[:8], "big"))
        model = self._model()
        self._seen = self._tried | {offer.design for offer in self._pending}
        pool = self._gathered(random, model)
        chosen = self._picked(pool, model, random, size)
        self._pending.extend(chosen)
        return [dict(offer.choice) for offer in chosen]

    def designs(self, choices: Sequence[Mapping[str, Value]]) -> list[dict[str, Value]]:
        """Values of one design of each choice that was proposed: the knee of its slice."""
        return self._offers.designs(choices)

    def expect(self, choices: Sequence[Mapping[str, Value]]) -> None:
        """Take choices as proposed, in their order."""
        self._catch_up()
        self._offers.of(choices)  # together, which takes less than one by one
        for choice in choices:
            self._pending += self._offers.of([choice]) or [self._offers.nothing(choice)]

    def tell(self, candidate: Candidate, *, proposed: bool) -> None:
        """Take in a candidate; the proposed ones come in the order in which they were."""
        offer = self._pending.popleft() if proposed else None
        if offer is not None:
            self._tried.add(offer.design)
        self._news.append((candidate, offer))

    def may_lead(self, place: int, report: TrainingReport) -> bool:
        """Whether the slice of what was proposed may enter the front, if its loss was bad luck.

        Args:
            place: among what was proposed and is not told yet. [-]
            report: of its first seeds.
        """
        self._catch_up()
        if report.status is not RunStatus.OK:
            return False
        first = self._level(report.accuracy_loss, LUCK)
        heights = self._pending[place].heights
        return first < self._levels and bool((heights < self._front[first]).any())

    # -- what is known ------------------------------------------------------------------------

    def _begin(self) -> None:
        """The reference is the all-SRAM baseline's, which is known without a training."""
        baseline = score([enqueued(self._study)[0].design], self._scenario)[0]
        if baseline.energy is None:
            raise UserError(f"the all-SRAM baseline cannot be scored: {baseline.reason}")
        upper = np.array([o.cost(o.reference(o.of(baseline))) for o in self._offers.analytic])
        seed = np.random.default_rng(self._study.search.seed)
        self._features = Features(self._offers.begin(seed, upper))
        self._front: Heights = np.repeat(self._offers.raster.empty[None], self._levels, axis=0)
        self._begun = True

    def _catch_up(self) -> None:
        """Take in what was told since the last proposal."""
        if not self._begun:
            self._begin()
        news, self._news = self._news, []
        for candidate, _ in news:
            self._learn(candidate)
        others = [self._chosen(c) for c, offer in news if offer is None and c.source not in GIVEN]
        # Together, which takes less than one by one.
        self._offers.of([choice for choice in others if choice is not None])
        for candidate, offer in news:
            if candidate.evaluation.status not in (Status.FAILED, Status.INFEASIBLE):
                self._raise_front(candidate, offer)

    def _learn(self, candidate: Candidate) -> None:
        evaluation = candidate.evaluation
        report, profile = evaluation.training, evaluation.profile
        if report is None or profile is None:
            return
        trained = SeenByTraining.of(evaluation.design, profile, self._scenario)
        if len(report.runs) > self._seeds[trained]:
            self._losses[trained] = report.accuracy_loss
            self._seeds[trained] = len(report.runs)
        self._free_accuracy = report.accuracy + report.accuracy_loss

    def _raise_front(self, candidate: Candidate, proposed: Offer | None) -> None:
        """Let the front hold a candidate's own point and its slice."""
        names = [o.name for o in self._offers.analytic]
        figures = competing(candidate, names)
        report = candidate.evaluation.training
        loss = report.accuracy_loss if report else 0.0
        first = self._level(loss)
        if first >= self._levels:
            return
        if figures is not None:
            costs = pareto.costs(np.array([figures]), self._offers.analytic)
            own = self._offers.raster.heights(costs, np.zeros(1, int), 1)
            self._front[first:] = np.minimum(self._front[first:], own)
        if candidate.source in GIVEN:
            return
        offers = [proposed] if proposed is not None else self._of(candidate)
        for offer in offers:
            self._front[first:] = np.minimum(self._front[first:], offer.heights)
            self._tried.add(offer.design)
            self._holders.append((offer, first))

    def _of(self, candidate: Candidate) -> list[Offer]:
        """The choice that a candidate belongs to, if any makes its design."""
        choice = self._chosen(candidate)
        return [] if choice is None else self._offers.of([choice])

    def _chosen(self, candidate: Candidate) -> Mapping[str, Value] | None:
        values = candidate.values
        return values if self._slices is None else self._slices.chosen(values)

    def _level(self, loss: float, luck: float = 0.0) -> int:
        """The first level that a loss reaches, or one less by `luck` in the loss axis' units."""
        if self._levels == 1:
            return 0
        cost = objective("accuracy_loss").cost(loss)
        return int(np.searchsorted(self._middles, cost - luck - 1e-12))

    @property
    def _at_most(self) -> Array:
        """The largest target with which a slice counts at each level."""
        most = self._middles if self._levels > 1 else np.array([np.inf])
        for limit in self._study.limits:
            if limit.quantity == "accuracy_loss" and limit.at_most:
                most = np.minimum(most, squeezed(limit.limit))
            if limit.quantity == "accuracy" and not limit.at_most and self._free_accuracy:
                most = np.minimum(most, squeezed(self._free_accuracy - limit.limit))
        return np.asarray(most)

    # -- the model -------------------------------------------------------------------------------

    def _model(self) -> LossModel | None:
        """Of the trained profiles; None where nothing is trained."""
        if not self._study.trains:
            return None
        trained = [one for one in self._losses if not one.error_free]
        features = self._features
        return LossModel(
            features.of(trained),
            np.array([squeezed(self._losses[one]) for one in trained]),
            mean=lambda found: rising(features.worst(found)),
            lengths=features.lengths,
        )

    def _known(self, trained: SeenByTraining) -> float | None:
        """The target of what needs no training."""
        if not self._study.trains or trained.error_free:
            return squeezed(0.0)
        loss = self._losses.get(trained)
        return None if loss is None else squeezed(loss)

    def _chances(self, offers: Sequence[Offer], model: LossModel | None) -> Heights:
        """P(loss <= l) of each offer at each level. Shape `(n, levels)`."""
        known = [self._known(offer.trained) for offer in offers]
        means = np.array([0.0 if target is None else target for target in known])
        spreads = np.full(len(offers), 1e-9)
        new = [place for place, target in enumerate(known) if target is None]
        if new and model is not None:
            features = self._features.of([offers[place].trained for place in new])
            means[new], spreads[new] = model.marginal(features)
        z = (self._at_most[None, :] + 1e-9 - means[:, None]) / spreads[:, None]
        return _normal(z).astype(np.float32)

    # -- the batch -------------------------------------------------------------------------------

    def _gathered(self, random: np.random.Generator, model: LossModel | None) -> list[Offer]:
        """What a batch is put together from, in a seeded order.

        Choices at random, then in rounds around those that would make the best batch so far. The
        rounds count every choice by its chances, so that they need no samples.
        """
        batch = self._study.search.batch
        pool = Pool(self._expected(model))
        choices = [self._offers.variables.drawn(random) for _ in range(max(POOL, batch))]
        for turn in range(ROUNDS + 1):
            new = pool.new(o for o in self._offers.of(choices) if o.design not in self._seen)
            pool.add(new, self._chances(new, model))
            if turn < ROUNDS:
                parents = pool.best(max(BEST, batch // 8))
                parents += self._holding() if not turn else []
                count = max(AROUND, batch // 4) if parents else 0
                choices = self._children(parents, count, random)
        pool.shuffle(random)
        return pool.short(max(SHORT, batch * 3 // 2))

    def _children(
        self, parents: Sequence[Offer], count: int, random: np.random.Generator
    ) -> list[dict[str, Value]]:
        """Choices near some, or between two."""
        variables, found = self._offers.variables, []
        for _ in range(count):
            one, other = (parents[int(p)].choice for p in random.integers(len(parents), size=2))
            crossed = random.random() < CROSSED
            found.append(variables.crossed(one, other, random) if crossed
                         else variables.near(one, random))  # fmt: skip
        return found

    def _holding(self) -> list[Offer]:
        """What was tried and holds a part of the front."""
        return [
            offer
            for offer, first in self._holders
            if bool((offer.heights == self._front[first])[offer.heights < 0.0].any())
        ]

    def _expected(self, model: LossModel | None) -> Fantasies:
        """The front with what is under way, by its chances."""
        pending = list(self._pending)
        front = Fantasies(self._front, 1)
        for offer, chances in zip(pending, self._chances(pending, model), strict=True):
            front.take(offer.heights, chances[None])
        return front

    def _picked(
        self, offers: list[Offer], model: LossModel | None, random: np.random.Generator, size: int
    ) -> list[Offer]:
        """A batch of `offers`; where they are too few, choices at random, known or not."""
        everything = [*self._pending, *offers]
        targets = sampled([offer.trained for offer in everything], self._known,
                          self._features.of, model, random)  # fmt: skip
        chances = (targets[:, :, None] <= self._at_most + 1e-9).astype(np.float32)
        fantasies, waiting = Fantasies(self._front, targets.shape[1]), len(self._pending)
        for place, offer in enumerate(self._pending):
            fantasies.take(offer.heights, chances[place])
        heights = [offer.heights for offer in offers]
        chosen = [offers[p] for p in fantasies.picked(heights, chances[waiting:], size)]
        while len(chosen) < size:
            choice = self._offers.variables.drawn(random)
            chosen += self._offers.of([choice]) or [self._offers.nothing(choice)]
        return chosen


def _normal(z: Array) -> Array:
    """Distribution function of the normal distribution."""
    from scipy.special import ndtr

    return np.asarray(ndtr(z))
