"""A design in words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from dse.results.gentle_writes import PLURALS, by_a_cell, chosen_writes
from dse.results.point import label_of
from dse.si import binary, rate, si
from dse.store import Candidate, Scored
from dse.store.record import GIVEN
from dse.study import constraints, own_names
from evaluators import plugins
from evaluators.design import DataKind, DesignPoint, Region
from evaluators.evaluate import Evaluation, Status

if TYPE_CHECKING:
    from dse.results.fronts import Front

TECHNOLOGIES: Final = {"sram": "SRAM", "stt_mram": "STT-MRAM", "sot_mram": "SOT-MRAM"}
"""A memory's name in prose; others as they are called."""


FROM_FILE: Final = "file"
"""The source of a design that belongs to no study."""

UNNAMED: Final = {FROM_FILE: "the file's design", "sram": "the best all-SRAM"}
"""Designs that are no candidates, by their source."""


def describe(candidate: Scored) -> list[str]:
    """A design in a few lines."""
    design = candidate.evaluation.design
    lines = [
        f"{title(candidate)}, {design.array.rows}x{design.array.cols} array",
        *(region_in_a_line(kind, told_region(candidate.evaluation, kind)) for kind in DataKind),
    ]
    if design.number_format:
        lines.append(f"stored as {design.number_format} {design.encoding.replace('_', ' ')}")
    return lines


def title(candidate: Scored) -> str:
    """What a design is called above its figures: its name, and whence it is if it was given."""
    if candidate.source in UNNAMED:
        return UNNAMED[candidate.source]
    given = f" ({candidate.source})" if candidate.source in GIVEN else ""
    return f"#{label_of(candidate)}{given}"


def told_region(evaluation: Evaluation, kind: DataKind) -> Region:
    """The region of a design, without the write of the axes where its memory has a fixed one."""
    region, profile = evaluation.design.memory[kind], evaluation.profile
    if region.write is None or profile is None:
        return region
    try:
        if by_a_cell(region.technology, profile[kind]):
            return region
    except plugins.UserCodeError:  # its code is left alone: what its file says
        if not own_names.has_fixed_write(region.technology):
            return region
    bits = region.reliable_bits if region.reliable_in == "sram" else 0
    return replace(region, write=None, reliable_bits=bits)


def nothing_left(front: "Front") -> str:
    """Why a front is empty: failures, or the candidate that is nearest to the constraints."""
    record = front.record
    limits = record.study.limits
    infeasible = [c for c in record.candidates if c.evaluation.status is Status.INFEASIBLE]
    if not infeasible:
        return "The front is empty: no candidate could be evaluated; `dse front --all` says why"

    def beyond(candidate: Candidate) -> float:
        return sum(
            max(e, 0.0) for e in constraints.excesses(candidate.evaluation, limits).values()
        )

    nearest = min(infeasible, key=beyond)
    return (
        f"The front is empty: none of {len(record.candidates)} candidates meets the constraints "
        f"({'; '.join(map(str, limits))}). The nearest is #{nearest.number}: "
        f"{nearest.evaluation.reason}"
    )


def in_words(candidate: Scored) -> str:
    """A design as sentences, equal regions named together."""
    design, own = candidate.evaluation.design, chosen_writes(candidate)
    profile = candidate.evaluation.profile
    groups: dict[tuple[Region, bool, float], list[DataKind]] = {}
    for kind in DataKind:
        fixed = max(profile[kind].to_one) if profile and kind not in own else 0.0
        groups.setdefault((design.memory[kind], kind in own, fixed), []).append(kind)
    told = []
    for (region, written, fixed), kinds in groups.items():
        names = [PLURALS[kind] for kind in kinds]
        each = " each" if len(kinds) > 1 else ""
        told.append(
            f"{listed(names)} in {region_in_prose(region, each, written=written, fixed=fixed)}"
        )
    sentence = "; ".join(told)
    stored = ""
    if design.number_format:
        stored = f" Stored as {design.number_format}, {design.encoding.replace('_', ' ')}."
    array = f"A {design.array.rows}x{design.array.cols} array. "
    return f"{array}{sentence[0].upper()}{sentence[1:]}.{stored}"


def technology_in_prose(name: str) -> str:
    """A memory's name within a sentence; of one of the user's own, as it calls itself."""
    if plugins.is_dotted(name):
        return own_names.technology_label(name)
    return TECHNOLOGIES.get(name, name)


def technology_in_short(name: str) -> str:
    """A memory's name in a table's cell."""
    if name.startswith(f"{plugins.SESSION}:"):
        return name.partition(":")[2]
    return name.split(":")[0].split(".")[-1].removesuffix("_mram")


def memory_names(design: DesignPoint) -> str:
    """What is not SRAM in a design, in prose."""
    names = [design.memory[kind].technology for kind in DataKind]
    others = dict.fromkeys(technology_in_prose(name) for name in names if name != "sram")
    return " and ".join(others) or "SRAM"


def mram_name(design: DesignPoint) -> str:
    """The memory in a design that is not SRAM, its variants of STT-MRAM by one name."""
    own = {design.memory[kind].technology for kind in DataKind} - {"sram"}
    if not own or all(name.startswith("stt_mram") for name in own):
        return TECHNOLOGIES["stt_mram"]
    return memory_names(design)


def memories(design: DesignPoint) -> str:
    """Which data lie in which memory: `weights in 16 MiB of STT-MRAM, rest in SRAM`."""
    told: list[tuple[str, str]] = []
    rest: list[tuple[str, str]] = []
    for kind in DataKind:
        region = design.memory[kind]
        where = f"{binary(region.capacity_bytes)} of {technology_in_prose(region.technology)}"
        where += _behind(region)
        (rest if region.technology == "sram" else told).append((PLURALS[kind], where))
    if not told:
        regions = [design.memory[kind] for kind in DataKind]
        sizes = " + ".join(binary(r.capacity_bytes) + _behind(r) for r in regions)
        return f"all in SRAM ({sizes})"
    parts = [f"{name} in {where}" for name, where in told]
    return "; ".join([*parts, "the rest in SRAM"] if rest else parts)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: `activations, weights and errors`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def region_in_short(kind: DataKind, region: Region) -> str:
    """A region in a table's cell, such as `W stt 2 M 0.90V 4.0ns r3`; explained below it."""
    name = technology_in_short(region.technology)
    words = f"{kind[0].upper()} {name} {binary(region.capacity_bytes).replace('iB', '')}"
    words += _behind(region).replace("iB of SRAM", "")
    if region.error_probability is not None:
        words += f" p {rate(region.error_probability)} r{region.reliable_bits}"
    if write := region.write:
        words += f" {write.voltage_v:.2f}V {write.pulse_width_s * 1e9:.1f}ns"
        words += f" r{region.reliable_bits}{'s' if region.reliable_in == 'sram' else ''}"
    return " ".join([words, *own_cell(region)])


def region_in_a_line(kind: DataKind, region: Region) -> str:
    """A region in a list of a design's parts."""
    words = f"{kind}: {binary(region.capacity_bytes)} {region.technology}{_behind(region)}"
    reliable = f", {region.reliable_bits} reliable bits"
    if write := region.write:
        words += f" {write.voltage_v:.3g} V, {si(write.pulse_width_s, 's')}{reliable}"
    if region.error_probability is not None:
        words += f", bits fail with {rate(region.error_probability)}{reliable}"
    return ", ".join([words, *own_cell(region)])


def region_in_prose(region: Region, each: str, *, written: bool, fixed: float) -> str:
    """A region as part of a sentence.

    Args:
        region: of one kind, or alike for several.
        each: ` each` where it stands for several.
        written: whether some of its bits are written at a condition of the design's own.
        fixed: how often its bits fail where the technology alone says so. [-]
    """
    technology = technology_in_prose(region.technology)
    words = f"{binary(region.capacity_bytes)}{each} of {technology}{_behind(region)}"
    reliable = f"{region.reliable_bits} of their high bits"
    mram = region.technology != "sram" and region.error_probability is None
    if mram and not written:
        rare = f", whose every bit fails with {rate(fixed)}"
        words += rare if fixed else ", every bit written error-free"
    elif write := region.write:
        words += f", written at {write.voltage_v:.3g} V"
        words += f" for {si(write.pulse_width_s, 's')}"
        if region.reliable_bits:
            beside = "in SRAM" if region.reliable_in == "sram" else "written reliably"
            words += f", {reliable} {beside}"
    if region.error_probability is not None:
        words += f", whose bits fail with {rate(region.error_probability)}"
        words += f", {reliable} reliable" if region.reliable_bits else ""
    return ", ".join([words, *own_cell(region)])


def _behind(region: Region) -> str:
    """The buffer that a region stands behind, if there is one."""
    return f" behind {binary(region.buffer_bytes)} of SRAM" if region.buffered else ""


def own_cell(region: Region) -> list[str]:
    """What is told of a region's cell beside its write: nothing of the scenario's own."""
    told = [] if region.diameter_m is None else [f"{region.diameter_m * 1e9:.3g} nm"]
    if region.write_scheme != "single":
        times = f" x{region.attempts}" if region.write_scheme == "verified" else ""
        told.append(region.write_scheme + times)
    return told + ([] if region.ecc == "none" else [region.ecc])
