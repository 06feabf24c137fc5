"""Every fenced block of the README and the pages: run, read, or checked for what it names."""

import json
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from dse.study import Study, parse_study
from tests.docs.blocks import PAGES, ROOT, Block, blocks_of, matches, shortened, spans_of
from tests.docs.commands import (
    PLACEHOLDER,
    Refused,
    dse_commands,
    dse_mistakes,
    mistakes_of,
    parse,
)
from tests.docs.pages import complaints, first_run, run_steps, steps_of, workspace
from tests.docs.recorded import QUICKSTART, runs_of

BLOCKS = [block for page in PAGES for block in blocks_of(page)]
WITH_STEPS = [page for page in PAGES if steps_of(blocks_of(page))]


def of(category: str) -> list[Any]:
    return [pytest.param(b, id=b.where) for b in BLOCKS if b.category == category]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder in which the quickstart has run."""
    folder = workspace(tmp_path_factory.mktemp("docs") / "clone")
    assert run_steps([first_run()], folder)[0][1] == ""
    return folder


def test_every_block_is_in_a_category() -> None:
    assert [f"{b.where}: {b.language} {b.title}" for b in BLOCKS if not b.category] == []
    assert len(BLOCKS) > 40


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_STEPS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_runs_does_what_it_says(page: Path, finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    shutil.copytree(finished, folder)
    steps = steps_of(blocks_of(page))
    found = complaints(steps, run_steps(steps, folder))
    assert found == [], "\n".join(["refresh by `python -m tests.docs.refresh`", *found])


@pytest.mark.slow
def test_the_front_figure_is_the_one_that_the_quickstart_draws(finished: Path) -> None:
    from matplotlib.image import imread

    drawn = imread(finished / "results" / "quickstart" / "front.png")
    shown = imread(ROOT / "docs" / "images" / "quickstart_front.png")
    assert drawn.shape == shown.shape
    differing = float((abs(drawn - shown).max(axis=-1) > 0.2).mean())
    assert differing < 0.01, "copy results/quickstart/front.png: the front is another one"


def whole(told: dict[str, Any]) -> dict[str, Any]:
    """A study of which a block shows only a part."""
    base = tomllib.loads((ROOT / QUICKSTART).read_text(encoding="utf-8"))
    for key, value in told.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        base[key] = {**base[key], **value} if both else value
    return base


def test_a_part_of_a_study_replaces_what_it_names() -> None:
    told = whole({"search": {"candidates": 7}, "constraints": ["area_m2 <= 1e-5"]})
    assert told["search"]["candidates"] == 7
    assert told["search"]["strategy"] == "nested"
    assert told["constraints"] == ["area_m2 <= 1e-5"]


@pytest.mark.parametrize("block", of("study"))
def test_a_study_is_read(block: Block) -> None:
    told = tomllib.loads(block.text)
    study = parse_study(told if {"name", "space"} <= set(told) else whole(told), block.where)
    assert isinstance(study, Study)


@pytest.mark.parametrize("block", of("console"))
def test_commands_exist(block: Block) -> None:
    for command, _ in block.commands:
        assert mistakes_of(command) == [], f"{block.where}: {command}"
        for words in dse_commands(command):
            try:
                parse(words)
            except Refused as error:
                pytest.fail(f"{block.where}: {command}: {error}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_in_prose_exist(page: Path) -> None:
    mistakes = []
    for line, span in spans_of(page):
        words = span.split()
        named = words[0] == "dse" and len(words) > 1 and words[1] != "->"
        if named and not PLACEHOLDER.fullmatch(words[1]):
            mistakes += [f"{page.name}:{line}: {m}" for m in dse_mistakes(words[1:])]
        elif words[0] in ("python", "pytest", "bash") and len(words) > 1:
            mistakes += [f"{page.name}:{line}: {m}" for m in mistakes_of(span)]
    assert mistakes == []


@pytest.mark.parametrize("block", of("checked"))
def test_other_files_are_well_formed(block: Block) -> None:
    if block.language == "yaml":
        assert list(yaml.safe_load_all(block.text))
        return
    told = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    for line in block.text.splitlines():
        for words in dse_commands(line) if "dse " in line and not line.startswith("#") else []:
            assert dse_mistakes(words) == [], block.where


def test_what_is_printed_follows_its_program() -> None:
    for page in PAGES:
        blocks = blocks_of(page)
        for before, block in zip([None, *blocks], blocks, strict=False):
            if block.category == "printed":
                assert before is not None, block.where
                assert before.category == "program", block.where


def test_an_ellipsis_stands_for_one_line_or_more() -> None:
    assert matches("a\nb\nc\nd\n", ["a", "...", "d"])
    assert matches("a\nx\nd\n", ["a", "...", "d"])
    assert not matches("a\nd\n", ["a", "...", "d"])
    assert not matches("a\nb\nc\n", ["a", "...", "d"])
    assert not matches("a\nb\n", ["a"])
    assert shortened("1\n2\n3\n4\n", ["x", "...", "y"]) == ["1", "...", "4"]


def test_wrong_commands_are_found() -> None:
    assert mistakes_of("dse runn studies/quickstart.toml")
    assert mistakes_of("dse run studies/quickstart.toml --worker 2")
    assert mistakes_of("python -m benchmarks.nothing")
    assert mistakes_of("curl http://example.org")
    assert mistakes_of("cd x && dse frontt y.toml")
    assert mistakes_of("dse run studies/quickstart.toml --workers 2") == []
    with pytest.raises(Refused):
        parse(["show", "studies/quickstart.toml"])


@pytest.mark.soak
def test_the_recorded_trainings_are_what_the_quickstart_trains(tmp_path: Path) -> None:
    from dse import read_study, run
    from dse.trainings import cpu_kind
    from tests.docs.recorded import recorded

    run(read_study(ROOT / QUICKSTART), folder=tmp_path, executor="processes")
    found = json.loads(json.dumps(runs_of(tmp_path)))
    kinds = {run["cpu_capability"] for run in recorded().values()}
    if kinds != {run["cpu_capability"] for run in found.values()}:
        pytest.skip(f"recorded on {kinds}, this is {cpu_kind()}: other bits, other choices")
    assert found == recorded()
