"""The README's claims: a short table made of what `dse claims --md` wrote into docs/paper.md."""

import re
from typing import Final

from tests.docs.blocks import ROOT

HEAD: Final = "| what the abstract claims | verdict | ours |"
TABLE: Final = re.compile(re.escape(HEAD) + r"\n(?:\|.*\n)+\n.*\n")
SUMMARY: Final = "| claim | paper | ours | holds |"
FACTOR: Final = re.compile(r"\d+(?:-\d+)?x")
NUMBER: Final = re.compile(r"error rate \d[\de.+-]*|\d[\d.]*(?:-\d[\d.]*)?x")
OWN_BEST: Final = re.compile(r"^\d\. (SRAM needs .*|STT-MRAM needs .*)$", re.MULTILINE)


def claims_table(text: str) -> str:
    """The table of a README and the line below it."""
    found = TABLE.search(text)
    assert found, f"no table {HEAD!r}"
    return found[0]


def claims_refreshed(readme: str) -> str:
    """The README with what docs/paper.md says now."""
    page = (ROOT / "docs" / "paper.md").read_text(encoding="utf-8")
    return readme.replace(claims_table(readme), made_of(page))


def made_of(page: str) -> str:
    """Every claim of a factor: its words, holds / in part / no, and the first number of ours."""
    start = page.index(SUMMARY)
    rows = [line for line in page[start:].split("\n\n")[0].splitlines()[2:]]
    told = [HEAD, "| --- | --- | --- |"]
    for row in rows:
        claim, paper, ours, holds = (cell.strip() for cell in row.strip("|").split(" | "))
        if FACTOR.search(paper):
            why = f"[why](docs/paper.md#{claim.replace(' ', '-')})"
            number = NUMBER.search(ours)
            assert number, f"no number in {ours!r}"
            told.append(f"| {paper} ({why}) | {verdict(holds)} | {number[0]} |")
    best = OWN_BEST.search(page)
    assert best, "no line that says what needs less energy where each memory is at its best"
    return "\n".join(told) + f"\n\n{best[1]}\n"


def verdict(holds: str) -> str:
    """One of three; of several conditions the first, which is the study's own."""
    words = holds.split(": ", 1)[-1] if not holds.startswith("in part") else holds
    if words.startswith(("yes", "holds")):
        return "holds"
    return "no" if words.startswith("no") else "in part"
