"""Where a report comes from: study, versions, processor, and the source of every constant."""

import csv
import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from dse.masking import masked_toml, without_password
from dse.plain import as_plain
from dse.report.drawing import Section
from dse.report.markup import render
from dse.report.sources import constants
from dse.report.subject import Subject
from dse.results import table
from dse.trainings import cpu_kind
from evaluators.checks import unit
from evaluators.device import AnyCell, cell
from evaluators.memories import dram, technology
from evaluators.memories.fitting import COEFFICIENTS, REFERENCE
from evaluators.scenario import Scenario

LIBRARIES: Final = ("mram-dse", "numpy", "scipy", "torch", "optuna", "moocore", "ray", "plotly",
                    "scikit-learn", "pandas", "pydantic")  # fmt: skip
FITTED: Final = {"sram": ("SRAM146",), "stt_mram": ("STT34agg", "STT54")}
"""Cells of NVSim that each family's arrays are fitted to."""


def provenance_section(subject: Subject) -> Section:
    """All that is needed to do it again, and to doubt it."""
    found = cell(subject.scenario.cell)
    rows = [[c.name, c.value, c.source, c.module] for c in constants(found.name)]
    whole = render("provenance.html", **_study(subject), versions=_versions(subject),
                   memories=_memories(subject), cells=_cells(subject),
                   fits=_fits(subject), constants=rows)  # fmt: skip
    lead = "All that is needed to do this again, and to doubt it."
    return Section(name="provenance", title="Provenance", lead=lead, after=whole)


def _study(subject: Subject) -> dict[str, Any]:
    record = subject.record
    rows = record.study.storage
    csv_bytes = table.csv_bytes(subject.front.whole_table)
    told = {**as_plain(record.study), "storage": without_password(rows)}
    return {
        "source": masked_toml(subject.source, rows) if subject.source else "",
        "settings": json.dumps(told, indent=2, sort_keys=True),
        "candidates": len(record.candidates),
        "digest": hashlib.sha256(csv_bytes).hexdigest(),
    }


def _versions(subject: Subject) -> list[list[str]]:
    """What the trainings record, and what is at hand now."""
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
    return [[name, ", ".join(sorted(recorded.get(name, set()))), now.get(name, "")]
            for name in dict.fromkeys((*now, *recorded))]  # fmt: skip


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed as a package"


def _memories(subject: Subject) -> list[list[str]]:
    rows = []
    for name in subject.record.study.technologies:
        found = technology(name)
        area = f"{found.cell_area_f2:g} F^2" if found.cell_area_f2 else "follows the write current"
        own = (subject.scenario.cells or {}).get(name)
        written = "" if own is None else f"; written as cell {cell(own).name}"
        rows.append([name, area, f"{found.source}{written}"])
    memory = dram(subject.scenario.memory.dram)
    return [*rows, [memory.name, f"{memory.energy_j_per_bit * 1e12:g} pJ a bit", memory.source]]


def _cells(subject: Subject) -> list[tuple[AnyCell, list[list[str]]]]:
    """The scenario's cells with their parameters, the first its own."""
    names = [subject.scenario.cell, *(subject.scenario.cells or {}).values()]
    return [(found, _parameters(found)) for found in dict.fromkeys(cell(name) for name in names)]


def _parameters(found: AnyCell) -> list[list[str]]:
    """None of a measured cell."""
    return [[name, _plain(value), unit(name)] for name, value in found.parameters.items()]


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _fits(subject: Subject) -> dict[str, Any]:
    """The fitted coefficients that the study's arrays use."""
    scenario = subject.scenario
    heads = ["cell", "word_bits", "quantity", "c0", "c1", "c2"]
    with COEFFICIENTS.open(encoding="utf-8", newline="") as stream:
        rows = [[row[name] for name in heads] for row in csv.DictReader(stream)
                if _uses(row, scenario, subject)]  # fmt: skip
    with REFERENCE.open(encoding="utf-8", newline="") as stream:
        count = sum(1 for _ in stream) - 1
    conditions = (
        f"{scenario.node_nm} nm {scenario.roadmap}, {scenario.memory.wire} wires, leakage from "
        f"{scenario.memory.leakage_source.upper()} scaled by {scenario.memory.leakage_scale:g}"
    )
    return {"reference": f"{count} arrays in {REFERENCE.name}", "file": COEFFICIENTS.name,
            "conditions": conditions, "heads": heads, "rows": rows}  # fmt: skip


def _uses(row: dict[str, str], scenario: Scenario, subject: Subject) -> bool:
    families = {technology(name).family for name in subject.record.study.technologies}
    cells = {name for family in families for name in FITTED[family]}
    return (row["cell"] in cells and int(row["node_nm"]) == scenario.node_nm
            and row["roadmap"] == scenario.roadmap
            and row["wire"] == scenario.memory.wire)  # fmt: skip
