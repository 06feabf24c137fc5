"""Text that is not ours: reasons of others' code, names, paths. Shown as text, never obeyed."""

import unicodedata
from typing import Final

KEPT: Final = frozenset("\n\t\u200c\u200d")
"""Letters without a picture that may stay: line ends, tabs, joiners of scripts and emoji."""

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula."""

MARKDOWN: Final = {
    "\\": "\\\\", "|": "\\|", "<": "&lt;", ">": "&gt;", "&": "&amp;", "[": "\\[", "]": "\\]",
}  # fmt: skip


def shown(text: str) -> str:
    """The text with every control letter as an escape, such as `\\x1b`, so that none is obeyed."""
    if text.isprintable():
        return text
    return "".join(letter if _is_kept(letter) else _escape(letter) for letter in text)


def csv_cell(text: str) -> str:
    """The text for a cell of a CSV file that a spreadsheet may open: never a formula."""
    safe = shown(text)
    return f"'{safe}" if text.lstrip(" ").startswith(FORMULA) else safe


def markdown_cell(text: str) -> str:
    """The text for a cell of a Markdown table: one line, no bar, link or HTML."""
    return " ".join("".join(MARKDOWN.get(letter, letter) for letter in shown(text)).split())


def _is_kept(letter: str) -> bool:
    return letter.isprintable() or letter in KEPT or unicodedata.category(letter) == "Zs"


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")
