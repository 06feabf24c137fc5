"""What is said beside results: notes on the error stream, and all of it in a log file."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dse.commands.printing import say
from dse.masking import masked
from dse.mistakes import UserError

OURS: Final = logging.getLogger("dse")
FORM: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _Notes(logging.Handler):
    """Shows on stderr what a driver says, such as while it waits for a database or a cluster."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the bare message at once."""
        say(record.getMessage(), error=True)


class _Masked(logging.Formatter):
    """A line of a log file, without passwords."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return masked(super().format(record))


NOTES: Final = _Notes(level=logging.WARNING)


def quiet() -> bool:
    """Whether nothing but results and errors is asked for."""
    return NOTES.level > logging.WARNING


def choose(*, quiet: bool, verbose: int, log_file: Path | None) -> None:
    """Decide what is shown and kept.

    Args:
        quiet: nothing but results and errors.
        verbose: 1 shows each candidate and training, more also what is of use to developers. [-]
        log_file: where everything is appended.

    Raises:
        UserError: both at once, or a file that cannot be written.
    """
    if quiet and verbose:
        raise UserError("`--quiet` and `--verbose` exclude each other: give one of them")
    shown = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    NOTES.setLevel(logging.ERROR if quiet else shown)
    OURS.setLevel(logging.DEBUG if log_file else NOTES.level)
    if log_file is None:
        return
    try:
        kept = logging.FileHandler(log_file, encoding="utf-8", delay=False)
    except OSError as error:
        raise UserError(
            f"`--log-file` {str(log_file)!r} cannot be written ({error.strerror}): name a file in "
            f"a folder that exists"
        ) from None
    kept.setFormatter(_Masked(FORM))
    OURS.addHandler(kept)


@contextmanager
def search_unsaid() -> Iterator[None]:
    """Do not say again what a search has said of itself: of use to verbs that read results."""
    search = logging.getLogger(f"{OURS.name}.search")
    before = search.level
    search.setLevel(logging.ERROR)
    try:
        yield
    finally:
        search.setLevel(before)


@contextmanager
def notes_shown() -> Iterator[None]:
    """Let our own words reach the terminal bare, and through no handler of others."""
    before, level = [*OURS.handlers], OURS.level
    NOTES.setLevel(logging.WARNING)
    OURS.addHandler(NOTES)
    OURS.propagate = False
    try:
        yield
    finally:
        for handler in [*OURS.handlers]:
            if handler not in before:
                OURS.removeHandler(handler)
                if handler is not NOTES:
                    handler.close()
        OURS.setLevel(level)
        OURS.propagate = True
