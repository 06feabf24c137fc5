"""Who drives a study."""

import re
from dataclasses import dataclass
from typing import Final

from dse.mistakes import UserError

ATTEMPT_S: Final = 1.0
"""How long a lock is tried: one that was only looked at, or whose owner just leaves, is free."""

POLL_S: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The driver that holds a study; `since` is its own host's clock."""

    host: str
    pid: int
    since: str

    def __str__(self) -> str:
        return f"host {self.host}, process {self.pid}, since {self.since}"

    @property
    def application(self) -> str:
        """The name of its connection; PostgreSQL keeps 63 bytes of ASCII."""
        host = self.host.encode("ascii", "replace").decode()
        return f"dse {self.since} {self.pid} {host}"[:63]


UNKNOWN: Final = Owner(host="unknown", pid=0, since="unknown")


def written(text: str) -> Owner:
    """The owner that a text tells, as it is written to a lock's file."""
    found = re.fullmatch(r"host (.*), process (\d+), since (\S+)", text)
    if found is None:
        return UNKNOWN
    return Owner(host=found[1], pid=int(found[2]), since=found[3])


def refuse(owner: Owner | None) -> None:
    """Refuse to run beside another driver.

    Raises:
        UserError: there is one.
    """
    if owner is not None:
        raise UserError(f"another driver runs this study: {owner}; wait for it, or stop it")
