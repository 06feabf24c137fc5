"""The search, batch by batch. Results are told and stored in the order of the numbers."""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dse.mistakes import UserError
from dse.search.feasibility import after_training, before_training, check_reference
from dse.search.given import Proposal, enqueued
from dse.search.proposer import Proposer
from dse.search.starting_points import Trainings
from dse.signals import raise_swallowed
from dse.store import Candidate, Record, Store
from dse.store.reused import Reused
from dse.study import Study
from dse.trainings import PendingTraining, Trainer
from evaluators.evaluate import Evaluation, Status, score, with_report
from evaluators.scenario import Scenario

Progress = Callable[[int, int], None]
"""Called with the number of finished candidates and the goal."""

NOTES: Final = logging.getLogger(__name__)

HOPELESS: Final = 5
"""If more than half of at least so many candidates fail, the cause is the set-up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A candidate on its way: stored, or scored and waiting for its trainings."""

    number: int
    proposal: Proposal
    stored: Candidate | None = None
    scored: Evaluation | None = None
    training: PendingTraining | None = None


class SearchLoop:
    """One search of a study from its first candidate, stored ones included, to its end.

    Args:
        study: what to search.
        store: of this study, open for writing.
        progress: called after each candidate.
        scenario: under which designs are scored: the study's, with its bits where it measures.
        reused: what the study started from.
    """

    def __init__(
        self,
        study: Study,
        store: Store,
        progress: Progress,
        *,
        scenario: Scenario,
        reused: Sequence[Reused] = (),
    ) -> None:
        self._study = study
        self._store = store
        self._progress = progress
        self.scenario = scenario
        self._stored = store.candidates()
        self._proposer = Proposer(study, self.scenario)
        self._proposer.stored = len(self._stored)
        self._reused = tuple(reused)
        self._reports = Trainings(reused, study, self.scenario)
        self._done: list[Candidate] = []
        self._failed = 0
        self._began = time.monotonic()

    def run(self, goal: int, trainer: Trainer | None) -> Record:
        """Evaluate until `goal` candidates are known, or a stop rule holds. [-]

        With `lookahead` n a batch is started before the results of its last n predecessors are
        told; a stop still finishes what was started.
        """
        search = self._study.search
        goal = int(min(goal, self._study.candidates_at_most)) + len(self._reused)
        given = [*enqueued(self._study), *self._starting_points()]
        waiting: deque[list[Pending]] = deque([self._start(given, 0, trainer)])
        proposed, stopped = len(given), ""
        while waiting or (proposed < goal and not stopped):
            if proposed < goal and not stopped and len(waiting) <= search.lookahead:
                size = min(search.batch, goal - proposed)
                stored = self._stored[proposed : proposed + size]
                proposals = self._proposer.next_batch(size, stored)
                waiting.append(self._start(proposals, proposed, trainer))
                proposed += size
                continue
            self._finish(self._with_seeds(waiting.popleft(), trainer), goal)
            if proposed < goal:
                stopped = stopped or self._reason_to_stop()
        return self._store.record(self._done, stopped)

    def _starting_points(self) -> list[Proposal]:
        return [
            Proposal(source="reused", values=one.values, design=self._study.design(one.values))
            for one in self._reused
        ]

    def _start(
        self, proposals: list[Proposal], first: int, trainer: Trainer | None
    ) -> list[Pending]:
        """Score what is not stored and send its trainings off."""
        known = self._stored[first : first + len(proposals)]
        new = proposals[len(known) :]
        pending = [
            Pending(number=first + place, proposal=proposals[place], stored=candidate)
            for place, candidate in enumerate(known)
        ]
        scored = score([proposal.design for proposal in new], self.scenario) if new else []
        for proposal, evaluation in zip(new, scored, strict=True):
            judged = before_training(evaluation, self._study, proposal.source)
            number = first + len(pending)
            pending.append(self._sent(number, proposal, judged, trainer))
        return pending

    def _sent(
        self, number: int, proposal: Proposal, evaluation: Evaluation, trainer: Trainer | None
    ) -> Pending:
        """The candidate with its trainings under way, if it is worth them."""
        training, profile = None, evaluation.profile
        if trainer and evaluation.status is Status.OK and profile is not None:
            known = self._reports.get(evaluation.design, profile)
            if known is None:
                seeds = self._study.search.first_seeds if proposal.asked else 0
                training = trainer.request(evaluation.design, profile, seeds)
            else:
                evaluation = with_report(evaluation, known)
        return Pending(number=number, proposal=proposal, scored=evaluation, training=training)

    def _with_seeds(self, batch: list[Pending], trainer: Trainer | None) -> list[Pending]:
        """The batch with all seeds under way of what may be on the front by its first ones.

        All of a batch are decided before any of it is told, so that they run side by side, and
        by what earlier batches told, so that a stop changes nothing.
        """
        if trainer is None or not self._study.search.first_seeds:
            return batch
        decided, place = [], 0
        for pending in batch:
            training, scored = pending.training, pending.scored
            if training and not training.whole and scored and scored.profile:
                report = training.complete(scored).training
                if report and self._proposer.may_lead(place, report):
                    whole = trainer.request(scored.design, scored.profile)
                    pending = replace(pending, training=whole)
            decided.append(pending)
            place += pending.proposal.asked > 0
        return decided

    def _finish(self, batch: list[Pending], goal: int) -> None:
        for pending in batch:
            raise_swallowed()
            candidate = pending.stored or self._evaluated(pending)
            self._proposer.tell(pending.proposal, candidate)
            self._done.append(candidate)
            NOTES.info("candidate %d of %d, %s: %s", candidate.number, goal - 1, candidate.source,
                       candidate.evaluation.status.value)  # fmt: skip
            self._progress(len(self._done), max(goal, len(self._done)))
            self._stop_if_hopeless(candidate)

    def _evaluated(self, pending: Pending) -> Candidate:
        evaluation = pending.scored
        assert evaluation is not None
        if pending.training is not None:
            evaluation = pending.training.complete(evaluation)
        if pending.number == 0:
            check_reference(evaluation, self._study)
        candidate = Candidate(
            number=pending.number,
            source=pending.proposal.source,
            values=pending.proposal.values,
            evaluation=after_training(evaluation, self._study),
            objectives=self._study.objectives,
            asked=pending.proposal.asked,
        )
        candidate = self._proposer.with_told(candidate)
        self._store.append(candidate)
        return candidate

    def _reason_to_stop(self) -> str:
        """Which rule of `[search.stop]` holds, in words; looked at after each batch."""
        stop = self._study.search.stop
        elapsed_s = time.monotonic() - self._began
        if stop.time_s and elapsed_s > stop.time_s:
            return f"the run has taken longer than `search.stop.time_s` = {stop.time_s:g}"
        if not stop.plateau_candidates:
            return ""
        return self._proposer.progress.plateau(stop.plateau_candidates, stop.plateau_gain)

    def _stop_if_hopeless(self, candidate: Candidate) -> None:
        status, reason = candidate.evaluation.status, candidate.evaluation.reason
        self._failed += status is Status.FAILED
        if candidate.number == 0 and status is Status.DIVERGED:
            raise UserError(
                f"stopped, as training diverges without any write error: {reason}; lower "
                f"`scenario.training.learning_rate`, or train longer"
            )
        done, failed = len(self._done), status is Status.FAILED
        if failed and done >= HOPELESS and 2 * self._failed > done:
            raise UserError(
                f"stopped, as {self._failed} of {done} candidates failed, at last: {reason}"
            )


def without_progress(done: int, goal: int) -> None:
    """Shows nothing. [-]"""
    del done, goal
