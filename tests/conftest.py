"""Settings of all tests: the same examples in every run, and long evidence that can be resumed.

`--kept FILE` keeps a line of JSON for each test that passed, with its figures, and leaves out the
tests that the file already lists: `pytest -m soak --kept soak.jsonl` goes on where it was stopped.
"""

import json
import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kept", type=Path, help="file of tests that passed; they are left out")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    file: Path | None = config.getoption("--kept")
    if file is None or not file.exists():
        return
    passed = {json.loads(line)["test"] for line in file.read_text().splitlines()}
    done = [item for item in items if item.nodeid in passed]
    config.hook.pytest_deselected(items=done)
    items[:] = [item for item in items if item.nodeid not in passed]


def pytest_configure() -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # a script's background job ignores it, and so would every driver that a test interrupts
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    report: pytest.TestReport = yield
    file: Path | None = item.config.getoption("--kept")
    if file is not None and report.when == "call" and report.passed:
        told = {"test": item.nodeid, "duration_s": round(report.duration, 1),
                "figures": dict(report.user_properties)}  # fmt: skip
        with file.open("a") as stream:
            stream.write(json.dumps(told) + "\n")
    return report
