"""The program `dse`: the verbs, and what each ending of them means to a shell."""

import errno
import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from dse.commands.logs import OURS, notes_shown
from dse.commands.printing import say
from dse.commands.study_verbs import app
from dse.mistakes import UserError
from dse.signals import ending_signals

MACHINE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM,
                  errno.ENAMETOOLONG, errno.ELOOP)  # fmt: skip
"""Errors of the machine that the user can mend: no room, a broken disk, no permission, a name."""

COLLECTOR: Final = (200_000, 20, 100)
"""Thresholds of Python's collector of cycles: else a third of the time in which thousands of
candidates are read goes into looking through them, again and again."""

INTERRUPTED: Final = 130
"""What typer makes of a `KeyboardInterrupt`."""


def main() -> None:
    """Run the command; a user's mistake is one message and exit code 2.

    Dotted names of the user's own modules are looked up from the folder `dse` is started in.
    """
    sys.path.append(str(Path.cwd()))
    gc.set_threshold(*COLLECTOR)
    with ending_signals() as received, notes_shown():
        try:
            app()
        except UserError as error:
            _refused(str(error), at_once=error.ends_at_once)
        except OSError as error:
            if error.errno not in MACHINE:
                raise
            _refused(f"{error}; what is stored is whole: give the same command again")
        except SystemExit as ending:
            if not received.number or ending.code != INTERRUPTED:
                raise  # a verb may end well by a signal: one that only watches
            with suppress(OSError):  # the terminal may be gone
                say(
                    f"ended by {received.name}; what was finished is kept: the same command "
                    f"continues",
                    error=True,
                )
            sys.exit(received.exit_code)


def _refused(message: str, *, at_once: bool = False) -> None:
    OURS.debug("refused: %s", message)
    say(message, error=True)
    if at_once:
        with suppress(OSError):  # the terminal may be gone
            sys.stdout.flush()
        os._exit(2)
    sys.exit(2)
