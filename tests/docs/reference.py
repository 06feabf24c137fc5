"""The pages that are generated: `python -m tests.docs.reference` writes them anew."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typer

from dse.commands.study_verbs import app
from dse.results.table import markdown_table
from dse.study.schema import Key, keys
from tests.docs.blocks import ROOT

STUDY_PAGE: Final = ROOT / "docs" / "study.md"
CLI_PAGE: Final = ROOT / "docs" / "cli.md"

STUDY_HEAD: Final = """# A study's file: every key

A study is a TOML file in UTF-8. `dse init` writes one to begin with, `dse check` reads one and
says all that is wrong with it, `dse schema` prints this page as JSON schema. With its first line
`#:schema study.schema.json` an editor with Even Better TOML (VS Code) or taplo completes and
checks keys. The end of a name is its unit ([units](units.md)); numbers are plain SI, so 4 ns is
`4e-9`. Keys of the file itself stand above its first table.

`[axes]` narrows an axis of the space, or widens it: arrays to 8-1,024 rows and columns, capacities
to any multiples of a 128 KiB mat up to 64 MiB, writes to all that the cell's model knows. Of a
measured cell the axes are what was measured.

Written by `python -m tests.docs.reference`; `tests/docs/test_reference.py` compares it with the
program.
"""

CLI_HEAD: Final = """# Command line: every option

`dse VERB --help` says the same. Options of the program come before the verb: `dse -q run STUDY`.
`dse --install-completion` completes verbs and options in bash, zsh and fish.

Written by `python -m tests.docs.reference`; `tests/docs/test_reference.py` compares it with the
program.

## Exit codes

| code | means |
| --- | --- |
| 0 | done |
| 2 | a mistake that you can mend, said in one message; `dse doctor`: not sound |
| 128 + n | ended by signal n, such as 130 by Ctrl-C; what was finished is kept |

## Environment

| variable | means |
| --- | --- |
| `XDG_CACHE_HOME` | where a write-error table that was computed is kept; `~/.cache` by default |
| `OMP_NUM_THREADS` | threads of a process; workers get those of `workers.cpus` |
| `RAY_ADDRESS` | Ray's own; `--ray ADDRESS` joins a cluster |
| `DSE_VENV`, `DSE_HEAD` | environment and head of [the Slurm script](cluster.md#slurm) |
| `NO_COLOR`, `COLUMNS` | no colours; the width that tables are printed for |

## Files by their ending

| option | endings |
| --- | --- |
| `dse front STUDY -o FILE` | `.csv`, `.parquet`, `.md`, `.json` |
| `dse show STUDY NAME -o FILE` | `.toml`, `.json`; `.cfg` of SCALE-Sim 3; `.yaml` of Accelergy |
| `dse compare A B -o FILE` | `.png`, `.svg`, `.pdf`, `.html` |
| `dse import FILES -o FILE` | `.py` |
"""

SECTIONS: Final = {
    "": "The file itself", "scenario": "[scenario]", "scenario.cell": "[scenario.cell]",
    "scenario.memory": "[scenario.memory]", "scenario.accelerator": "[scenario.accelerator]",
    "scenario.training": "[scenario.training]",
    "scenario.training.writes_per_value": "[scenario.training.writes_per_value]",
    "search": "[search]", "search.stop": "[search.stop]", "workers": "[workers]",
}  # fmt: skip
SHARES: Final = re.compile(r"scenario\.memory\.\w+_bits")


def study_page() -> str:
    """docs/study.md."""
    by_table: dict[str, list[Key]] = {}
    for key in keys():
        by_table.setdefault(key.path.rpartition(".")[0], []).append(key)
    parts = [STUDY_HEAD]
    for table, found in by_table.items():
        title = SECTIONS.get(table, f"[{table}]")
        lines = markdown_table(["key", "is", "default", "range", "means"], map(_key, found))
        parts.append("\n".join([f"## {title}", "", *lines, ""]))
    return "\n".join(parts)


def _key(key: Key) -> list[str]:
    limits = "" if key.low is None else f"{key.low:g} to {key.high:g}"
    return [f"`{key.path}`", key.kind, f"`{key.default}`" if key.default not in (
        "must be given", "nothing", "empty") else key.default, limits, key.meaning]  # fmt: skip


def cli_page() -> str:
    """docs/cli.md."""
    program: Any = typer.main.get_command(app)
    parts = [CLI_HEAD, _section("dse", program, "Options of the program")]
    parts += [_section(f"dse {name}", verb) for name, verb in sorted(program.commands.items())]
    return "\n".join(parts)


def _section(name: str, command: Any, title: str = "") -> str:
    lines = markdown_table(["argument or option", "default", "means"], _parameters(command))
    told = [] if title else [" ".join((command.help or "").split()), ""]
    return "\n".join([f"## {title or name}", "", *told, *lines, ""])


def _parameters(command: Any) -> Iterator[list[str]]:
    for one in command.params:
        if one.param_type_name == "argument":
            name = f"`{(one.metavar or one.name).strip('[]').upper()}`"
        else:
            name = ", ".join(f"`{option}`" for option in (*one.opts, *one.secondary_opts))
        default = one.default() if callable(one.default) else one.default
        shown = "" if default in (None, "", False, ()) or isinstance(default, bool) else default
        shown = getattr(shown, "value", shown)
        shown = "" if shown == Path() else shown
        required = "must be given" if one.required else ""
        yield [name, f"`{shown}`" if shown != "" else required, getattr(one, "help", "") or ""]
    yield ["`--help`", "", "Show this message and exit."]


PAGES: Final = {STUDY_PAGE: study_page, CLI_PAGE: cli_page}

if __name__ == "__main__":
    for page, write in PAGES.items():
        page.write_text(write(), encoding="utf-8")
