"""Maps of tolerance: accuracy loss over error probability and reliable bits, by data kind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dse.results.accuracy import LOSS_LIMIT
from dse.si import rate as in_digits
from dse.store import Candidate, Record
from evaluators.design import DataKind, DesignPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleranceMap:
    """One data kind in one number format. `loss` is `(reliable bits, rates)`; NaN: not run."""

    kind: str
    stored_as: str
    rates: tuple[float, ...]
    reliable_bits: tuple[int, ...]
    loss: NDArray[np.float64]

    def borne(self, reliable_bits: int) -> float | None:
        """The largest probability up to which no loss exceeds a point. [-]"""
        row = self.loss[self.reliable_bits.index(reliable_bits)]
        best = None
        for rate, loss in zip(self.rates, row, strict=True):
            if not loss <= LOSS_LIMIT:
                break
            best = rate
        return best


def tolerance_maps(record: Record) -> list[ToleranceMap]:
    """The maps that a record's candidates fill; none in studies of cells."""
    cells: dict[tuple[str, str], dict[tuple[int, float], float]] = {}
    for candidate in record.candidates:
        found = place_of(candidate)
        if found is not None:
            key, place, loss = found
            cells.setdefault(key, {})[place] = loss
    return [_map(kind, stored_as, cells[kind, stored_as]) for kind, stored_as in sorted(cells)]


def place_of(candidate: Candidate) -> tuple[tuple[str, str], tuple[int, float], float] | None:
    """Kind of data and format of a candidate, its reliable bits and rate, and the loss.

    None where it is of no map: no probability is given, or it was not trained.
    """
    design, training = candidate.evaluation.design, candidate.evaluation.training
    kinds = [kind for kind in DataKind if design.memory[kind].error_probability is not None]
    if training is None or not kinds:
        return None
    region = design.memory[kinds[0]]
    assert region.error_probability is not None
    kind = "all" if len(kinds) == len(DataKind) else " and ".join(kind.value for kind in kinds)
    place = (region.reliable_bits, region.error_probability)
    return (kind, _stored_as(design)), place, training.accuracy_loss


def borne_alone(record: Record) -> dict[str, Candidate]:
    """By kind of data the design whose bits of it alone fail as often as at most a point costs."""
    found: dict[str, Candidate] = {}
    for one in tolerance_maps(record):
        bits = min(one.reliable_bits)
        wanted = (one.kind, one.stored_as), (bits, one.borne(bits))
        if one.kind in {kind.value for kind in DataKind}:
            for candidate in record.candidates:
                told = place_of(candidate)
                if told is not None and told[:2] == wanted:
                    found[one.kind] = candidate
    return found


def _stored_as(design: DesignPoint) -> str:
    words = [design.number_format, design.encoding.replace("_", " ")]
    return ", ".join(word for word in words if word) or "scenario's format"


def _map(kind: str, stored_as: str, cells: dict[tuple[int, float], float]) -> ToleranceMap:
    bits = tuple(sorted({place[0] for place in cells}))
    rates = tuple(sorted({place[1] for place in cells}))
    loss = np.array([[cells.get((b, rate), np.nan) for rate in rates] for b in bits])
    return ToleranceMap(kind=kind, stored_as=stored_as, rates=rates, reliable_bits=bits, loss=loss)


def statements(maps: Sequence[ToleranceMap]) -> list[str]:
    """What the maps say, a line each."""
    lines = []
    for found in maps:
        told = []
        for bits in found.reliable_bits:
            borne = found.borne(bits)
            told.append(f"{bits} reliable: {'none' if borne is None else in_digits(borne)}")
        lines.append(
            f"{found.kind} ({found.stored_as}) bears, at most a point lost: {'; '.join(told)}"
        )
    return lines
