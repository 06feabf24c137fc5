"""The verbs of `dse` about files and names: a study to begin with, its schema, what it may name.

Heavy libraries load inside the verb that needs them.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from dse.commands.options import Json
from dse.commands.printing import say

files = typer.Typer()


@files.command()
def init(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="A name of `dse list studies`.")
    ] = "quickstart",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A folder, or the TOML file to write.")
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Write a study to begin with into this folder."""
    from dse.study import examples

    written = examples.copy(name, output, force=force)
    say(f"written: {', '.join(map(str, written))}")
    say(f"next:  dse check {written[0]}\n       dse run {written[0]}")


@files.command()
def schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it as FILE.json.")
    ] = None,
) -> None:
    """The JSON schema of a study file, for editors such as VS Code with Even Better TOML."""
    from dse.files import write_atomically
    from dse.study import schema as of_study

    text = json.dumps(of_study.study_schema(), indent=2)
    if output is None:
        say(text)
        return
    write_atomically(output, f"{text}\n".encode())
    say(f"written: {output}; name it in a study's first line: #:schema {output}")


@files.command("import")
def importarrays(
    outputs: Annotated[
        list[Path],
        typer.Argument(metavar="FILES", help="Outputs of NVSim or CACTI, or NVMExplorer's table."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The technology, as FILE.py.")],
    cell: Annotated[
        Path | None, typer.Option(help="NVSim's .cell file: the energy of a written bit.")
    ] = None,
    row: Annotated[str, typer.Option(help="Part of a cell's name in NVMExplorer's table.")] = "",
    error_probability: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="That a written bit fails.")
    ] = 0.0,
) -> None:
    """Make a memory technology of arrays that NVSim, CACTI or NVMExplorer tell."""
    from dse.mistakes import UserError
    from dse.study.technology_file import write_technology
    from evaluators.memories import other_tools

    try:
        found = other_tools.read_arrays(outputs, output.stem, cell=cell, row=row,
                                        error_probability=error_probability)  # fmt: skip
    except ValueError as error:
        raise UserError(str(error)) from None
    wrong = found.mistakes()
    if wrong:
        raise UserError("; ".join(wrong))
    write_technology(found, output)
    say(f"written: {output}; a study names it {output.stem}:TECHNOLOGY")


@files.command("list")
def listnames(
    kind: Annotated[
        str,
        typer.Argument(
            help="technologies, networks, spaces, objectives, samplers, cells or studies."
        ),
    ],
    as_json: Json = False,
) -> None:
    """What a study may name: unit, direction, meaning, source."""
    from dse.commands.names import print_names

    print_names(kind, as_json=as_json)
