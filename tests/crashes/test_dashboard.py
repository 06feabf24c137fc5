"""optuna-dashboard opens both stores and finds our study with its candidates."""

import json
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from dse.study.storage_url import with_driver
from tests.crashes.tools.driver import ended, run, study_file, wait_until
from tests.crashes.tools.postgres import Server

PROGRAM = Path(sysconfig.get_path("scripts")) / "optuna-dashboard"


@contextmanager
def dashboard(url: str, folder: Path) -> Iterator[str]:
    """The address of a running dashboard, stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (folder / "told").open("w") as told:
        words = [sys.executable, str(PROGRAM), url, "--host", "127.0.0.1", "--port", str(port)]
        running = subprocess.Popen(words, stdout=told, stderr=told, cwd=folder)
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert running.poll() is None, (folder / "told").read_text()
        try:
            return bool(asked(address, "studies"))
        except (URLError, ConnectionError):
            return False

    try:
        wait_until(answers)
        yield address
    finally:
        running.kill()
        running.wait()


def asked(address: str, what: str) -> Any:
    with urlopen(f"{address}/api/{what}", timeout=60) as answer:
        return json.load(answer)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_it_lists_the_study(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'brief' / 'study.db'}"
    storage = ""
    if kind == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        storage = server.fresh("dashboard")
        url = with_driver(storage)
    ended(run(study_file(tmp_path, storage=storage, candidates=6), tmp_path))
    with dashboard(url, tmp_path) as address:
        (found,) = asked(address, "studies")["study_summaries"]
        assert found["study_name"] == "brief"
        study = asked(address, f"studies/{found['study_id']}")
    assert study["directions"] == ["minimize", "minimize"]
    assert [trial["number"] for trial in study["trials"]] == list(range(6))
    assert {trial["state"] for trial in study["trials"]} == {"Complete"}
    assert all(len(trial["values"]) == 2 for trial in study["trials"])
    assert any(p["name"] == "array_rows" for t in study["trials"] for p in t["params"])
