"""The glossary of docs/units.md has every number of the program's types, with the right unit."""

import ast
import re
from typing import Final

from evaluators.checks import UNITS, unit
from tests.docs.blocks import ROOT

TYPES: Final = (
    "evaluators/design.py", "evaluators/scenario.py", "evaluators/evaluate.py",
    "evaluators/energy/batch.py", "evaluators/energy/report.py", "evaluators/energy/regions.py",
    "evaluators/workload/step.py",
    "evaluators/device/cell.py", "evaluators/device/write.py", "evaluators/device/measured.py",
    "evaluators/memories/options.py", "evaluators/memories/arrays.py",
    "evaluators/memories/technology.py", "evaluators/memories/dram.py",
    "evaluators/accelerator/options.py", "evaluators/accelerator/systolic.py",
    "evaluators/accelerator/tiling.py", "evaluators/accelerator/training_step.py",
    "evaluators/training/recipe.py", "evaluators/training/report.py",
    "evaluators/training/task.py", "dse/study/search.py", "dse/study/resources.py",
)  # fmt: skip
NUMBER: Final = re.compile(r"(?:tuple\[)?(?:float|int|Array|Counts|Integers|NDArray\[.*)")
SYMBOLS: Final = {
    "volts": "V", "seconds": "s", "joules": "J", "watts": "W", "kelvin": "K", "metres": "m",
    "square metres": "m²", "squared feature sizes": "F²", "hertz": "Hz", "ohms": "Ω",
    "ohm square metres": "Ω m²", "amperes": "A", "amperes per metre": "A/m", "tesla": "T",
    "joule seconds": "J s", "kibibytes": "KiB", "bytes": "byte",
    "nanometres": "nm", "bits": "bit", "bytes per second": "byte/s",
}  # fmt: skip
OTHERWISE: Final = {"in_w": "pixel", "kernel_w": "pixel", "stride_w": "pixel"}
"""A width, not a power."""

PURE: Final = ("-", "1", "pixel", "word", "J/bit")


def glossary() -> dict[str, str]:
    """Unit by field."""
    found: dict[str, str] = {}
    for line in (ROOT / "docs" / "units.md").read_text(encoding="utf-8").splitlines():
        row = re.fullmatch(r"\| (`\w+`(?:, `\w+`)*) \| ([^|]+) \| [^|]+ \|", line)
        if row is None:
            continue
        names, units = re.findall(r"`(\w+)`", row[1]), row[2].split(", ")
        for place, name in enumerate(names):
            assert name not in found, f"`{name}` stands twice"
            found[name] = units[place] if len(units) == len(names) else row[2]
    return found


def numbers() -> set[str]:
    """Fields of the public dataclasses that hold numbers."""
    found = set()
    for file in TYPES:
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found |= {
                    field.target.id
                    for field in node.body
                    if isinstance(field, ast.AnnAssign)
                    and isinstance(field.target, ast.Name)
                    and NUMBER.match(ast.unparse(field.annotation))
                }
    return found


def test_every_number_has_its_line_and_no_line_is_stale() -> None:
    assert len(numbers()) > 100
    assert sorted(numbers() - set(glossary())) == []
    assert sorted(set(glossary()) - numbers()) == []


def test_units_are_those_that_the_names_say() -> None:
    wrong = []
    for name, told in glossary().items():
        ending = unit(name)
        wanted = OTHERWISE.get(name, SYMBOLS[ending] if ending else "")
        if told != wanted and (wanted or told not in PURE):
            wrong.append(f"{name}: {told}, not {wanted}")
    assert wrong == []


def test_every_ending_is_explained() -> None:
    text = (ROOT / "docs" / "units.md").read_text(encoding="utf-8")
    assert [ending for ending in UNITS if f"`{ending}`" not in text] == []
