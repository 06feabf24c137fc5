"""What is settled before Ray is imported: what it prints, and whether a cluster answers."""

import os
import socket
import subprocess
import sys
from typing import Final

from dse.mistakes import UserError

CONNECT_S: Final = 5.0
ANSWER_S: Final = 20.0


def check_address(address: str) -> None:
    """Ask quickly: Ray's own start waits for minutes and writes to the terminal.

    Raises:
        UserError: no cluster answers.
    """
    remedy = "start one with `ray start --head`, or leave out --ray to use this machine"
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS", address)
    if address != "auto":
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit() or "/" in host:
            raise UserError(
                f"--ray must be auto or HOST:PORT of the cluster's head, such as 10.0.0.5:6379, "
                f"got {address!r}; the driver runs inside the cluster"
            )
        try:
            socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()
        except (OSError, OverflowError) as error:
            raise UserError(f"no Ray cluster answers at {address!r}: {error}; {remedy}") from None
    words = [sys.executable, "-m", "ray.scripts.scripts", "status"]
    words += [] if address == "auto" else ["--address", address]
    try:
        quiet = subprocess.DEVNULL
        subprocess.run(words, check=True, timeout=ANSWER_S, stdout=quiet, stderr=quiet)
    except (subprocess.SubprocessError, OSError):
        where = "on this machine" if address == "auto" else f"at {address!r}"
        raise UserError(f"no Ray cluster answers {where}; {remedy}") from None


def quiet() -> None:
    """No usage statistics, no word on accelerators or lost workers; we choose what is sent.

    Ray reads some of it when it is imported, and prints where `--json` prints.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_RUNTIME_ENV_IGNORE_GITIGNORE", "1")
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".")
