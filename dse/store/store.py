"""Where a study's candidates are kept: Optuna's relational storage, one driver at a time.

Whole candidates are appended in their order, each with a checksum that chains it to the last.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dse.mistakes import UserError
from dse.store.chain import (
    DamageError,
    Header,
    Link,
    Stored,
    as_begun,
    by_optuna,
    linked,
    opened,
    sealed,
    start,
    unlinked,
)
from dse.store.creation import discard
from dse.store.database import ChainEnd, Patience
from dse.store.going_on import check_end
from dse.store.health import reading
from dse.store.links import Links
from dse.store.place import Place
from dse.store.record import Candidate, Chained, Record, objective_values
from dse.store.reused import Reused, as_text, from_text
from dse.study import constraints, distributions
from dse.trainings import MeasuredBits
from evaluators.plugins import UserCodeError
from search_spaces.axes import Axis

if TYPE_CHECKING:
    import optuna
    from sqlalchemy import Engine


class Store:
    """An open study store.

    Args:
        place: whose store it is, and where.
        optuna_study: what is stored, with the header read from it.
        hold: makes sure that this driver still owns the study.
        engine: of its database, whose connections `close` gives back.
        end: number and digest of the last stored candidate; None where only we can write.
    """

    def __init__(
        self,
        place: Place,
        optuna_study: "optuna.Study",
        *,
        hold: Callable[[], None] = lambda: None,
        engine: "Engine | None" = None,
        end: Callable[[], ChainEnd] | None = None,
    ) -> None:
        self._ask_end = end
        self.close: Callable[[], None] = engine.dispose if engine is not None else lambda: None
        self._patiently = Patience(hold)
        self._optuna = optuna_study
        with reading(place):
            header = opened(self._attributes())
            if header is None:
                raise DamageError("its header is missing")
        self.header: Header = header
        self.place = replace(place, study=as_begun(place.study, header))
        self._opened = time.monotonic()
        self._links = Links(optuna_study, engine)
        self._known: list[Stored] = []
        """What was read by now; only what is new is read again."""
        self._first = self._end = ""
        """The chain's digests before the first and up to the last of those."""
        self._head = ""
        """The chain's digest up to the last candidate; empty before it is known."""

    @cached_property
    def _axes(self) -> tuple[Axis, ...]:
        return self.place.study.open_axes

    @cached_property
    def _distributions(self) -> "dict[str, optuna.distributions.BaseDistribution]":
        return distributions.distributions(self._axes)

    def candidates(self) -> list[Candidate]:
        """All stored candidates in order.

        Raises:
            UserError: a stored candidate is damaged, missing, or there twice.
        """
        return [stored.candidate for stored in self.stored()]

    def record(self, candidates: Sequence[Candidate], stopped: str = "") -> Record:
        """The study as it is stored, with these candidates: all there are, in their order."""
        whole, header = tuple(candidates), self.header
        return Record(
            study=self.place.study, candidates=whole, folder=self.place.home, stopped=stopped,
            bits=header.bit_shares, contents=header.contents, models=header.models,
            chain=Chained(digest=self._head, candidates=whole),
        )  # fmt: skip

    def durations(self) -> list[float]:
        """How long after its driver had opened the store each candidate was stored. [s]"""
        return [stored.driver_s for stored in self.stored()]

    def stored(self) -> list[Stored]:
        """All stored candidates, with when and with what they were made.

        Raises:
            UserError: as `candidates`.
        """
        with reading(self.place):
            first = start(self.header, self._attributes().get("reused"))
            count = self.count()
            if self._first != first or count < len(self._known):
                self._known, self._end, self._first = [], first, first
            while len(self._known) < count:
                if not (new := self._patiently(lambda _: self._links.after(len(self._known)))):
                    raise DamageError("candidates were taken out while it was read")
                self._known += unlinked(new, self._end, len(self._known))
                self._end = new[-1].digest
        self._head = self._end
        return list(self._known)

    def count(self) -> int:
        """How many candidates are stored. [-]"""
        return self._patiently(lambda _: self._links.count())

    def started_from(self, gather: Callable[[], list[Reused]] | None) -> list[Reused]:
        """What the study was started from; gathered and kept before its first candidate.

        Raises:
            UserError: the study has begun without.
        """
        self.stored()  # the chain vouches for what is read here
        with reading(self.place):
            kept = self._patiently(lambda _: self._attributes().get("reused"))
            if kept is not None:
                return from_text(kept)
        if gather is None:
            return []
        if self.count():
            raise UserError(
                f"study {self.place.study.name!r} has already begun, so it cannot start from "
                f"another; give it another `name`"
            )
        gathered = gather()
        self.start_from(as_text(gathered))
        return gathered

    def start_from(self, reused: str) -> None:
        """Keep what the study starts from, before its first candidate."""
        self._write(lambda _: self._optuna.set_user_attr("reused", reused))
        self._head = start(self.header, reused)

    def bits(self) -> MeasuredBits | None:
        """The bits that a driver has measured by now.

        Raises:
            UserError: the header is damaged.
        """
        with reading(self.place):
            header = opened(self._patiently(lambda _: self._attributes()))
        return None if header is None else header.bit_shares

    def keep_bits(self, bits: MeasuredBits) -> None:
        """Add measured bits to the header; the candidates' chain does not begin with them."""
        self._keep_header(replace(self.header, bit_shares=bits))

    def keep_contents(self, contents: Mapping[str, str]) -> None:
        """Add digests of the user's files to the header, where it does not hold them."""
        if contents != self.header.contents:
            self._keep_header(replace(self.header, contents=contents))

    def _keep_header(self, header: Header) -> None:
        text = sealed(header)
        self._write(lambda _: self._optuna.set_user_attr("header", text))
        self.header = header

    def append(self, candidate: Candidate) -> None:
        """Add one candidate, durable on return."""
        if not self._head:
            self.stored()
        driver_s = time.monotonic() - self._opened
        self.append_link(candidate, linked(candidate, self._head, driver_s))

    def append_link(self, candidate: Candidate, link: Link) -> None:
        """Add a candidate that is linked to the last one already."""
        trial, number = self._trial(candidate, link), candidate.number
        self._write(lambda again: self._append(trial, ChainEnd(number, link.digest), again=again))
        self._head = link.digest

    def discard_if_empty(self) -> None:
        """Leave nothing of a study that was refused at its start."""
        if not self.count():
            self.close()
            with reading(self.place):
                discard(self.place.study, self.place.url, self.place.file)

    def rows_differ(self, candidate: Candidate) -> bool:
        """Whether what Optuna's dashboard shows of a candidate is not what was written."""
        wanted = self._trial(candidate, Link(text="", digest=""))
        with reading(self.place), by_optuna():
            trial = self._rows[candidate.number]
            return (trial.state, trial.values, trial.params, trial.constraints) != (
                wanted.state, wanted.values, wanted.params, wanted.constraints,
            )  # fmt: skip

    @cached_property
    def _rows(self) -> "list[optuna.trial.FrozenTrial]":
        """What other programs read of the candidates, as it was when it was first asked for."""
        return self._patiently(lambda _: self._optuna.get_trials(deepcopy=False))

    def _attributes(self) -> dict[str, Any]:
        with by_optuna():
            return self._optuna.user_attrs

    def _write(self, operation: Callable[[bool], None]) -> None:
        def written(again: bool) -> None:
            with by_optuna():
                operation(again)

        with reading(self.place):
            self._patiently(written)

    def _append(self, trial: "optuna.trial.FrozenTrial", new: ChainEnd, *, again: bool) -> None:
        """Add a candidate where the chain ends with the one before.

        Raises:
            UserError: another program has added to it, whatever lock was to prevent that.
        """
        if self._ask_end is not None:
            end = self._ask_end()
            if again and end == new:
                return  # the attempt before was kept, only its answer was lost
            check_end(end, ChainEnd(new.number - 1, self._head), self.place.study.name)
        self._optuna.add_trial(trial)

    def _trial(self, candidate: Candidate, link: Link) -> "optuna.trial.FrozenTrial":
        import optuna

        values = self._values(candidate)
        limits = self.place.study.limits if values else ()
        shown = not self.place.in_memory  # of those no dashboard ever reads the rows
        shown = shown and distributions.inside(self._axes, candidate.values)
        known = self._distributions if shown else {}
        state = optuna.trial.TrialState
        return optuna.trial.create_trial(
            state=state.COMPLETE if values else state.FAIL,
            values=values,
            params={name: candidate.values[name] for name in known},
            distributions=known,
            constraints=constraints.excesses(candidate.evaluation, limits),
            user_attrs={"record": link.text, "sha256": link.digest},
        )

    def _values(self, candidate: Candidate) -> tuple[float, ...] | None:
        """Objectives that the store was made for; None where the study now asks for less."""
        try:
            return objective_values(candidate.evaluation, self.header.objectives)
        except UserCodeError:
            raise
        except Exception:  # a user's objective may raise anything where a training is missing
            return None
