"""Tables as the text of a TOML file; in the standard library only the reader exists."""

import datetime
import json
import math
from typing import Any


def toml_text(table: dict[str, Any]) -> str:
    """A whole file: plain keys first, then a section for each table."""
    return "\n".join(_lines(table, "")) + "\n"


def _lines(table: dict[str, Any], path: str) -> list[str]:
    plain = {k: v for k, v in table.items() if not isinstance(v, dict)}
    lines = [f"{_key(k)} = {written(v)}" for k, v in plain.items()]
    for key, value in table.items():
        if isinstance(value, dict):
            name = f"{path}.{_key(key)}" if path else _key(key)
            lines += [f"[{name}]", *_lines(value, name)]
    return lines


def written(value: Any) -> str:
    """A value as TOML writes it; tables in arrays are inline."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case float() if not math.isfinite(value):
            return str(value)
        case int() | float():
            return repr(value)
        case datetime.date() | datetime.time():
            return value.isoformat()
        case dict():
            return "{" + ", ".join(f"{_key(k)} = {written(v)}" for k, v in value.items()) + "}"
        case _:
            return "[" + ", ".join(written(item) for item in value) + "]"


def _key(key: str) -> str:
    plain = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if plain else json.dumps(key, ensure_ascii=False)
