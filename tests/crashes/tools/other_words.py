"""A study file written in other words: order, spaces, comments, and values in other spellings."""

import random
from typing import Any

from tests.crashes.tools.toml_text import toml_text, written

Table = dict[str, Any]


def other_words(random: random.Random, table: Table) -> bytes:
    """The content of a file that means the same."""
    new = _shuffled(random, table)
    text = toml_text(new) if random.random() < 0.6 else "\n".join(_dotted_lines(new, ""))
    lines = ["# a comment", ""]
    for line in text.splitlines():
        key, found, value = line.partition(" = ")
        if found and random.random() < 0.5:
            line = f"  {key}\t=   {_other_words(random, value)}   # = [comment] \"'"
        lines += [line] + [""] * random.randint(0, 2)
    end = random.choice(("\n", "\r\n"))
    content = end.join(lines).encode()
    return random.choice((b"", b"\xef\xbb\xbf")) + content


def _shuffled(random: random.Random, table: Table) -> Table:
    keys = list(table)
    random.shuffle(keys)
    return {k: _shuffled(random, v) if isinstance(v := table[k], dict) else v for k in keys}


def _dotted_lines(table: Table, prefix: str) -> list[str]:
    lines = []
    for key, value in table.items():
        if isinstance(value, dict) and value:
            lines += _dotted_lines(value, f"{prefix}{key}.")
        else:
            lines.append(f"{prefix}{key} = {written(value)}")
    return lines


def _other_words(random: random.Random, value: str) -> str:
    if value.isdecimal() and value != "0":
        number = int(value)
        return random.choice((f"0x{number:X}", f"{number:_}", f"0b{number:b}", f"+{number}"))
    if value.startswith("[") and "{" not in value:
        return (
            "[ # first\n" + value[1:-1].replace(", ", ",\n\n  ") + (",\n]" if value[1:-1] else "]")
        )
    if value.startswith('"') and "\\" not in value and "'" not in value:
        return random.choice(
            (f"'{value[1:-1]}'", f'"""\n{value[1:-1]}"""', f"'''{value[1:-1]}'''")
        )
    return value
