"""What is settled before Ray is imported: what it prints, and whether a cluster answers."""

import os
import re
import socket
import subprocess
import sys
from typing import Final

from dse.mistakes import UserError

CONNECT_S: Final = 5.0
ANSWER_S: Final = 20.0
LONGEST: Final = 200
"""Letters of Ray's reason that are shown."""

MODE: Final = "RAY_AUTH_MODE"
REFUSED: Final = re.compile(r"auth", re.IGNORECASE)


def check_address(address: str) -> None:
    """Ask quickly: Ray's own start waits for minutes and writes to the terminal.

    A cluster that asks for a token (Ray 2.60's do) gets the one that Ray finds here, for which
    this process and its children are told so by `RAY_AUTH_MODE`, unless that is set.

    Raises:
        UserError: no cluster answers, or it refuses us; with the reason that Ray gives.
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
    where = "on this machine" if address == "auto" else f"at {address!r}"
    reason = _refusal(address, {})
    if reason and REFUSED.search(reason):
        if MODE not in os.environ and not _refusal(address, {MODE: "token"}):
            os.environ[MODE] = "token"
            return
        raise UserError(
            f"the Ray cluster {where} refuses this program: {reason}; put the head's token (`ray "
            f"get-auth-token` there) in ~/.ray/auth_token here, for you alone to read, and set "
            f"{MODE}=token, or {MODE}=disabled where the cluster was started so"
        )
    if reason:
        raise UserError(f"no Ray cluster answers {where}: {reason}; {remedy}")


def _refusal(address: str, environment: dict[str, str]) -> str:
    """Why Ray does not reach a cluster, in its own words; nothing where it does."""
    words = [sys.executable, "-P", "-m", "ray.scripts.scripts", "status"]
    words += [] if address == "auto" else ["--address", address]
    try:
        done = subprocess.run(
            words, check=False, timeout=ANSWER_S, capture_output=True, text=True, errors="replace",
            stdin=subprocess.DEVNULL, env={**os.environ, **environment},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no answer within {ANSWER_S:g} s"
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    last = re.sub(r"^[\w.]*\.(\w+: )", r"\1", lines[-1]) if lines else ""
    last = "".join(letter if letter.isprintable() else " " for letter in last)
    last = last.rstrip(".") if len(last) <= LONGEST else f"{last[:LONGEST]}..."
    return last or f"`ray status` ends with exit code {done.returncode}"


def quiet() -> None:
    """No usage statistics, no word on accelerators or lost workers; we choose what is sent.

    Ray reads some of it when it is imported, and prints where `--json` prints.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_RUNTIME_ENV_IGNORE_GITIGNORE", "1")
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".")
