"""Runs a page's blocks in a process of its own: `python -m tests.docs.driver STEPS RESULTS`.

STEPS is a JSON list of `["python", text]`, `["dse", words]` and `["file", name, text]`; they run
in the current folder, the programs of a page in one namespace. RESULTS receives what each printed.
A study that has already reached its goal is read from its store and not replayed, which would take
as long as the search; the first run in a folder is a real one.
"""

import contextlib
import importlib
import io
import json
import sys
import traceback
from pathlib import Path
from typing import Any


def run_step(step: list[Any], namespace: dict[str, Any]) -> tuple[str, str]:
    """What a step printed, and how it failed; empty where it did not."""
    printed, said = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
            match step:
                case ["file", name, text]:
                    Path(name).write_text(text, encoding="utf-8")
                case ["python", text]:
                    exec(compile(text, "block", "exec"), namespace)
                case ["dse", words]:
                    _dse(words)
    except SystemExit as ended:
        if ended.code not in (None, 0):
            return printed.getvalue(), f"exit code {ended.code}: {said.getvalue()}"
    except BaseException:
        return printed.getvalue(), traceback.format_exc()
    return printed.getvalue(), ""


def _dse(words: list[str]) -> None:
    from dse.commands.main import main

    sys.argv = ["dse", *words]
    main()


def read_if_finished() -> None:
    """Let `run` return a finished record at once."""
    import dse
    from dse.mistakes import UserError
    from dse.store import read_record

    module = importlib.import_module("dse.search.driver")
    search = module.run

    def run(study: Any, *, folder: str | Path = "results", **options: Any) -> Any:
        with contextlib.suppress(UserError):
            record = read_record(study, Path(folder))
            if len(record.candidates) >= (options.get("candidates") or study.search.candidates):
                return record
        return search(study, folder=folder, **options)

    for place in (module, dse):
        setattr(place, "run", run)  # noqa: B010


def main(steps: Path, results: Path) -> None:
    """Run every step, whatever became of those before it."""
    sys.path.append(str(Path.cwd()))
    read_if_finished()
    namespace: dict[str, Any] = {"__name__": "page"}
    told = [run_step(step, namespace) for step in json.loads(steps.read_text(encoding="utf-8"))]
    results.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
