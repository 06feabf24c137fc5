"""The user's mistakes: told all at once, with place, rule, value and remedy."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Self

from dse.masking import masked

MOST_LINES: Final = 30
"""A file with more mistakes shows so many of them."""


SECRET: Final = {"storage": "text, such as sqlite:///FILE or postgresql://USER@HOST/DATABASE"}
"""Fields that may hold a password, and what they must be."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in a file: the key by its path, the rule, and what stands there instead.

    A mistake of no one key has no `path`. A `rule` that begins with a colon gives the reason why.
    """

    path: str
    rule: str
    received: str = ""

    @classmethod
    def of(cls, message: str, within: str = "") -> Self:
        """What a check of a part says, which begins with its own field; `within` leads there."""
        parts = re.fullmatch(r"`([^`]*)`( ?)(.*)", message, re.DOTALL)
        if parts is None:
            return cls("", message)
        field, space, rule = parts.groups()
        path = f"{within}.{field}" if within else field
        return cls(path, rule) if space or rule[:1] == ":" else cls("", f"`{path}`{rule}")

    def under(self, *keys: str) -> bool:
        """Whether it lies within one of these tables."""
        return self.path.startswith(tuple(f"{key}." for key in keys))

    def __str__(self) -> str:
        got = f", got {self.received}" if self.received else ""
        if not self.path:
            return self.rule + got
        return f"`{self.path}`{'' if self.rule.startswith(':') else ' '}{self.rule}{got}"


class UserError(Exception):
    """A mistake that the user can mend: one clear message, exit code 2."""

    ends_at_once: ClassVar[bool] = False
    """Whether a command must end without the interpreter's own ending, which might crash."""


class StudyError(UserError):
    """Mistakes in a study file."""

    def __init__(self, source: str, mistakes: Sequence[Mistake | str]) -> None:
        self.source = source
        self.mistakes = [masked(text) for text in dict.fromkeys(map(str, mistakes))]
        lines = [f"{source}: {mistake}" for mistake in self.mistakes[:MOST_LINES]]
        if len(self.mistakes) > MOST_LINES:
            lines.append(f"{source}: and {len(self.mistakes) - MOST_LINES} mistakes more")
        super().__init__("\n".join(lines))


class NotBegunError(UserError):
    """A study of which nothing is stored yet."""


def secret_mistake(name: str) -> Mistake:
    """What is said of a field that may hold a password: never its value."""
    rule = f"must be {SECRET[name]}; what was given is not shown, as it may be secret"
    return Mistake(name, rule)


@contextmanager
def told_of(file: Path) -> Iterator[None]:
    """Let mistakes that are found in a study, once it is read, name its file."""
    try:
        yield
    except StudyError as error:
        raise StudyError(str(file), error.mistakes) from None


def check_counts(counts: Mapping[str, tuple[object, int]]) -> None:
    """Refuse what is no whole number from 1 to its most; None is the default and goes. [-]

    Raises:
        UserError: the first that is wrong.
    """
    for name, (count, most) in counts.items():
        whole = isinstance(count, int) and not isinstance(count, bool)
        if count is not None and not (whole and 1 <= count <= most):  # type: ignore[operator]
            got = repr(count) if not whole or abs(count) < 10**18 else "a number of more digits"  # type: ignore[arg-type]
            raise UserError(f"`{name}` must be a whole number in [1, {most}], got {got[:80]}")
