"""Each extension of docs/extend.md, built from the page's own text, is used by a search."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from dse.store import Record, read_record
from dse.study import read_study
from tests.docs.blocks import ROOT, blocks_of

PAGE: Final = ROOT / "docs" / "extend.md"
FILES: Final = [block for block in blocks_of(PAGE) if block.category == "file"]
STUDIES: Final = [block for block in FILES if block.language == "toml"]


def uses_technology(record: Record) -> bool:
    """Some design holds its data in it, denser than any memory of ours."""
    regions = [c.evaluation.design.memory.weight.technology for c in record.candidates]
    return "dense_mram:TECHNOLOGY" in regions


def uses_cell(record: Record) -> bool:
    """Its lower voltage and its errors are in every figure of the MRAM designs."""
    from evaluators.device import cell, nominal_write
    from evaluators.evaluate import score

    own, scenario = record.study.scenario.cell, record.study.scenario
    lower = nominal_write(cell(own)).voltage_v < nominal_write(cell("emram_28nm")).voltage_v
    found = [c.evaluation for c in record.candidates[1:]]
    designs = [evaluation.design for evaluation in found]
    preset = score(designs, replace(scenario, cell="emram_28nm"))
    differ = all(a.energy != b.energy for a, b in zip(found, preset, strict=True))
    return lower and score(designs, scenario) == found and differ


def uses_network(record: Record) -> bool:
    """The energy of the MACs is that of the perceptron's products."""
    from evaluators.energy.logic import mac_energy_j
    from evaluators.networks import network

    one = record.candidates[0].evaluation.energy
    assert one is not None
    operations = one.mac_j / mac_energy_j(record.study.scenario)
    forward = 64 * (784 * 256 + 256 * 10)
    macs = network("my_mlp:build", 64).macs()
    return macs == 2 * forward + 64 * 256 * 10 and macs < operations < 1.5 * macs


def uses_objective(record: Record) -> bool:
    """The front is ranked by it, at its own figures."""
    from dse import front

    found = front(record)
    chosen = found.ranked.index(found.candidates[0])
    energy = found.candidates[0].evaluation.energy
    assert energy is not None
    figure = found.values[chosen, 0]
    return found.objectives[0].name == "my_goal:OBJECTIVE" and 0.0 < figure < energy.energy_j


def uses_sampler(record: Record) -> bool:
    """It chose every candidate but the baselines, and they cover the voltages evenly."""
    volts = [float(c.values["write_voltage_v"]) for c in record.candidates[2:]]
    quarters = [sum(low <= v < low + 0.2 for v in volts) for low in (0.5, 0.7, 0.9, 1.1)]
    sources = {candidate.source for candidate in record.candidates[2:]}
    return sources == {"halton:sampler"} and sorted(quarters) == [2, 2, 3, 3]


def uses_space(record: Record) -> bool:
    """Its axes were chosen, and only weights live in STT-MRAM."""
    ours = record.candidates[2:]
    memories = {(m.activation.technology, m.weight.technology, m.error.technology)
                for m in (c.evaluation.design.memory for c in ours)}  # fmt: skip
    trained = all(c.evaluation.training is not None for c in ours)
    return (
        memories == {("sram", "stt_mram", "sram")} and "array_side" in ours[0].values and trained
    )


USED: Final[dict[str, Callable[[Record], bool]]] = {
    "dense.toml": uses_technology,
    "thin_oxide.toml": uses_cell,
    "my_mlp.toml": uses_network,
    "my_goal.toml": uses_objective,
    "halton.toml": uses_sampler,
    "weights_in_mram.toml": uses_space,
}


def test_the_page_has_the_six_extensions_and_each_is_one_file() -> None:
    assert [block.title for block in STUDIES] == list(USED)
    assert len([block for block in FILES if block.language == "python"]) == len(USED)


@pytest.mark.parametrize("place", range(len(USED)), ids=list(USED))
def test_a_search_uses_the_extension(
    place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, study = FILES[2 * place], FILES[2 * place + 1]
    for block in (code, study):
        (tmp_path / block.title).write_text(block.text, encoding="utf-8")
    told = subprocess.run(
        [sys.executable, "-m", "dse", "run", study.title, "--executor", "inline"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    monkeypatch.syspath_prepend(tmp_path)
    record = read_record(read_study(tmp_path / study.title), tmp_path / "results")
    assert len(record.candidates) == record.study.search.candidates
    assert {c.evaluation.status.value for c in record.candidates} <= {"ok", "diverged"}
    assert USED[study.title](record)


@pytest.mark.parametrize("place", range(len(USED)), ids=list(USED))
def test_a_misspelt_extension_is_refused(
    place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = FILES[2 * place].title.removesuffix(".py")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / FILES[2 * place].title).write_text(FILES[2 * place].text, encoding="utf-8")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(re.sub(f'"{module}:\\w+"', f'"{module}:NONE"', FILES[2 * place + 1].text))
    from dse.mistakes import StudyError

    with pytest.raises(StudyError, match=f"{module} has no 'NONE'"):
        read_study(wrong)
