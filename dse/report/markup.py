"""HTML as a type of its own, so that no text of the user's reaches a page unescaped."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NewType

Html = NewType("Html", str)
"""Markup that is safe to place in a page."""

NOTHING = Html("")


def text(value: object) -> Html:
    """Any value as text."""
    return Html(escape(str(value)))


def tag(name: str, *children: Html, attributes: Mapping[str, str] | None = None) -> Html:
    """An element; the values of its attributes are escaped."""
    told = "".join(f' {key}="{escape(value)}"' for key, value in (attributes or {}).items())
    return Html(f"<{name}{told}>{''.join(children)}</{name}>")


def joined(parts: Iterable[Html], separator: str = "\n") -> Html:
    """Elements one after the other."""
    return Html(escape(separator).join(parts))


def paragraph(words: str) -> Html:
    """Plain words as a paragraph; nothing where there are none."""
    return tag("p", text(words)) if words else NOTHING


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    name: str,
    numeric: Sequence[int] = (),
) -> Html:
    """A table of texts that scrolls within its place; `numeric` columns stand to the right. [-]"""
    aligned = [{"class": "number"} if place in numeric else {} for place in range(len(headers))]
    head = [
        tag("th", text(word), attributes={"scope": "col", **look})
        for word, look in zip(headers, aligned, strict=True)
    ]
    body = [
        tag("tr", *(tag("td", text(cell), attributes=look)
                    for cell, look in zip(row, aligned, strict=True)))
        for row in rows
    ]  # fmt: skip
    whole = tag("table", tag("thead", tag("tr", *head)), tag("tbody", joined(body)))
    place = {"class": "table", "tabindex": "0", "role": "region", "aria-label": name}
    return tag("div", whole, attributes=place)


def details(summary: str, inside: Html) -> Html:
    """What opens on demand, and is open on paper."""
    return tag("details", tag("summary", text(summary)), inside)
