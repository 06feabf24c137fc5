"""The verbs of `dse` that ask the models: no search, no stored study.

Heavy libraries load inside the verb that needs them.
"""

from pathlib import Path
from typing import Annotated

import typer

from dse.commands.options import (
    Executor,
    ExecutorName,
    Folder,
    Json,
    StudyFile,
    UserCode,
    Workers,
    names,
    no_import,
)
from dse.commands.options import read as read_file

verbs = typer.Typer()


@verbs.command()
def claims(
    studies: Annotated[
        Path, typer.Option(help="Folder of iso_capacity, iso_area and the trained studies.")
    ] = Path("studies"),
    networks: Annotated[
        str, typer.Option(help="Comma-separated names; the suite of eight by default.")
    ] = "",
    trainings: Annotated[
        bool, typer.Option("--trainings", help="First run the studies that train.")
    ] = False,
    workers: Workers = None,
    executor: Executor = ExecutorName.RAY,
    md: Annotated[Path | None, typer.Option(help="Write a Markdown file.")] = None,
    folder: Folder = Path("results"),
    as_json: Json = False,
) -> None:
    """The source's claims beside ours: range, conditions, what is not told, and why."""
    from dse.claims import suite
    from dse.commands.claims import run_trainings, show_claims

    if trainings:
        run_trainings(studies, folder, executor=executor.value, workers=workers)
    show_claims(
        studies, folder, networks=names(networks) or suite.NETWORKS, md=md, json_wanted=as_json
    )


@verbs.command()
def evaluate(
    design: Annotated[Path, typer.Argument(metavar="DESIGN", help="The design as TOML or JSON.")],
    user_code: UserCode = True,
    as_json: Json = False,
) -> None:
    """Score one design, training included, without a search."""
    from dse.commands.evaluate import evaluate_file

    with no_import("evaluate", user_code=user_code):
        evaluate_file(design, as_json=as_json)


@verbs.command()
def cell(
    name: Annotated[str, typer.Argument(help="A preset, package.module:CELL, or a CSV.")],
    folder: Folder = Path("results"),
    user_code: UserCode = True,
    as_json: Json = False,
    diameters: Annotated[
        bool, typer.Option("--diameters", help="Also at smaller junctions, which forget sooner.")
    ] = False,
) -> None:
    """A cell: derived quantities; errors, energies and best writes as PNG and HTML."""
    from dse.commands.cell import show_cell

    with no_import("cell", user_code=user_code):
        show_cell(name, folder, as_json=as_json, smaller=diameters)


@verbs.command()
def arrays(
    study: StudyFile,
    technologies: Annotated[
        str, typer.Option(help="Comma-separated; those of the study's axes by default.")
    ] = "",
    folder: Folder = Path("results"),
    user_code: UserCode = True,
    as_json: Json = False,
) -> None:
    """Area, energy, latency and leakage of a scenario's memories over capacity."""
    from dse.commands.arrays import show_arrays

    with no_import("arrays", user_code=user_code):
        read = read_file(study)
        chosen = names(technologies) or list(read.technologies)
        show_arrays(read.scenario, chosen, folder, name=read.name, as_json=as_json)


@verbs.command()
def network(
    name: Annotated[
        str, typer.Argument(help="A preset, package.module:build, or a SCALE-Sim topology CSV.")
    ],
    batch_size: Annotated[int, typer.Option(min=1, help="Samples of one step.")] = 32,
    layers: Annotated[bool, typer.Option("--layers", help="A line for each layer.")] = False,
    user_code: UserCode = True,
    as_json: Json = False,
) -> None:
    """A network's training step: parameters, MACs by phase, stash, accesses by data kind."""
    from dse.commands.network import show_network

    with no_import("network", user_code=user_code):
        show_network(name, batch_size, as_json=as_json, per_layer=layers)
