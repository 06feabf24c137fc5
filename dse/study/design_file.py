"""`dse evaluate`: one design from a file, no search."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dse.mistakes import StudyError, UserError
from dse.study.pydantic_words import pydantic_mistakes
from evaluators.checks import STRICT
from evaluators.design import DesignPoint
from evaluators.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignFile:
    """A design and the scenario it is scored under."""

    __pydantic_config__ = STRICT

    scenario: Scenario
    design: DesignPoint
    seed: int = field(default=0)


def read_design(file: Path) -> DesignFile:
    """Read a design file, TOML or, by its ending, JSON.

    Raises:
        StudyError: all mistakes of the file at once.
    """
    import json

    from pydantic import TypeAdapter, ValidationError

    from dse.study.toml import read_toml

    if file.suffix.lower() == ".json":
        content = _read_json(file)
    else:
        content = json.dumps(read_toml(file, "design"), default=str).encode()
    try:
        return TypeAdapter(DesignFile).validate_json(content)
    except ValidationError as error:
        raise StudyError(str(file), pydantic_mistakes(error, DesignFile)) from None


def _read_json(file: Path) -> bytes:
    import json

    try:
        content = file.read_bytes()
        json.loads(content)
    except (OSError, ValueError) as error:
        raise StudyError(str(file), [f"this is not a design: no JSON ({error})"]) from None
    return content


def write_design(design_file: DesignFile, file: Path) -> None:
    """Write a design with the scenario it is scored under; `read_design` gives back the same.

    Raises:
        UserError: the file is named neither `.toml` nor `.json`, or cannot be written.
    """
    import json

    from tomli_w import dumps

    from dse.files import write_atomically
    from dse.plain import as_plain

    plain = _present(as_plain(design_file))
    match file.suffix.lower():
        case ".toml":
            content = dumps(plain)
        case ".json":
            content = json.dumps(plain, indent=2) + "\n"
        case _:
            raise UserError(f"a design is written as FILE.toml or FILE.json, got {str(file)!r}")
    write_atomically(file, content.encode())


def _present(value: Any) -> Any:
    """Without what is None, which TOML cannot say and which is every such field's default."""
    if isinstance(value, dict):
        return {key: _present(item) for key, item in value.items() if item is not None}
    return value
