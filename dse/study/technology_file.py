"""A technology as a file of Python, which a study names and its owner edits."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from dse.files import write_atomically
from dse.mistakes import UserError
from evaluators.memories import FixedWrite, Technology
from evaluators.memories.own_arrays import OwnArray

HEAD: Final = '''"""{label}: {source}. Every figure may be edited."""

from evaluators.memories import {names}
{arrays}
TECHNOLOGY = {technology}
'''
ARRAYS: Final = "from evaluators.memories.own_arrays import OwnArray\n"


def write_technology(technology: Technology, file: Path) -> None:
    """Write it as `FILE.py` with `TECHNOLOGY`, for `technology = "FILE:TECHNOLOGY"`.

    Raises:
        UserError: a name that cannot be imported, or a file that cannot be written.
    """
    if file.suffix != ".py" or not file.stem.isidentifier():
        raise UserError(
            f"a technology is written as FILE.py, whose name a study imports: letters, digits and "
            f"`_`, got {str(file)!r}"
        )
    write_atomically(file, as_python(technology).encode())


def as_python(technology: Technology) -> str:
    """The text of its file."""
    names = ["Technology"] if technology.fixed_write is None else ["FixedWrite", "Technology"]
    return HEAD.format(
        label=technology.label or technology.name,
        source=re.sub(r'["\\\\]', "", technology.source),
        names=", ".join(names),
        arrays=ARRAYS if technology.arrays else "",
        technology=_call(technology, 0),
    )


def _call(value: Any, depth: int) -> str:
    """A dataclass of ours as the call that makes it, its defaults left out."""
    inner = "    " * (depth + 1)
    lines = [
        f"{inner}{field.name}={_written(getattr(value, field.name), depth + 1)},"
        for field in fields(value)
        if getattr(value, field.name) != field.default
    ]
    return "\n".join([f"{type(value).__name__}(", *lines, "    " * depth + ")"])


def _written(value: Any, depth: int) -> str:
    if isinstance(value, FixedWrite | OwnArray):
        return _call(value, depth)
    if isinstance(value, tuple):
        inner = "    " * (depth + 1)
        members = "".join(f"{inner}{_call(one, depth + 1)},\n" for one in value)
        return f"(\n{members}{'    ' * depth})"
    return repr(value)
