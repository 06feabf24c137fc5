"""Where a report comes from: study, versions, processor, and the source of every constant."""

import csv
import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from dse.masking import masked_toml, without_password
from dse.plain import as_plain
from dse.report.drawing import Section
from dse.report.markup import Html, details, joined, paragraph, table, tag, text
from dse.report.sources import constants
from dse.report.subject import Subject
from dse.trainings import cpu_kind
from evaluators.checks import unit
from evaluators.device import cell
from evaluators.memories import dram, technology
from evaluators.memories.fitting import COEFFICIENTS, REFERENCE
from evaluators.scenario import Scenario

LIBRARIES: Final = ("mram-dse", "numpy", "scipy", "torch", "optuna", "moocore", "ray", "plotly",
                    "scikit-learn", "pandas", "pydantic")  # fmt: skip
FITTED: Final = {"sram": ("SRAM146",), "stt_mram": ("STT34agg", "STT54")}
"""Cells of NVSim that each family's arrays are fitted to."""


def provenance_section(subject: Subject) -> Section:
    """All that is needed to do it again, and to doubt it."""
    lead = "All that is needed to do this again, and to doubt it."
    parts = [*_study(subject), *_made_with(subject), *_technologies(subject), *_cell(subject),
             *_fits(subject), *_constants(subject)]  # fmt: skip
    return Section(name="provenance", title="Provenance", lead=lead, after=joined(parts))


def _part(words: str) -> Html:
    return tag("h3", text(words), attributes={"class": "part"})


def _study(subject: Subject) -> list[Html]:
    record = subject.record
    rows = record.study.storage
    told = as_plain(record.study)
    told["storage"] = without_password(rows)
    parts = [_part("The study")]
    if subject.source:
        source = masked_toml(subject.source, rows)
        parts.append(tag("pre", tag("code", text(source))))
    whole = tag("pre", tag("code", text(json.dumps(told, indent=2, sort_keys=True))))
    parts.append(details("Every setting, defaults included, as JSON", whole))
    csv_bytes = subject.front.whole_table.to_csv(index=False, lineterminator="\n").encode()
    digest = hashlib.sha256(csv_bytes).hexdigest()
    parts.append(paragraph(
        f"{len(record.candidates)} candidates; SHA-256 of their table (dse front STUDY --all "
        f"--csv): {digest}. The same study on the same kind of processor gives the same table."
    ))  # fmt: skip
    return parts


def _made_with(subject: Subject) -> list[Html]:
    """Versions that the trainings record, and those at hand now."""
    recorded: dict[str, set[str]] = {}
    for candidate in subject.record.candidates:
        for run in candidate.evaluation.training.runs if candidate.evaluation.training else ():
            for name, told in (run.versions or {}).items():
                recorded.setdefault(name, set()).add(told)
            if run.cpu_capability:
                recorded.setdefault("kind of CPU", set()).add(run.cpu_capability)
    now = {name: _version(name) for name in LIBRARIES}
    now["python"] = platform.python_version()
    now["kind of CPU"] = cpu_kind()
    rows = [[name, ", ".join(sorted(recorded.get(name, set()))), now.get(name, "")]
            for name in dict.fromkeys((*now, *recorded))]  # fmt: skip
    return [_part("Versions and processor"),
            table(["", "the trainings record", "this report"], rows, name="Versions")]  # fmt: skip


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed as a package"


def _technologies(subject: Subject) -> list[Html]:
    scenario, names = subject.scenario, subject.record.study.technologies
    rows = []
    for name in names:
        found = technology(name)
        area = f"{found.cell_area_f2:g} F^2" if found.cell_area_f2 else "follows the write current"
        rows.append([name, area, found.source])
    memory = dram(scenario.memory.dram)
    rows.append([memory.name, f"{memory.energy_j_per_bit * 1e12:g} pJ a bit", memory.source])
    return [_part("Memories"), table(["memory", "figure", "source"], rows, name="Memories")]


def _cell(subject: Subject) -> list[Html]:
    found = cell(subject.scenario.cell)
    if not found.parameters:
        return [_part(f"Cell {found.name}"), paragraph("Measured; read from the study's file.")]
    rows = [[name, _plain(value), unit(name)] for name, value in found.parameters.items()]
    return [_part(f"Cell {found.name}"), paragraph(f"Source: {found.source}."),
            details("Its parameters", table(["parameter", "value", "unit"], rows,
                                            name="Cell", numeric=[1]))]  # fmt: skip


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _fits(subject: Subject) -> list[Html]:
    """The fitted coefficients that the study's arrays use."""
    scenario = subject.scenario
    with COEFFICIENTS.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if _uses(row, scenario, subject)]
    with REFERENCE.open(encoding="utf-8", newline="") as stream:
        count = sum(1 for _ in stream) - 1
    words = (
        f"Arrays: NVSim (Dong et al., IEEE TCAD 31 (2012) 994), {count} arrays in "
        f"{REFERENCE.name}, fitted by evaluators.memories.fitting into {COEFFICIENTS.name}; "
        f"{scenario.node_nm} nm {scenario.roadmap}, {scenario.memory.wire} wires, leakage from "
        f"{scenario.memory.leakage_source.upper()} scaled by {scenario.memory.leakage_scale:g}. "
        f"The equations and how well they fit are in docs/physics.md."
    )
    heads = ["cell", "word_bits", "quantity", "c0", "c1", "c2"]
    told = table(heads, ([row[name] for name in heads] for row in rows), name="NVSim fits",
                 numeric=[1, 3, 4, 5])  # fmt: skip
    return [_part("Fits to NVSim"), paragraph(words),
            details(f"The {len(rows)} fits of this study's arrays, SI units", told)]  # fmt: skip


def _uses(row: dict[str, str], scenario: Scenario, subject: Subject) -> bool:
    families = {technology(name).family for name in subject.record.study.technologies}
    cells = {name for family in families for name in FITTED[family]}
    return (row["cell"] in cells and int(row["node_nm"]) == scenario.node_nm
            and row["roadmap"] == scenario.roadmap
            and row["wire"] == scenario.memory.wire)  # fmt: skip


def _constants(subject: Subject) -> list[Html]:
    found = cell(subject.scenario.cell)
    rows = [[c.name, c.value, c.source, c.module] for c in constants(found.name)]
    words = (
        "As the code has them, each with what its own line says of its source; `assumed` marks "
        "an engineering choice without one."
    )
    told = table(["constant", "value (SI units)", "source", "module"], rows, name="Constants")
    return [_part("Constants of the models"), paragraph(words),
            details(f"{len(rows)} constants and their sources", told)]  # fmt: skip
