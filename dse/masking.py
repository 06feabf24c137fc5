"""What may be shown of text that is not ours: never a password, nor a letter that is obeyed.

The first half masks the secrets of a storage's URL; the second keeps names, reasons and paths of
others from being markup, escape sequences or formulas.
"""

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus, unquote, unquote_plus

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

STARS: Final = "***"

SHOWN: Final = frozenset(
    ("host", "hostaddr", "port", "user", "dbname", "sslmode", "connect_timeout",
     "application_name", "target_session_attrs", "gssencmode", "channel_binding")
)  # fmt: skip
"""Parts of a URL's query that hold no secret; all others are masked, `sslpassword` among them."""

SHORTEST: Final = 4
"""A secret of fewer letters is masked in URLs alone: elsewhere it would be any word's part."""

DATABASE: Final = re.compile(r"\bpostgres\w*(?:\+\w+)?://[^\s'\"<>`]*")

TOKENS: Final = re.compile(
    r"#[^\n]*"
    r'|"""(?:\\.|[^\\])*?"""'
    r"|'''.*?'''"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
"""Comments and strings of TOML."""


def without_password(url: str) -> str:
    """The URL as it may be shown; of one that cannot be read only its kind."""
    scheme, separator, _ = url.partition("://")
    if not separator:
        return url if re.fullmatch(r"\w*", url) and len(url) < 10 else STARS  # such as `memory`
    parts = _parts(url)
    if parts is None:
        return f"{scheme}://{STARS}"
    hidden = [key for key in parts.query if key.lower() not in SHOWN]
    parts = parts.update_query_dict(dict.fromkeys(hidden, STARS))
    return parts.render_as_string(hide_password=True).replace(quote_plus(STARS), STARS)


def masked(text: str, *urls: str) -> str:
    """A text without the secrets of these URLs, nor of others that it names."""
    shown = DATABASE.sub(lambda found: without_password(found.group()), text)
    for secret in _secrets(*urls):
        if len(secret) >= SHORTEST:
            shown = shown.replace(secret, STARS)
    return shown


def masked_toml(source: str, *urls: str) -> str:
    """The text of a study's file without the secrets of its own storage or of these URLs.

    Strings are compared by what they mean, however they are escaped.
    """
    try:
        own = str(tomllib.loads(source).get("storage", ""))
    except (tomllib.TOMLDecodeError, RecursionError):
        own = ""
    known = (*urls, own, *DATABASE.findall(source))

    def token(found: re.Match[str]) -> str:
        literal = found.group()
        if literal.startswith("#"):
            return masked(literal, *known)
        try:
            value = str(tomllib.loads(f"v = {literal}")["v"])
        except tomllib.TOMLDecodeError:
            return masked(literal, *known)
        whole = value in known or DATABASE.match(value)
        shown = without_password(value) if whole and value else masked(value, *known)
        return literal if shown == value else json.dumps(shown, ensure_ascii=False)

    return masked(TOKENS.sub(token, source), *known)


def _parts(url: str) -> "URL | None":
    """What SQLAlchemy reads of a URL; None where it may have taken a password for another part."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        return None
    around = (parts.username, parts.host, parts.database)
    return None if any("@" in part for part in around if part) else parts


def is_clear(url: str) -> bool:
    """Whether it is plain which part of a URL is its password."""
    return _parts(url) is not None


def _secrets(*urls: str) -> list[str]:
    """Everything secret in these URLs, in parts too and in each spelling, the longest first."""
    secrets = [secret for url in urls for secret in _values(url)]
    parts = [part for secret in secrets for part in re.split(r"[@/?&=:]", unquote_plus(secret))]
    found = {spelling for secret in (*secrets, *parts) for spelling in _spelled(secret)}
    return sorted(found - {"", STARS}, key=len, reverse=True)


def _values(url: str) -> Iterator[str]:
    _, separator, rest = url.partition("://")
    if not separator:
        return
    before = rest.rpartition("@")[0]
    yield before.partition(":")[2]
    for pair in re.split(r"[?&]", rest)[1:]:
        key, _, value = pair.partition("=")
        if unquote_plus(key).lower() not in SHOWN:
            yield value
    parts = _parts(url)
    yield rest if parts is None else str(parts.password or "")


def _spelled(secret: str) -> Iterator[str]:
    for plain in {secret, unquote(secret), unquote_plus(secret)}:
        yield plain
        yield quote(plain, safe="")
        yield quote_plus(plain)
        yield json.dumps(plain)[1:-1]


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
