"""`dse evaluate`: one design from a file, no search."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dse.mistakes import Mistake, StudyError, UserError
from dse.study.checks import region_mistakes, scenario_mistakes
from dse.study.pydantic_words import pydantic_mistakes
from dse.study.toml import read_text, read_toml, unfit
from evaluators.checks import STRICT, brief, check_fields
from evaluators.design import DesignPoint
from evaluators.plugins import said
from evaluators.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignFile:
    """A design and the scenario it is scored under."""

    __pydantic_config__ = STRICT

    scenario: Scenario
    design: DesignPoint
    seed: int = field(default=0)

    def __post_init__(self) -> None:
        check_fields(self, {"seed": (0, 2**32 - 1)})


def read_design(file: Path) -> DesignFile:
    """Read a design file, TOML or, by its ending, JSON.

    Raises:
        StudyError: all mistakes of the file at once.
    """
    import json

    from pydantic import TypeAdapter, ValidationError

    raw = _read_json(file) if file.suffix.lower() == ".json" else read_toml(file, "design")
    if not isinstance(raw, dict):
        raise StudyError(str(file), [f"this is not a design: no table, got {brief(raw)}"])
    mistakes = unfit(raw) or [*scenario_mistakes(raw), *region_mistakes(raw)]
    try:
        read = TypeAdapter(DesignFile).validate_json(json.dumps(raw))
    except ValidationError as error:
        mistakes += pydantic_mistakes(error, DesignFile) if not unfit(raw) else []
    except (ValueError, RecursionError) as error:
        mistakes.append(Mistake("", f"this is not a design: {said(error)}"))
    if mistakes:
        raise StudyError(str(file), mistakes)
    return read


def _read_json(file: Path) -> Any:
    import json

    text = read_text(file, "design")
    try:
        return json.loads(text)
    except RecursionError:
        told = "arrays or tables are nested too deeply"
    except ValueError as error:  # of digits too many, Python's own words advise what is no remedy
        told = "a number has too many digits" if "digits" in str(error) else str(error)[:300]
    raise StudyError(str(file), [f"this is not a design: no JSON ({told})"])


def write_design(design_file: DesignFile, file: Path) -> None:
    """Write a design with the scenario it is scored under; `read_design` gives back the same.

    Raises:
        UserError: the file is named neither `.toml` nor `.json`, or cannot be written.
    """
    import json

    from dse.files import write_atomically
    from dse.plain import as_plain

    match file.suffix.lower():
        case ".toml":
            content = as_toml(design_file)
        case ".json":
            content = json.dumps(_present(as_plain(design_file)), indent=2) + "\n"
        case _:
            raise UserError(f"a design is written as FILE.toml or FILE.json, got {str(file)!r}")
    write_atomically(file, content.encode())


def as_toml(design_file: DesignFile) -> str:
    """A design with its scenario as the text of a TOML file, which `read_design` reads."""
    from tomli_w import dumps

    from dse.plain import as_plain

    return dumps(_present(as_plain(design_file)))


def _present(value: Any) -> Any:
    """Without what is None, which TOML cannot say and which is every such field's default."""
    if isinstance(value, dict):
        return {key: _present(item) for key, item in value.items() if item is not None}
    return value
