"""The README's claims: the lines that `dse claims --md` wrote into docs/paper.md."""

import re
from typing import Final

from tests.docs.blocks import ROOT

LINES: Final = re.compile(r"^1\. .*\n(?:[2-6]\. .*\n)*", re.MULTILINE)
MOST: Final = 6


def claims_lines(text: str) -> str:
    """The first numbered list of a text."""
    found = LINES.search(text)
    assert found, "no list of claims `1. ...`"
    return found[0]


def claims_refreshed(readme: str) -> str:
    """The README with the lines of docs/paper.md."""
    page = (ROOT / "docs" / "paper.md").read_text(encoding="utf-8")
    return readme.replace(claims_lines(readme), claims_lines(page))
