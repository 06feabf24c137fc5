"""What the verbs of `dse` share: arguments that are read alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dse.study import Study


class ExecutorName(StrEnum):
    """The executors by name."""

    RAY = "ray"
    PROCESSES = "processes"
    INLINE = "inline"


StudyFile = Annotated[Path, typer.Argument(metavar="STUDY", help="The study's TOML file.")]
Folder = Annotated[Path, typer.Option(help="Where results live.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Storage = Annotated[str, typer.Option(help="Database URL that replaces the study's own.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Trainings at a time.")]
Executor = Annotated[ExecutorName, typer.Option(help="Where trainings run.")]
UserCode = Annotated[
    bool,
    typer.Option("--user-code/--no-user-code", help="Import the user's own modules it names."),
]
RayAddress = Annotated[
    str | None, typer.Option("--ray", help="Ray cluster to join: auto or an address.")
]


def _version(asked: bool) -> None:
    if asked:
        from dse import __version__
        from dse.commands.printing import say

        say(f"mram-dse {__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")
]


def read(file: Path, storage: str = "") -> "Study":
    """The study in a file, with another storage where one is given."""
    from dse.study import read_study

    return stored_in(read_study(file), storage)


def stored_in(study: "Study", storage: str) -> "Study":
    """The study, with another storage where one is given."""
    from dataclasses import replace

    return replace(study, storage=storage) if storage else study


@contextmanager
def no_import(verb: str, *, user_code: bool) -> Iterator[None]:
    """Within a verb that reads: no code of the user's is imported, unless that is asked for.

    Raises:
        UserError: the verb needs such code.
    """
    from dse.mistakes import UserError
    from evaluators import plugins

    if user_code:
        yield
        return
    with plugins.user_code("left"):
        try:
            yield
        except plugins.UserCodeError as error:
            raise UserError(
                f"{error}: `dse {verb}` needs it here and imports none by itself; give "
                f"--user-code if you trust it"
            ) from None


def names(told: str) -> list[str]:
    """Names between commas."""
    return [name.strip() for name in told.split(",") if name.strip()]
