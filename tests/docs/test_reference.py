"""The reference pages: as they are generated, with every key and every option."""

from pathlib import Path
from typing import Any

import pytest
import typer

from dse.commands.study_verbs import app
from dse.study.schema import study_schema
from tests.docs.reference import CLI_PAGE, PAGES, STUDY_PAGE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_generated_page_is_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == PAGES[page](), "write it by `python -m tests.docs.reference`"


def paths(schema: dict[str, Any], part: dict[str, Any], within: str = "") -> set[str]:
    """Keys that the parser's own schema knows, by their path."""
    found = set()
    for key, told in part.get("properties", {}).items():
        found.add(f"{within}{key}")
        for branch in (told, *told.get("anyOf", ())):
            if name := branch.get("$ref", "").rpartition("/")[2]:
                found |= paths(schema, schema["$defs"][name], f"{within}{key}.")
    return found


def test_every_key_of_the_parser_has_its_row() -> None:
    text = STUDY_PAGE.read_text(encoding="utf-8")
    schema = study_schema()
    known = paths(schema, schema)
    assert len(known) > 100
    assert sorted(key for key in known if f"| `{key}` |" not in text) == []


def test_every_verb_and_every_option_has_its_row() -> None:
    program: Any = typer.main.get_command(app)
    text = CLI_PAGE.read_text(encoding="utf-8")
    for name, verb in {"": program, **program.commands}.items():
        section = text.split(f"## dse {name}\n" if name else "## Options of the program\n", 1)[1]
        section = section.split("\n## ", 1)[0]
        options = {o for p in verb.params for o in (*p.opts, *p.secondary_opts)}
        assert [o for o in options if o.startswith("-") and f"`{o}`" not in section] == [], name
