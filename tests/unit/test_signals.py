"""A signal that a callback of the interpreter swallows ends the command all the same."""

import signal
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from dse import run
from dse.signals import ending_signals, raise_swallowed
from dse.study import parse_study
from dse.testing.samplers import ONE_ORGANISATION


def swallowed() -> None:
    with suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_swallowed_signal_is_raised_again() -> None:
    with ending_signals() as received:
        raise_swallowed()
        swallowed()
        assert received.number == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            raise_swallowed()
    raise_swallowed()


def test_python_says_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", lambda dropped: said.append(dropped.exc_type))

    def in_a_callback(call: Callable[[], object]) -> None:
        value = frozenset((1, 2))
        kept = weakref.ref(value, lambda _: call())
        del value
        assert kept() is None

    with ending_signals() as received:
        in_a_callback(lambda: signal.raise_signal(signal.SIGINT))
        assert received.number == signal.SIGINT
        assert said == []
        in_a_callback(lambda: "".index("x"))
        assert said == [ValueError]
    in_a_callback(lambda: "".index("x"))
    assert said == [ValueError, ValueError]


def test_a_search_ends_before_its_next_candidate(tmp_path: Path) -> None:
    study = parse_study({
        "name": "ended", "space": "heterogeneous", "objectives": ["energy_j"],
        "scenario": {"network": "lenet5"}, "search": {"candidates": 8},
        "axes": {**ONE_ORGANISATION, "array_rows": [16, 32], "array_cols": [32]},
    }, "ended.toml")  # fmt: skip
    seen = []

    def progress(done: int, goal: int) -> None:
        seen.append(done)
        if done == 3:
            swallowed()

    with ending_signals(), pytest.raises(KeyboardInterrupt):
        run(study, folder=tmp_path, executor="inline", progress=progress)
    assert seen == [1, 2, 3]
    assert len(run(study, folder=tmp_path, executor="inline").candidates) == 8
