"""The `dse` command: one verb a question. Heavy libraries load inside the verb that needs them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dse.mistakes import told_of

if TYPE_CHECKING:
    from dse.front import Front
    from dse.study import Study

app = typer.Typer(
    help="Find Pareto-optimal STT-MRAM scratchpads for accelerators that train networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

StudyFile = Annotated[Path, typer.Argument(metavar="STUDY", help="The study's TOML file.")]
Folder = Annotated[Path, typer.Option(help="Where results live.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Storage = Annotated[str, typer.Option(help="Database URL that replaces the study's own.")]


@app.command()
def check(study: StudyFile, as_json: Json = False) -> None:
    """Read a study, rehearse it, print its axes and what it will cost."""
    from dse.check import print_check

    read = _read(study)
    with told_of(study):
        print_check(read, as_json=as_json)


@app.command()
def run(
    study: StudyFile,
    candidates: Annotated[
        int | None, typer.Option(min=1, help="Replaces the study's goal.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Trainings at a time.")] = None,
    ray: Annotated[
        str | None, typer.Option(help="Ray cluster to join: auto or an address.")
    ] = None,
    executor: Annotated[str, typer.Option(help="ray, processes or inline.")] = "ray",
    reuse: Annotated[
        Path | None,
        typer.Option(metavar="OTHER", help="Start from another study's candidates, by its file."),
    ] = None,
    reuse_folder: Annotated[
        Path | None, typer.Option(help="Where the other study's results live.")
    ] = None,
    storage: Storage = "",
    folder: Folder = Path("results"),
    as_json: Json = False,
) -> None:
    """Start a study, or continue it."""
    from dse.progress import progress_bar
    from dse.run import run as run_study
    from dse.store import read_record

    read = _read(study, storage)
    other = read_record(_read(reuse), reuse_folder or folder) if reuse else None
    with progress_bar(read.name) as progress, told_of(study):
        record = run_study(
            read,
            candidates=candidates,
            workers=workers,
            executor=executor,
            ray_address=ray,
            folder=folder,
            progress=progress,
            reuse=other,
        )
    from dse.front import front
    from dse.outputs import finish

    finish(front(record), as_json=as_json)


@app.command()
def status(
    study: StudyFile,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay until the driver has ended, or Ctrl-C.")
    ] = False,
    every: Annotated[
        float, typer.Option(min=0.1, help="Seconds between two looks of --watch.")
    ] = 2.0,
    storage: Storage = "",
    folder: Folder = Path("results"),
    as_json: Json = False,
) -> None:
    """Done, running, diverged, failed; hypervolume so far; who runs it; time left."""
    from dse.watch import print_status
    from dse.watch import watch as watch_study

    read = _read(study, storage)
    if watch:
        watch_study(read, folder, every_s=every, as_json=as_json)
    else:
        print_status(read, folder, as_json=as_json)


@app.command()
def front(
    study: StudyFile,
    by: Annotated[str, typer.Option(help="Objectives, comma-separated.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every candidate.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write a CSV file.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Write a Parquet file.")] = None,
    md: Annotated[Path | None, typer.Option(help="Write a Markdown file.")] = None,
    storage: Storage = "",
    folder: Folder = Path("results"),
    as_json: Json = False,
) -> None:
    """The Pareto front, ranked by any objectives without evaluating again."""
    from dse.outputs import export, print_table

    found = _front(study, storage, folder, by)
    table = found.whole_table if everything else found.table
    export(table, {"csv": csv, "parquet": parquet, "md": md})
    print_table(found, table, everything=everything, as_json=as_json)


@app.command()
def show(
    study: StudyFile,
    number: Annotated[
        str, typer.Argument(help="The candidate's number, or 47.2 for a design of the front.")
    ],
    design: Annotated[
        Path | None, typer.Option(help="Write its design as FILE.toml or FILE.json.")
    ] = None,
    storage: Storage = "",
    folder: Folder = Path("results"),
    as_json: Json = False,
) -> None:
    """One candidate: design, energy breakdown, write errors, training, against SRAM."""
    from dse.outputs import show_candidate

    found = _front(study, storage, folder, "")
    show_candidate(found, number, design=design, as_json=as_json)


@app.command()
def report(
    study: StudyFile,
    output: Annotated[
        Path | None, typer.Option(help="The file; results/NAME/report.html by default.")
    ] = None,
    by: Annotated[str, typer.Option(help="Objectives, comma-separated.")] = "",
    storage: Storage = "",
    folder: Folder = Path("results"),
    as_json: Json = False,
) -> None:
    """One self-contained HTML file: front, energies, sensitivity, provenance."""
    from dse.report import print_report

    print_report(_front(study, storage, folder, by), study, output, as_json=as_json)


@app.command()
def doctor(
    study: StudyFile,
    repair: Annotated[
        bool, typer.Option("--repair", help="Save what is whole of a damaged store; keep a copy.")
    ] = False,
    storage: Storage = "",
    folder: Folder = Path("results"),
    as_json: Json = False,
) -> None:
    """Check all that a study keeps; say what is wrong and what to do. Exit code 2 if not sound."""
    from dse.doctor import print_doctor

    print_doctor(_read(study, storage), folder, repair=repair, as_json=as_json)


@app.command()
def verify(
    study: StudyFile,
    designs: Annotated[
        str, typer.Option(help="Numbers of the front, comma-separated, or `chosen`; else all.")
    ] = "",
    longer: Annotated[int, typer.Option(min=1, help="Factor on the training steps.")] = 5,
    seeds: Annotated[int | None, typer.Option(min=1, help="Seeds of each design.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Trainings at a time.")] = None,
    ray: Annotated[
        str | None, typer.Option(help="Ray cluster to join: auto or an address.")
    ] = None,
    executor: Annotated[str, typer.Option(help="ray, processes or inline.")] = "ray",
    storage: Storage = "",
    folder: Folder = Path("results"),
    as_json: Json = False,
) -> None:
    """Train the front again, longer and with more seeds; keep what holds."""
    from dse.progress import progress_bar
    from dse.store import read_record
    from dse.verify import print_verified
    from dse.verify import verify as verify_front

    record = read_record(_read(study, storage), folder)
    with progress_bar(record.study.name) as progress:
        found = verify_front(
            record,
            folder=folder,
            designs=_names(designs),
            longer=longer,
            seeds=seeds,
            workers=workers,
            executor=executor,
            ray_address=ray,
            progress=progress,
        )
    print_verified(record, found, as_json=as_json)


@app.command()
def compare(
    first: StudyFile,
    second: Annotated[Path, typer.Argument(metavar="OTHER", help="The other study's file.")],
    storage: Storage = "",
    folder: Folder = Path("results"),
    as_json: Json = False,
) -> None:
    """Two fronts: hypervolume, dominated shares, least energy at equal accuracy."""
    from dse.compare_fronts import compare as compare_records
    from dse.compare_fronts import print_comparison
    from dse.store import read_record

    records = [read_record(_read(file, storage), folder) for file in (first, second)]
    print_comparison(compare_records(records[0], records[1]), as_json=as_json)


@app.command()
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
    workers: Annotated[int | None, typer.Option(min=1, help="Trainings at a time.")] = None,
    executor: Annotated[str, typer.Option(help="ray, processes or inline.")] = "ray",
    md: Annotated[Path | None, typer.Option(help="Write a Markdown file.")] = None,
    folder: Folder = Path("results"),
    as_json: Json = False,
) -> None:
    """The source's claims beside ours: range, conditions, what is not told, and why."""
    from dse.claims.output import show_claims
    from dse.claims.suite import NETWORKS
    from dse.claims.trained import run_trainings

    if trainings:
        run_trainings(studies, folder, executor=executor, workers=workers)
    show_claims(studies, folder, networks=_names(networks) or NETWORKS, md=md, json_wanted=as_json)


@app.command()
def evaluate(
    design: Annotated[Path, typer.Argument(metavar="DESIGN", help="The design as TOML or JSON.")],
    as_json: Json = False,
) -> None:
    """Score one design, training included, without a search."""
    from dse.one_design import evaluate_file

    evaluate_file(design, as_json=as_json)


@app.command()
def cell(
    name: Annotated[str, typer.Argument(help="A preset, package.module:CELL, or a CSV.")],
    folder: Folder = Path("results"),
    as_json: Json = False,
) -> None:
    """A cell: derived quantities; errors, energies and best writes as PNG and HTML."""
    from dse.cell_view import show_cell

    show_cell(name, folder, as_json=as_json)


@app.command()
def arrays(
    study: StudyFile,
    technologies: Annotated[
        str, typer.Option(help="Comma-separated; those of the study's axes by default.")
    ] = "",
    folder: Folder = Path("results"),
    as_json: Json = False,
) -> None:
    """Area, energy, latency and leakage of a scenario's memories over capacity."""
    from dse.arrays_view import show_arrays

    read = _read(study)
    names = _names(technologies) or list(read.technologies)
    show_arrays(read.scenario, names, folder, name=read.name, as_json=as_json)


@app.command()
def network(
    name: Annotated[
        str, typer.Argument(help="A preset, package.module:build, or a SCALE-Sim topology CSV.")
    ],
    batch_size: Annotated[int, typer.Option(min=1, help="Samples of one step.")] = 32,
    layers: Annotated[bool, typer.Option("--layers", help="A line for each layer.")] = False,
    as_json: Json = False,
) -> None:
    """A network's training step: parameters, MACs by phase, stash, accesses by data kind."""
    from dse.network_view import show_network

    show_network(name, batch_size, as_json=as_json, per_layer=layers)


@app.command("list")
def list_names(
    kind: Annotated[
        str, typer.Argument(help="technologies, networks, spaces, objectives, samplers or cells.")
    ],
    as_json: Json = False,
) -> None:
    """The names that a study may use."""
    from dse.catalogue import names_of

    names = names_of(kind)
    typer.echo(json.dumps(names) if as_json else "\n".join(names))


def _read(file: Path, storage: str = "") -> "Study":
    from dataclasses import replace

    from dse.study import read_study

    study = read_study(file)
    return replace(study, storage=storage) if storage else study


def _front(file: Path, storage: str, folder: Path, by: str) -> "Front":
    from dse.front import front as front_of
    from dse.store import read_record

    record = read_record(_read(file, storage), folder)
    return front_of(record, _names(by) or None)


def _names(told: str) -> list[str]:
    """Names between commas."""
    return [name.strip() for name in told.split(",") if name.strip()]
