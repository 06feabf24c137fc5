"""A design in words."""

from typing import TYPE_CHECKING

from dse.si import binary, si
from dse.store.record import Candidate
from dse.study.constraints import excesses
from evaluators.design import DataKind
from evaluators.evaluate import Status

if TYPE_CHECKING:
    from dse.results.fronts import Front
if TYPE_CHECKING:
    from dse.results.fronts import Front


def describe(candidate: Candidate) -> list[str]:
    """A design in a few lines."""
    design = candidate.evaluation.design
    lines = [
        f"#{candidate.number} ({candidate.source}), {design.array.rows}x{design.array.cols} array"
    ]
    for kind in DataKind:
        region = design.memory[kind]
        text = f"{kind}: {binary(region.capacity_bytes)} {region.technology}"
        if region.write:
            text += f" {region.write.voltage_v:.3g} V, {si(region.write.pulse_width_s, 's')}"
            text += f", {region.reliable_bits} reliable bits"
        if region.error_probability is not None:
            text += f", bits fail with {region.error_probability:.0e}"
            text += f", {region.reliable_bits} reliable bits"
        lines.append(text)
    if design.number_format:
        lines.append(f"stored as {design.number_format} {design.encoding.replace('_', ' ')}")
    return lines


def nothing_left(front: "Front") -> str:
    """Why a front is empty: failures, or the candidate that is nearest to the constraints."""
    record = front.record
    limits = record.study.limits
    infeasible = [c for c in record.candidates if c.evaluation.status is Status.INFEASIBLE]
    if not infeasible:
        return "The front is empty: no candidate could be evaluated; `dse front --all` says why"

    def beyond(candidate: Candidate) -> float:
        return sum(max(e, 0.0) for e in excesses(candidate.evaluation, limits).values())

    nearest = min(infeasible, key=beyond)
    return (
        f"The front is empty: none of {len(record.candidates)} candidates meets the constraints "
        f"({'; '.join(map(str, limits))}). The nearest is #{nearest.number}: "
        f"{nearest.evaluation.reason}"
    )
