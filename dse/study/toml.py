"""The file a study is read from: TOML in UTF-8, of a size and depth that can be a study's."""

import os
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any, Final

from dse.mistakes import Mistake, StudyError, secret_mistake
from evaluators.checks import brief

LARGEST_BYTES: Final = 4 * 2**20
DEEPEST: Final = 8
"""Tables in tables; a study has four."""

MANY_DOTS: Final = re.compile(r"(?:^|[{,\[])[ \t]*(?:[\w-]+[ \t]*\.[ \t]*){50}", re.MULTILINE)
"""A key that no study has; the time of the standard library's reader grows with its square."""

MANY_DIGITS: Final = re.compile(r"[0-9_]{4000}")


def read_toml(file: Path, what: str = "study") -> dict[str, Any]:
    """The tables of a TOML file that should be a `what`.

    Raises:
        StudyError: it cannot be read, is no TOML, or holds what no study can; says in which line
            or at which key.
    """
    raw = _parsed(read_text(file, what), str(file), what)
    mistakes = unfit(raw)
    if mistakes:
        raise StudyError(str(file), mistakes)
    return raw


def unfit(raw: Mapping[str, Any]) -> list[Mistake]:
    """Values that no study can hold: dates, numbers beyond 64 bits, tables in tables in tables."""
    return _unfit(raw, ())


def read_text(file: Path, what: str) -> str:
    """The text of a regular file that should be a `what`; line ends as LF.

    Raises:
        StudyError: it cannot be read, or is too large, or no text in UTF-8.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as stream:
            kind = os.fstat(descriptor).st_mode
            if stat.S_ISDIR(kind):
                raise IsADirectoryError
            if not stat.S_ISREG(kind):
                raise ValueError("no regular file")
            content = stream.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise StudyError(str(file), [f"there is no such file; a {what} is a TOML file"]) from None
    except IsADirectoryError:
        raise StudyError(str(file), [f"this is a folder; give the {what}'s TOML file"]) from None
    except PermissionError:
        raise StudyError(str(file), ["this file may not be read; check its owner"]) from None
    except (OSError, ValueError) as error:
        raise StudyError(str(file)[:200], [f"this file cannot be read ({error})"[:300]]) from None
    if len(content) > LARGEST_BYTES:
        raise StudyError(str(file), [f"this is not a {what}: larger than {LARGEST_BYTES} bytes"])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        told = f"no text in UTF-8 (byte 0x{content[error.start]:02x} at line {line})"
        raise StudyError(str(file), [f"this is not a {what}: {told}"]) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parsed(text: str, source: str, what: str) -> dict[str, Any]:
    if found := MANY_DOTS.search(text):
        line = text[: found.start()].count("\n") + 1
        raise StudyError(source, [f"this is not a {what}: too many dots (at line {line})"])
    try:
        return tomllib.loads(text)
    except RecursionError:
        line = _deepest(text)
        told = f"arrays or tables are nested too deeply near line {line}; a study's at most four"
    except tomllib.TOMLDecodeError as error:
        told = f"no TOML ({str(error)[:300]})"
    except ValueError:  # Python's, which reads no number so long
        found = MANY_DIGITS.search(text)
        line = text[: found.start()].count("\n") + 1 if found else 1
        told = f"a number has too many digits near line {line}"
    raise StudyError(source, [f"this is not a {what}: {told}"])


def _deepest(text: str) -> int:
    """The line in which the most brackets are open."""
    depth, most, found, line = 0, 0, 1, 1
    for letter in text:
        line += letter == "\n"
        depth += (letter in "[{") - (letter in "]}")
        if depth > most:
            most, found = depth, line
    return found


def _unfit(value: Any, path: tuple[str, ...]) -> list[Mistake]:
    if path[:1] == ("storage",) and _unfit(value, ("", *path[1:])):
        return [secret_mistake("storage")]
    where = dotted(path)
    match value:
        case dict() | list() if len(path) > DEEPEST:
            return [Mistake(where, "is nested deeper than a study's tables")]
        case dict():
            return [m for key, item in value.items() for m in _unfit(item, (*path, str(key)))]
        case list():
            return [m for n, item in enumerate(value) for m in _unfit(item, (*path, str(n)))]
        case date() | time():
            return [Mistake(where, "must be no date and no time", value.isoformat())]
        case int() if not -(2**63) <= value < 2**63:
            return [Mistake(where, "must be a number that 64 bits hold", _hexadecimal(value))]
        case str() if any("\ud800" <= letter <= "\udfff" for letter in value):
            return [Mistake(where, "must be text", brief(value))]
    return []


def _hexadecimal(value: int) -> str:
    """A number of any length, which Python would not write in decimal."""
    return f"{value:#x}"[:30] + "..." if value.bit_length() > 100 else str(value)


def dotted(path: Sequence[str]) -> str:
    """The place of a value: its keys, those short that no study has."""
    return ".".join(part if re.fullmatch(r"[\w-]{1,60}", part) else brief(part) for part in path)
