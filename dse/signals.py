"""Signals that end a command: the first in good order, a second one at once."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class Received:
    """The signal that ended the command; 0 is none."""

    number: int = 0

    @property
    def exit_code(self) -> int:
        """What a shell expects of a command that a signal ended. [-]"""
        return 128 + self.number

    @property
    def name(self) -> str:
        """As `kill -l` writes it, with SIG."""
        return signal.Signals(self.number).name


_RECEIVED: list[Received] = []
"""Of the command that runs: empty outside one."""


def raise_swallowed() -> None:
    """Raise the interrupt of a signal that came while the interpreter ran a callback of its own.

    What a finalizer or a weak reference's callback raises is dropped.
    """
    if _RECEIVED and _RECEIVED[-1].number:
        raise KeyboardInterrupt


@contextmanager
def kept_handlers() -> Iterator[None]:
    """Within, others may set handlers of these signals; afterwards they are as before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _dropped_unsaid(received: Received) -> Iterator[None]:
    """Within, Python prints no traceback of the interrupt where a callback of its own drops it."""
    before = sys.unraisablehook

    def tell(dropped: "UnraisableHookArgs") -> None:
        if not (received.number and issubclass(dropped.exc_type, KeyboardInterrupt)):
            before(dropped)

    sys.unraisablehook = tell
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextmanager
def ending_signals() -> Iterator[Received]:
    """Within, the first signal is a `KeyboardInterrupt` and a second one ends the process.

    A signal that is ignored, as by nohup, stays so. At the end of the process worker processes are
    ended by what watches them: the kernel, or Ray.
    """
    received = Received()

    def end(number: int, frame: FrameType | None) -> None:
        if received.number:
            os._exit(128 + number)
        received.number = number
        raise KeyboardInterrupt

    with kept_handlers(), _dropped_unsaid(received):
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, end)
        _RECEIVED.append(received)
        try:
            yield received
        finally:
            _RECEIVED.pop()
