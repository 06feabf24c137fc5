"""The user's mistakes: told all at once, with place, rule, value and remedy."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dse.masking import masked

MOST_LINES: Final = 30
"""A file with more mistakes shows so many of them."""


SECRET: Final = {"storage": "text, such as sqlite:///FILE or postgresql://USER@HOST/DATABASE"}
"""Fields that may hold a password, and what they must be."""


class UserError(Exception):
    """A mistake that the user can mend: one clear message, exit code 2."""


class StudyError(UserError):
    """Mistakes in a study file."""

    def __init__(self, source: str, mistakes: list[str]) -> None:
        self.source = source
        mistakes = [masked(mistake) for mistake in mistakes]
        self.mistakes = mistakes
        lines = [f"{source}: {mistake}" for mistake in mistakes[:MOST_LINES]]
        if len(mistakes) > MOST_LINES:
            lines.append(f"{source}: and {len(mistakes) - MOST_LINES} mistakes more")
        super().__init__("\n".join(lines))


class NotBegunError(UserError):
    """A study of which nothing is stored yet."""


def secret_mistake(name: str) -> str:
    """What is said of a field that may hold a password: never its value."""
    return f"`{name}` must be {SECRET[name]}; what was given is not shown, as it may be secret"


@contextmanager
def told_of(file: Path) -> Iterator[None]:
    """Let mistakes that are found in a study, once it is read, name its file."""
    try:
        yield
    except StudyError as error:
        raise StudyError(str(file), error.mistakes) from None
