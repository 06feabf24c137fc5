"""A study read from its TOML file at the border, and checked as a whole."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

from dse.mistakes import Mistake, StudyError
from dse.plain import adapter, as_plain
from dse.study.checks import axis_mistakes, name_mistakes, search_mistakes
from dse.study.pydantic_words import pydantic_mistakes
from dse.study.search import Search, automatic_batch, automatic_lookahead
from dse.study.study import Study, checks_studies
from dse.study.toml import read_toml, unfit
from evaluators import plugins


def read_study(path: str | Path) -> Study:
    """Read a study file and check all of it.

    Raises:
        StudyError: every mistake of the file at once, with its place, the value received and what
            is allowed.
    """
    file = Path(path)
    return parse_study(read_toml(file), str(file))


_READING: Final[ContextVar[bool]] = ContextVar("reading", default=False)
"""Whether a study is being made from what is checked as a whole."""


@contextmanager
def _as_a_whole() -> Iterator[None]:
    before = _READING.set(True)
    try:
        yield
    finally:
        _READING.reset(before)


@checks_studies
def _check_made(study: Study) -> None:
    """Look at a study that is made in Python as at one that is read; its storage when it is used.

    Raises:
        StudyError: as `read_study`.
    """
    if _READING.get():
        return
    raw = as_plain(study)
    raw.pop("storage", None)
    if not study.search.sampler:  # as a file that names none
        raw["search"].pop("sampler")
    parse_study(raw, f"study {study.name!r:.80}")


def parse_study(raw: Mapping[str, Any], source: str) -> Study:
    """A study from the dictionaries of its file; `source` names the file in messages.

    Raises:
        StudyError: as `read_study`.
    """
    if mistakes := unfit(raw):
        raise StudyError(source, mistakes)
    raw = _with_batch(raw)
    study, mistakes = _validated(raw)
    named = name_mistakes(raw)
    of_axes = axis_mistakes(raw) if not any(m.path == "space" for m in named) else []
    if of_axes:  # of the same values types tell less
        mistakes = [m for m in mistakes if not m.under("axes", "designs")]
    mistakes += named + of_axes
    if study and not mistakes and plugins.user_code_rule() != "left":
        mistakes = search_mistakes(
            study.search.sampler,
            study.search.strategy,
            objectives=study.objectives,
            axes=study.open_axes,
        )
    if mistakes or study is None:
        raise StudyError(source, mistakes)
    return study


def _with_batch(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """With numbers for `search.batch` = "auto"; what is wrong is left for others to tell."""
    search = raw.get("search")
    if not isinstance(search, Mapping) or search.get("batch") != "auto":
        return raw
    candidates = search.get("candidates", Search().candidates)
    whole = isinstance(candidates, int) and not isinstance(candidates, bool)
    batch = automatic_batch(candidates if whole else 1)
    ahead = {"lookahead": automatic_lookahead(batch)}
    return {**raw, "search": {**ahead, **search, "batch": batch}}


def _validated(raw: Mapping[str, Any]) -> tuple[Study | None, list[Mistake]]:
    from pydantic import ValidationError

    try:
        with _as_a_whole():
            return adapter(Study).validate_json(json.dumps(raw)), []
    except ValidationError as error:
        return None, pydantic_mistakes(error, Study)
