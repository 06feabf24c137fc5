"""A design in words."""

from typing import TYPE_CHECKING

from dse.results.gentle_writes import PLURALS, chosen_writes
from dse.si import binary, si
from dse.store import Candidate
from dse.study.constraints import excesses
from evaluators.design import DataKind, Region
from evaluators.evaluate import Status

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


def in_words(candidate: Candidate) -> str:
    """A design as sentences, equal regions named together."""
    design, own = candidate.evaluation.design, chosen_writes(candidate)
    groups: dict[tuple[Region, bool], list[DataKind]] = {}
    for kind in DataKind:
        groups.setdefault((design.memory[kind], kind in own), []).append(kind)
    told = []
    for (region, written), kinds in groups.items():
        names = [PLURALS[kind] for kind in kinds]
        each = " each" if len(kinds) > 1 else ""
        told.append(f"{_and(names)} in {_region(region, each, written=written)}")
    sentence = "; ".join(told)
    stored = ""
    if design.number_format:
        stored = f" Stored as {design.number_format}, {design.encoding.replace('_', ' ')}."
    array = f"A {design.array.rows}x{design.array.cols} array. "
    return f"{array}{sentence[0].upper()}{sentence[1:]}.{stored}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _region(region: Region, each: str, *, written: bool) -> str:
    technology = {"sram": "SRAM", "stt_mram": "STT-MRAM"}.get(region.technology, region.technology)
    words = f"{binary(region.capacity_bytes)}{each} of {technology}"
    reliable = f"{region.reliable_bits} of their high bits"
    mram = region.technology != "sram" and region.error_probability is None
    if mram and not written:
        words += ", every bit written error-free"
    elif region.write:
        words += f", written at {region.write.voltage_v:.3g} V"
        words += f" for {si(region.write.pulse_width_s, 's')}"
        if region.reliable_bits:
            beside = "in SRAM" if region.reliable_in == "sram" else "written reliably"
            words += f", {reliable} {beside}"
    if region.error_probability is not None:
        words += f", whose bits fail with {region.error_probability:.0e}"
        words += f", {reliable} reliable" if region.reliable_bits else ""
    return words
