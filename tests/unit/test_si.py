"""Figures and tables for people."""

from pathlib import Path

import pandas as pd
import pytest

from dse.results import export
from dse.si import si


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.2e-12, "3.20 pJ"), (999.96e-9, "1.00 µJ"), (999.4e-9, "999 nJ"), (999.6e-9, "1.00 µJ"),
        (-999.96e-9, "-1.00 µJ"), (9.996, "10.0 J"), (99.96, "100 J"), (999.96e12, "1000 TJ"),
        (1e-9, "1.00 nJ"), (0.0, "0 J"), (1e3, "1.00 kJ"), (12345.0, "12.3 kJ"),
    ],
)  # fmt: skip
def test_a_figure_has_three_digits_and_fewer_than_four_before_the_point(
    value: float, text: str
) -> None:
    assert si(value, "J") == text


def test_long_times_are_years() -> None:
    assert si(3.2e9, "s") == "101 years"
    assert si(4.7647e17, "s") == "1.51e+10 years"
    assert si(3.0e7, "s") == "30.0 Ms"


def test_a_cell_of_markdown_ends_no_row(tmp_path: Path) -> None:
    reasons = ["a|b", "two\nlines", "back\\|slash", ""]
    export(pd.DataFrame({"a|c": reasons, "n": range(4)}), {"md": tmp_path / "t.md"})
    lines = (tmp_path / "t.md").read_text().splitlines()
    assert lines == [
        "| a\\|c | n |", "| --- | --- |", "| a\\|b | 0 |", "| two lines | 1 |",
        "| back\\\\\\|slash | 2 |", "|  | 3 |",
    ]  # fmt: skip
