"""Tables of measured cells as spreadsheets save them: read, or refused by line and column."""

import os
from pathlib import Path

import numpy as np
import pytest

from evaluators.device import MeasuredCell, cell

CASES = Path(__file__).parents[2] / "cases" / "52-measured-cell-from-excel"
HEAD = "voltage_v,pulse_width_s,error_probability_p_to_ap,error_probability_ap_to_p,energy_j"
ROWS = ("0.8,5e-9,1e-4,1e-5,5e-13", "0.8,10e-9,1e-7,1e-8,9e-13",
        "1.0,5e-9,1e-7,1e-8,8e-13", "1.0,10e-9,1e-10,1e-11,1.4e-12")  # fmt: skip
TABLE = "\n".join((HEAD, *ROWS)) + "\n"


def read(folder: Path, content: str | bytes) -> MeasuredCell:
    file = folder / "lab.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    found = cell(str(file))
    assert isinstance(found, MeasuredCell)
    return found


@pytest.mark.parametrize("name", ["bom", "spaces"])
def test_what_a_spreadsheet_adds_is_no_matter(name: str) -> None:
    good, found = cell(str(CASES / "ok.csv")), cell(str(CASES / f"{name}.csv"))
    assert isinstance(good, MeasuredCell)
    assert isinstance(found, MeasuredCell)
    assert np.array_equal(found.logarithms, good.logarithms)


@pytest.mark.parametrize(
    "content",
    [
        TABLE.replace(",", ";"),
        TABLE.replace(",", "\t"),
        TABLE.replace("\n", "\r\n") + "\r\n;;\r\n".replace(";", ","),
        TABLE.encode("utf-16"),
        TABLE.replace("voltage_v", " Voltage_V "),
        "\n".join(f"{line},{note}" for line, note in
                  zip(TABLE.splitlines(), ("note", "a", "b", "", "d"), strict=True)),
        TABLE.replace("0.8,", '"0.8",'),
    ],
)  # fmt: skip
def test_siblings_of_a_spreadsheet(content: str | bytes, tmp_path: Path) -> None:
    assert np.array_equal(read(tmp_path, content).logarithms,
                          read(tmp_path, TABLE).logarithms)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unit", r"unit.csv, line 2, column 1 \(voltage_v\): must be a number in volts without "
                 r"its unit, got '0.8 V'"),
        ("na", r"na.csv, line 2, column 3 \(error_probability_p_to_ap\): must be a number "
               r"without its unit, got 'n.a.'"),
        ("short", r"short.csv, line 3, column 5 \(energy_j\): must be a number in joules, and is "
                  r"empty"),
    ],
)  # fmt: skip
def test_what_is_no_figure_is_named_by_its_place(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        cell(str(CASES / f"{name}.csv"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("0.8,5e-9", "800,5e-9", r"line 2, column 1 .*\[0.01, 10\] volts; 800 mV is written 0.8"),
        ("0.8,5e-9", "0.8,5", r"line 2, column 2 .* seconds; 10 ns is written 10e-9, got 5.0"),
        ("5e-13", "0.5", r"line 2, column 5 .* joules; 0.5 pJ is written 0.5e-12, got 0.5"),
        ("5e-13", "-5e-13", r"line 2, column 5 .* got -5e-13"),
        ("1e-4", "nan", r"line 2, column 3 .* must be a number without its unit, got 'nan'"),
        ("1e-4", "1_0", r"got '1_0'"),
        ("1e-4", "150", r"must be in \[0, 1\]; 1 % is written 0.01, got 150.0"),
        ("1e-4", '"0,1"', r"a decimal comma is written as a point, got '0,1'"),
        ("voltage_v", "volts", r"line 1: lacks the columns voltage_v"),
        ("energy_j", "energy", r"lacks the columns energy_j \(did you mean 'energy'\?\)"),
        ("energy_j", "energy_j,energy_j", r"names the columns energy_j twice"),
        ("1.0,5e-9", "0.8,5e-9", r"must hold each point once, got 0.8 V, 5e-09 s twice"),
        ("1.0,5e-9,1e-7,1e-8,8e-13\n", "", r"it lacks 1 V, 5e-09 s"),
        ("0.8,10", '"0.8,10', r"line \d: no row of a table"),
        ("0.8,10", "x" * 600 + ",10", r"a cell has at most 500 letters, got 600"),
    ],
)  # fmt: skip
def test_figures_are_checked_like_ours(old: str, new: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        read(tmp_path, TABLE.replace(old, new, 1))
    assert "lab.csv" in str(caught.value)


def test_a_rate_of_zero_needs_a_floor(tmp_path: Path) -> None:
    zero = TABLE.replace("1e-10,1e-11", "0,1e-11")
    with pytest.raises(ValueError, match=r"line 5 \(error_probability_p_to_ap\): 0 was measured"):
        read(tmp_path, zero)
    lines = zero.splitlines()
    tried = "\n".join([f"{lines[0]},trials", *(f"{line},1e9" for line in lines[1:])])
    found = read(tmp_path, tried)
    assert np.exp(found.logarithms[0, 1, 1]) == pytest.approx(1e-9)
    assert np.exp(found.logarithms[1, 1, 1]) == pytest.approx(1e-11)


def test_only_files_of_a_tables_size_are_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no such file of measurements"):
        cell(str(tmp_path / "none.csv"))
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ValueError, match=r"regular file|Is a directory"):
        cell(str(tmp_path / "folder.csv"))
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ValueError, match="must be a regular file"):
        cell(str(tmp_path / "pipe.csv"))
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    with pytest.raises(ValueError, match="must be a regular file"):
        cell(str(tmp_path / "zero.csv"))
    with pytest.raises(ValueError, match="a table has at most 50000 lines"):
        read(tmp_path, HEAD + "\n" + "1,1e-9,0.1,0.1,1e-12\n" * 60_000)
    with pytest.raises(ValueError, match="is not UTF-8 text"):
        read(tmp_path, TABLE.encode() + b"\xff")
    with pytest.raises(ValueError, match="and 2 cells more"):
        read(tmp_path, HEAD + "\n" + "a,b,c,d,e\n" * 2)
