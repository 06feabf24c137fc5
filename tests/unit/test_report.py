"""The report: what it says, that it escapes, that it loads nothing."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dse import front, run
from dse.record import Record
from dse.report import write_report
from dse.report.output import opening_comment
from dse.study import parse_study

SMALL: dict[str, Any] = {
    "axes": {"array_rows": [32], "array_cols": [32, 64], "activation_capacity_bytes": [2**20],
             "weight_capacity_bytes": [2**20, 2**21], "error_capacity_bytes": [2**20]},
    "search": {"candidates": 10, "batch": 5, "population": 4, "seed": 1},
}  # fmt: skip


def record(folder: Path, objectives: list[str], **search: Any) -> Record:
    raw = {
        "name": "small", "space": "heterogeneous", "objectives": objectives,
        "scenario": {"network": "lenet5",
                     "training": {"data": "digits", "steps": 20, "seeds": 2}},
        **SMALL, "search": {**SMALL["search"], **search},
    }  # fmt: skip
    return run(parse_study(raw, "small.toml"), folder=folder, executor="inline")


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return record(tmp_path_factory.mktemp("untrained"), ["energy_j", "area_m2"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Record:
    folder = tmp_path_factory.mktemp("trained")
    return record(folder, ["energy_j", "accuracy_loss", "area_m2"])


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the texts of scripts apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def ids(self, tag: str) -> set[str]:
        return {str(attributes["id"]) for name, attributes in self.found
                if name == tag and "id" in attributes}  # fmt: skip


def report(found: Record, **words: str) -> str:
    file = found.folder / "report.html"
    write_report(front(found), file, **words)
    return file.read_text(encoding="utf-8")


def island(page: str) -> dict[str, Any]:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert match
    told: dict[str, Any] = json.loads(match[1])
    return told


def test_every_drawing_has_a_place_a_caption_and_two_ways_to_save_it(trained: Record) -> None:
    page = report(trained)
    places = Elements(page).ids("div")
    drawings = island(page)["drawings"]
    assert {f"draw-{name}" for name in drawings} <= places
    assert page.count('data-save="svg"') == page.count('data-save="png"') == len(drawings)
    assert page.count("<figcaption>") == len(drawings)


def test_the_page_loads_nothing(trained: Record) -> None:
    for tag, attributes in Elements(report(trained)).found:
        assert "src" not in attributes
        for name in ("href", "action", "data", "poster", "srcset"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
        assert tag not in {"iframe", "object", "embed", "base"}


def test_what_the_user_wrote_is_escaped(trained: Record) -> None:
    sharp = "<script>alert(1)</script>&\"'"
    page = report(trained, question=sharp, source=sharp)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#x27;" in page
    study = replace(trained.study, name="x</script><b>")
    named = report(replace(trained, study=study))
    assert "x</script><b>" not in named
    assert island(named)["study"] == "x</script><b>"


def test_the_question_is_the_comment_that_a_study_opens_with() -> None:
    assert opening_comment("# Which data?\n# And why?\nname = 'x'\n# no") == "Which data? And why?"
    assert opening_comment("name = 'x'") == ""


def test_a_report_is_the_same_each_time(untrained: Record) -> None:
    assert report(untrained) == report(untrained)
