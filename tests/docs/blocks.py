"""Fenced blocks of the README and the pages under docs, each in exactly one category."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)
FENCE: Final = re.compile(
    r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,})\s*(?P<language>[\w-]*)(?P<rest>.*)$"
)
TITLE: Final = re.compile(r'title="([^"]*)"')
SPAN: Final = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block; `line` is that of its fence, from 1. `title` stands in the fence."""

    page: Path
    line: int
    language: str
    title: str
    text: str

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def category(self) -> str:
        """What is done with the block; empty where nothing is known to be done."""
        match self.language, self.title:
            case (("python" | "toml" | "csv"), title) if title.endswith(
                f".{_ending(self.language)}"
            ):
                return "file"
            case "python", "":
                return "program"
            case "toml", "":
                return "study"
            case "console", "":
                return "console"
            case "text", "printed":
                return "printed"
            case "equation", "":
                return "equation"
            case "text", "path":
                return "path"
            case (("yaml" | "bash"), _):
                return "checked"
            case _:
                return ""

    @property
    def commands(self) -> list[tuple[str, list[str]]]:
        """Of a console block: each command after `$ `, with the lines that it printed."""
        found: list[tuple[str, list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found and found[-1][0].endswith("\\"):
                found[-1] = (found[-1][0][:-1] + line.strip(), [])
            else:
                assert found, f"{self.where}: a console block begins with '$ COMMAND'"
                found[-1][1].append(line)
        return found


def _ending(language: str) -> str:
    return {"python": "py"}.get(language, language)


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page in order."""
    return list(_blocks(page, page.read_text(encoding="utf-8").splitlines()))


def _blocks(page: Path, lines: list[str]) -> Iterator[Block]:
    place = 0
    while place < len(lines):
        opened = FENCE.match(lines[place])
        place += 1
        if opened is None:
            continue
        start, text = place, []
        while place < len(lines) and lines[place].strip() != opened["ticks"]:
            text.append(lines[place].removeprefix(opened["indent"]))
            place += 1
        assert place < len(lines), f"{page}:{start}: the fence is never closed"
        place += 1
        title = TITLE.search(opened["rest"])
        yield Block(
            page=page,
            line=start,
            language=opened["language"],
            title=title[1] if title else "",
            text="".join(f"{line}\n" for line in text),
        )


def spans_of(page: Path) -> list[tuple[int, str]]:
    """Code spans in a page's prose and tables, each with its line."""
    inside, found = False, []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if FENCE.match(line):
            inside = not inside
        elif not inside:
            found += [(number, span) for span in SPAN.findall(line)]
    return found


def matches(printed: str, shown: list[str]) -> bool:
    """Whether lines are what was printed; a line `...` stands for one or more."""
    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    pattern = "\n".join(
        r"(?:.*\n)*.*" if line.strip() == "..." else re.escape(line.rstrip()) for line in shown
    )
    return re.fullmatch(pattern, "\n".join(lines)) is not None


def shortened(printed: str, shown: list[str]) -> list[str]:
    """What was printed, left out where it is left out in what is shown now."""
    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    if "..." not in (stripped := [line.strip() for line in shown]):
        return lines
    head, tail = stripped.index("..."), stripped[::-1].index("...")
    return [*lines[:head], "...", *lines[len(lines) - tail :]]
