"""The README's table of claims: the one that `dse claims --md` wrote into docs/paper.md."""

import re
from typing import Final

from tests.docs.blocks import ROOT

TABLE: Final = re.compile(r"^\| claim \| paper \| ours \| holds \|\n(?:\|.*\n)+", re.MULTILINE)


def claims_table(text: str) -> str:
    """The first table of claims in a text."""
    found = TABLE.search(text)
    assert found, "no table `| claim | paper | ours | holds |`"
    return found[0]


def claims_refreshed(readme: str) -> str:
    """The README with the table of docs/paper.md."""
    page = (ROOT / "docs" / "paper.md").read_text(encoding="utf-8")
    return readme.replace(claims_table(readme), claims_table(page))
