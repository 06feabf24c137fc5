"""A study that names code of the user's own is tried in a process of its own first.

So a module that aborts, forks, exits or never returns costs one message, not this program.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dse.mistakes import UserError
from evaluators import plugins

if TYPE_CHECKING:
    from dse.study import Study

LIMIT_S: Final = 180.0
"""Longest that a study's own code may take until every option of its axes is scored once."""

REFUSED: Final = 2
FILES: Final = (".csv", ".onnx")
"""Endings of names that are files and no code."""

TRIED: Final = "tried: every option can be scored\n"


def try_study(
    file: Path,
    *,
    user_code: bool = True,
    before: "Callable[[Study], None] | None" = None,
    limit_s: float = LIMIT_S,
) -> None:
    """Read and rehearse a study elsewhere where it names code of the user's; else nothing.

    Args:
        file: of the study.
        user_code: whether such code may be imported.
        before: is called with the study before its code is tried, which takes seconds.
        limit_s: how long it may take. [s]

    Raises:
        StudyError: the study is wrong, or names such code and may not.
        UserError: the code ended its process, or did not come to an end.
    """
    from dse.study import read_study

    with plugins.user_code("left" if user_code else "refused"):
        read = read_study(file)
        named = [*_dotted(read)]
        if named and before is not None:
            before(read)
    if not named:
        return
    try:
        process = _started(file)
    except OSError:  # such as an interpreter that this user may not start: not tried
        return
    ended = f"{file}: its own code ({', '.join(named)})"
    try:
        told, wrong = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        raise UserError(
            f"{ended} did not come to an end within {limit_s:g} s; it was tried in a process of "
            f"its own, which was ended"
        ) from None
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
    if process.returncode == 0 and told.endswith(TRIED):
        return
    if process.returncode == REFUSED and wrong.strip():
        raise UserError(wrong.strip().splitlines()[-1] if "Traceback" in wrong else wrong.strip())
    raise UserError(
        f"{ended} ended the process in which it was tried, {_how(process.returncode)}"
        f"{_last(wrong)}; mend it, or leave it out"
    )


def _started(file: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "dse.commands.tried", str(file)], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
        start_new_session=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(_paths())},
    )  # fmt: skip


def _how(code: int) -> str:
    if code >= 0:
        return f"with exit code {code}"
    with suppress(ValueError):
        return f"by signal {signal.Signals(-code).name}"
    return f"by signal {-code}"


def _last(wrong: str) -> str:
    lines = wrong.strip().splitlines()
    return f" ({lines[-1][:300]})" if lines else ""


def _paths() -> list[str]:
    """Where this process looks for modules, in its order."""
    root = str(Path(__file__).parents[2])
    return list(dict.fromkeys([root, *(path for path in sys.path if path)]))


def _dotted(value: Any) -> Iterator[str]:
    """Names of the user's own code in a study."""
    from dse.plain import as_plain

    plain = as_plain(value)
    del plain["storage"]
    yield from dict.fromkeys(_named(plain))


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key != "data_folder":
                yield from _named(item)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, str) and plugins.is_dotted(value) and not value.endswith(FILES):
        yield value


def _try(file: Path) -> None:
    """What the process of its own does.

    Raises:
        StudyError: the study is refused.
    """
    from dse.mistakes import told_of
    from dse.search import rehearse
    from dse.study import read_study

    pid = os.getpid()
    sys.path.append(str(Path.cwd()))
    study = read_study(file)
    recipe = study.scenario.training
    for what, name in (
        ("trainer", recipe.trainer),
        ("data", recipe.data),
        ("model", recipe.model),
    ):
        if ":" in name:
            try:
                plugins.load("evaluators.training", what, name, what=what)
            except plugins.UnknownNameError as error:
                raise UserError(f"{file}: `scenario.training.{what}`: {error}") from None
    with told_of(file):
        rehearse(study)
    if os.getpid() != pid:
        os._exit(3)  # a copy that the code has made
    sys.stdout.write(TRIED)
    sys.stdout.flush()


def _main() -> None:
    pid = os.getpid()
    try:
        _try(Path(sys.argv[1]))
    except UserError as error:
        if os.getpid() == pid:
            sys.stderr.write(f"{error}\n")
            sys.stderr.flush()
        os._exit(REFUSED)
    os._exit(0)


if __name__ == "__main__":
    _main()
