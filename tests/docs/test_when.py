"""docs/when.md says what its table holds, and the table is what the models give."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.two_levels import AREAS_MM2, Case
from benchmarks.when_it_pays import KEYS, rows, sentences, with_ratios, written
from tests.docs.blocks import ROOT

PAGE = ROOT / "docs" / "when.md"
TABLE = ROOT / "docs" / "data" / "when_it_pays.csv"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(TABLE)


def test_the_page_says_what_the_table_holds(table: pd.DataFrame) -> None:
    said = sentences(with_ratios(table), (ROOT / "docs" / "paper.md").read_text("utf-8"))
    page = PAGE.read_text(encoding="utf-8")
    assert written(page, said) == page, (
        "python -m benchmarks.when_it_pays --drawn --csv docs/data/when_it_pays.csv "
        "--plot docs/images/when.png --page docs/when.md"
    )


def test_the_table_is_what_the_models_give(table: pd.DataFrame) -> None:
    case = Case(network="mobilenet_v2", roadmap="LOP", dram="gddr5", cell="scratchpad")
    found = pd.DataFrame(rows(case, AREAS_MM2))
    own = table
    for key in KEYS[:-1]:
        own = own[own[key] == getattr(case, key)]
    pd.testing.assert_frame_equal(
        own.reset_index(drop=True), found, check_dtype=False, rtol=1e-6, atol=1e-4
    )


def test_a_side_that_does_not_fit_has_no_ratio() -> None:
    """Neither infinity nor a win."""
    row = dict.fromkeys(("sram_mj", "sram2_mj", "alone_mj", "behind_mj"), 80.0)
    told = with_ratios(pd.DataFrame([row, {**row, "sram_mj": None}, {**row, "behind_mj": 40.0}]))
    assert told["behind"].tolist()[0] == 1.0
    assert told["behind"].isna().tolist() == [False, True, False]
    assert told["behind"].tolist()[2] == 2.0


def test_the_picture_is_drawn(table: pd.DataFrame, tmp_path: Path) -> None:
    from benchmarks.when_it_pays import plot

    plot(with_ratios(table), tmp_path / "when.png")
    assert (tmp_path / "when.png").read_bytes()[:4] == b"\x89PNG"
