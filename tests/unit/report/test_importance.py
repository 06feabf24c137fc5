"""Importances are worked out over a bounded sample, which is drawn with a seed and said."""

from pathlib import Path
from typing import Any

import pytest

from dse import front, run
from dse.report import section_importance
from dse.report.subject import Subject
from dse.store import Candidate
from dse.study import parse_study


def test_many_candidates_are_sampled_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw: dict[str, Any] = {
        "name": "x", "space": "homogeneous", "objectives": ["energy_j", "area_m2"],
        "scenario": {"network": "lenet5"},
        "search": {"strategy": "joint", "sampler": "random", "candidates": 40, "batch": 38},
    }  # fmt: skip
    record = run(parse_study(raw, "x.toml"), folder=tmp_path, executor="inline")
    sizes: list[int] = []

    def importances(subject: Subject, usable: list[Candidate]) -> dict[str, dict[str, float]]:
        sizes.append(len(usable))
        return {"energy_j": {"array_rows": 1.0}}

    monkeypatch.setattr(section_importance, "importances", importances)
    subject = Subject(front=front(record), question="")
    usable = section_importance._usable(subject)
    whole = section_importance.importance_section(subject)
    assert "drawn at random" not in whole.lead
    monkeypatch.setattr(section_importance, "MOST_CANDIDATES", 25)
    drawn = section_importance._drawn(usable)
    assert len(drawn) == 25
    assert drawn == section_importance._drawn(usable)
    assert [c.number for c in drawn] == sorted({c.number for c in drawn})
    part = section_importance.importance_section(subject)
    assert f"Over 25 of {len(usable)} candidates, drawn at random (seed 0)" in part.lead
    assert sizes == [len(usable), 25]
