"""A PostgreSQL server of the tests' own: in a temporary folder, on a free port, by socket too."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "Xy7-secret-of-the-tests"
USER = "searcher"


def programs() -> Path | None:
    """The folder of initdb and pg_ctl; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    here = shutil.which("initdb") or (str(found[-1]) if found else "")
    return Path(here).parent if here else None


class Server:
    """A server that can be stopped and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        found = programs()
        assert found is not None
        self._programs, self.folder = found, folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._owner = "postgres" if os.getuid() == 0 else None
        if self._owner:
            shutil.chown(folder, self._owner)
        (folder / "password").write_text(PASSWORD)
        self._call("initdb", "-D", folder / "data", "-U", USER, "-A", "scram-sha-256",
                   "--pwfile", folder / "password", "-N", "-E", "UTF8")  # fmt: skip
        self.start()

    def url(self, database: str = "postgres", password: str = PASSWORD) -> str:
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._call("pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w",
                   "-o", options, "start")  # fmt: skip

    def stop(self) -> None:
        self._call("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")

    def fresh(self, database: str) -> str:
        """The URL of a new, empty database."""
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"'.encode())
        return self.url(database)

    def _call(self, program: str, *words: str | Path) -> None:
        subprocess.run([self._programs / program, *words], user=self._owner, check=True,
                       stdout=subprocess.DEVNULL, cwd=self.folder, timeout=60)  # fmt: skip


@contextmanager
def server() -> Iterator[Server]:
    """A running server, gone at the end; skips where PostgreSQL is absent."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    running = Server(folder)
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)
