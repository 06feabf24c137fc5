"""Figures of the user's own technologies and measurements are checked as ours are."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dse import read_study, run
from dse.commands.check import print_check
from dse.mistakes import UserError
from dse.search import rehearse
from evaluators.memories import FixedWrite, Technology, technology

CASES = Path(__file__).parents[2] / "cases"
HERE = "tests.unit.study.test_own_figures"

GOOD = Technology(name="good", family="stt_mram", cell_area_f2=70.0, source="a published cell",
                  fixed_write=FixedWrite(energy_j=0.2e-12, pulse_width_s=1e-9))  # fmt: skip
SMALL = replace(GOOD, cell_area_f2=0.07)
UNSIZED = replace(GOOD, cell_area_f2=None)
TEXT = replace(GOOD, cell_area_f2="70")  # type: ignore[arg-type]
TRUE = replace(GOOD, fixed_write=FixedWrite(energy_j=True, pulse_width_s=1e-9))
ZERO = replace(GOOD, fixed_write=FixedWrite(energy_j=0.0, pulse_width_s=float("nan")))
PAIR = replace(GOOD, fixed_write=(0.2e-12, 1e-9))  # type: ignore[arg-type]


def test_a_good_cell_is_taken_beside_wrong_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(CASES / "50-technology-sot"))
    rehearse(read_study(CASES / "50-technology-sot" / "good.toml"))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("pico", r"`fixed_write.energy_j` must be in \[1e-18, 1e-08\] joules; 0.2 pJ is written "
                 r"0.2e-12, got 0.2"),
        ("nano", r"`fixed_write.pulse_width_s` must be in \[1e-11, 0.001\] seconds; 10 ns is "
                 r"written 10e-9, got 1"),
        ("negative", r"`fixed_write.energy_j` must be .* joules; .* got -2e-13"),
        ("family", r"`family` must be 'sram' or 'stt_mram', got 'sot_mram'"),
    ],
)  # fmt: skip
def test_slips_of_a_published_cell(file: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(CASES / "50-technology-sot"))
    with pytest.raises(UserError, match=rf"`axes.technology`: 'sot:{file.upper()}': {words}"):
        read_study(CASES / "50-technology-sot" / f"{file}.toml")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SMALL", r"`cell_area_f2` must be in \[4, 1000\] squared feature sizes; .* got 0.07"),
        ("UNSIZED", "`cell_area_f2` must be given in"),
        ("TEXT", "`cell_area_f2` must be in .*, got '70'"),
        ("TRUE", "`fixed_write.energy_j` must be in .*, got True"),
        ("ZERO", "`fixed_write.energy_j` must .* got 0.0; `fixed_write.pulse_width_s` .* got nan"),
        ("PAIR", r"`fixed_write` must be a FixedWrite, got \(2e-13, 1e-09\)"),
    ],
)
def test_slips_of_the_same_kind(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        technology(f"{HERE}:{name}")


@pytest.mark.parametrize("file", ["free", "bits"])
def test_check_refuses_what_run_refuses_and_advice_can_be_followed(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(CASES / "51-check-passes-run-refuses", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(CASES / "50-technology-sot"))
    for verb in (lambda s: print_check(s, as_json=False), lambda s: run(s, executor="inline")):
        with pytest.raises(UserError, match=r"solves `axes.write_voltage_v` on a grid"):
            verb(read_study(f"{file}.toml"))
    assert not (tmp_path / "results").exists()
    text = (tmp_path / f"{file}.toml").read_text()
    fixed = "write_voltage_v = 1.0\npulse_width_s = 10e-9\narray_cols"
    (tmp_path / f"{file}.toml").write_text(text.replace("array_cols", fixed, 1))
    assert len(run(read_study(f"{file}.toml"), executor="inline").candidates) == 5


def test_a_run_that_is_refused_late_leaves_no_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(CASES / "50-technology-sot"))
    good = read_study(CASES / "50-technology-sot" / "good.toml")
    other = run(good, folder=tmp_path / "other", executor="inline", candidates=3)
    strange = replace(other, study=replace(good, space="heterogeneous", axes={}),
                      candidates=())  # fmt: skip
    with pytest.raises(UserError, match=r"lies on the axes|no candidate"):
        run(good, folder=tmp_path, executor="inline", reuse=strange)
    assert not (tmp_path / "good" / "study.db").exists()
    changed = replace(good, objectives=("energy_j", "time_s"))
    assert run(changed, folder=tmp_path, executor="inline", candidates=3).candidates


def test_a_refused_study_leaves_its_neighbours_in_a_shared_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dse.search.loop import SearchLoop
    from dse.store import read_record

    monkeypatch.syspath_prepend(str(CASES / "50-technology-sot"))
    good = replace(read_study(CASES / "50-technology-sot" / "good.toml"),
                   storage=f"sqlite:///{tmp_path / 'shared.db'}")  # fmt: skip
    run(good, folder=tmp_path, executor="inline", candidates=3)

    def refused(*told: object) -> None:
        raise UserError("no")

    monkeypatch.setattr(SearchLoop, "run", refused)
    with pytest.raises(UserError, match="no"):
        run(replace(good, name="second"), folder=tmp_path, executor="inline")
    with pytest.raises(UserError, match="no"):  # what has candidates stays
        run(good, folder=tmp_path, executor="inline")
    assert len(read_record(good, tmp_path).candidates) == 3
    with pytest.raises(UserError, match="is not in"):
        read_record(replace(good, name="second"), tmp_path)


def test_capacities_between_powers_of_two_are_whole_mats(tmp_path: Path) -> None:
    text = (CASES / "54-node-word-capacity" / "c3m.toml").read_text()
    file = tmp_path / "c3m.toml"
    file.write_text(text)
    rehearse(read_study(file))
    file.write_text(text.replace("3145728", "3000000"))
    words = r"must be whole multiples of 131072 \(nearest: 2883584 and 3014656\), got 3000000"
    with pytest.raises(UserError, match=words):
        read_study(file)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("n28", r"`node_nm` must be 22, 32 or 45 nanometres \(nearest 32\), got 28: nothing is "
                r"interpolated between nodes; .*docs/maintain.md"),
        ("w64", r"`word_bits` must be in \[128, 512\] bits; nearest at 22 nm: 128; .*maintain.md"),
        ("b256k", r"`baseline_capacity_bytes` that do, next to it: 1048576"),
    ],
)  # fmt: skip
def test_nodes_words_and_capacities_that_are_not_known(file: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        rehearse(read_study(CASES / "54-node-word-capacity" / f"{file}.toml"))
    assert "did you mean" not in str(caught.value)


def test_a_baseline_between_powers_of_two_is_made_of_mats_of_128_kib() -> None:
    """3 MiB was refused as long as STT-MRAM had mats of 512 KiB alone."""
    assert rehearse(read_study(CASES / "54-node-word-capacity" / "b3m.toml"))
