"""The verbs of `dse` that run a study or read its results: one verb a question.

Heavy libraries load inside the verb that needs them.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dse.commands.file_verbs import files
from dse.commands.logs import search_unsaid
from dse.commands.model_verbs import verbs
from dse.commands.options import (
    Executor,
    ExecutorName,
    Folder,
    Json,
    RayAddress,
    Storage,
    StudyFile,
    UserCode,
    Version,
    Workers,
    names,
    no_import,
    stored_in,
)
from dse.commands.options import read as read_file
from dse.mistakes import told_of

if TYPE_CHECKING:
    from dse.results import Front

app = typer.Typer(
    help="Find Pareto-optimal STT-MRAM scratchpads for accelerators that train networks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(verbs)
app.add_typer(files)


@app.callback()
def options(
    version: Version = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print results and errors alone.")
    ] = False,
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="Say more; twice, most.")
    ] = 0,
    log_file: Annotated[
        Path | None, typer.Option(help="Append what is done, with times, to a file.")
    ] = None,
) -> None:
    """Find Pareto-optimal STT-MRAM scratchpads for accelerators that train networks."""
    from dse.commands import logs

    del version
    logs.choose(quiet=quiet, verbose=verbose, log_file=log_file)


@app.command()
def check(study: StudyFile, user_code: UserCode = True, as_json: Json = False) -> None:
    """Read a study, rehearse it, print its axes and what it will cost."""
    from dse.commands.check import print_check
    from dse.commands.tried import try_study

    try_study(study, user_code=user_code)
    read = read_file(study)
    with told_of(study):
        print_check(read, as_json=as_json)


@app.command()
def run(
    study: StudyFile,
    candidates: Annotated[
        int | None, typer.Option(min=1, help="Replaces the study's goal.")
    ] = None,
    workers: Workers = None,
    ray: RayAddress = None,
    executor: Executor = ExecutorName.RAY,
    reuse: Annotated[
        Path | None,
        typer.Option(metavar="OTHER", help="Start from another study's candidates, by its file."),
    ] = None,
    reuse_folder: Annotated[
        Path | None, typer.Option(help="Where the other study's results live.")
    ] = None,
    storage: Storage = "",
    folder: Folder = Path("results"),
    user_code: UserCode = True,
    as_json: Json = False,
) -> None:
    """Start a study, or continue it."""
    from dse.commands.progress_bar import progress_bar
    from dse.commands.tried import try_study
    from dse.search import run as run_study
    from dse.store import read_record
    from dse.store.opening import check_alone

    try_study(study, user_code=user_code,
              before=lambda read: check_alone(stored_in(read, storage), folder))  # fmt: skip
    read = read_file(study, storage)
    other = None
    if reuse:
        with no_import("run --reuse", user_code=False):
            other = read_record(read_file(reuse), reuse_folder or folder)
    doing = "rehearsing its designs, then the first trainings" if read.trains else "searching"
    kept = folder / "trainings"
    with (
        progress_bar(read.name, doing, lambda: sum(1 for _ in kept.glob("*/*.json"))) as progress,
        told_of(study),
    ):
        record = run_study(
            read,
            candidates=candidates,
            workers=workers,
            executor=executor.value,
            ray_address=ray,
            folder=folder,
            progress=progress,
            reuse=other,
        )
    from dse.commands.front import finish
    from dse.results import front

    finish(front(record), study, as_json=as_json)


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
    user_code: UserCode = False,
    as_json: Json = False,
) -> None:
    """Done, running, diverged, failed; hypervolume so far; who runs it; time left."""
    from dse.commands.status import print_status
    from dse.commands.status import watch as watch_study

    with no_import("status", user_code=user_code), search_unsaid():
        read = read_file(study, storage)
        if watch:
            watch_study(read, folder, every_s=every, as_json=as_json)
        else:
            print_status(read, folder, as_json=as_json)


@app.command()
def front(
    study: StudyFile,
    by: Annotated[str, typer.Option(help="Objectives, comma-separated.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every candidate.")] = False,
    max_loss: Annotated[
        float, typer.Option(min=0.0, max=100.0, help="Points of accuracy a design may lose.")
    ] = 1.0,
    sort: Annotated[str, typer.Option(help="Objective that orders the designs.")] = "",
    limit: Annotated[
        int | None,
        typer.Option(min=0, help="So many designs (0: all) in place of each array's best."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write FILE.csv, .parquet, .md or .json, or draw FILE.png, .svg or .pdf.",
        ),
    ] = None,
    width: Annotated[
        float | None,
        typer.Option(min=2.0, max=20.0, help="Of the figure, in inches: 3.5 a column, 7 a page."),
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write a CSV file.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Write a Parquet file.")] = None,
    md: Annotated[Path | None, typer.Option(help="Write a Markdown file.")] = None,
    storage: Storage = "",
    folder: Folder = Path("results"),
    user_code: UserCode = False,
    as_json: Json = False,
) -> None:
    """The Pareto front, ranked by any objectives without evaluating again."""
    from dse.commands.front import Listed, print_table, write_by_ending
    from dse.results import export

    with no_import("front", user_code=user_code), search_unsaid():
        found = _front(study, storage, folder, by)
        listed = Listed(max_loss=max_loss / 100.0, sort=sort, limit=limit)
        listed.check(found)
        table = found.whole_table if everything else found.table
        export(table, {"csv": csv, "parquet": parquet, "md": md})
        write_by_ending(found, table, output, width_in=width)
        print_table(found, table, study=study, everything=everything, as_json=as_json,
                    listed=listed)  # fmt: skip


@app.command()
def show(
    study: StudyFile,
    number: Annotated[
        str,
        typer.Argument(
            help="A design's name, such as 47-k4c9, a number, or `sram`: the best all-SRAM."
        ),
    ],
    by: Annotated[str, typer.Option(help="Objectives, comma-separated.")] = "",
    design: Annotated[
        Path | None,
        typer.Option(
            "--design",
            "--output",
            "-o",
            help="Write its design as FILE.toml or .json, .cfg (SCALE-Sim), .yaml (Accelergy).",
        ),
    ] = None,
    storage: Storage = "",
    folder: Folder = Path("results"),
    user_code: UserCode = False,
    as_json: Json = False,
) -> None:
    """One candidate: design, energy breakdown, write errors, training, against SRAM."""
    from dse.commands.front import show_candidate

    with no_import("show", user_code=user_code), search_unsaid():
        found = _front(study, storage, folder, by)
        show_candidate(found, number, design=design, as_json=as_json)


@app.command()
def report(
    study: StudyFile,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file; results/NAME/report.html by default."),
    ] = None,
    by: Annotated[str, typer.Option(help="Objectives, comma-separated.")] = "",
    storage: Storage = "",
    folder: Folder = Path("results"),
    user_code: UserCode = False,
    as_json: Json = False,
) -> None:
    """One self-contained HTML file: front, energies, sensitivity, provenance."""
    from dse.commands.report import print_report

    with no_import("report", user_code=user_code), search_unsaid():
        print_report(_front(study, storage, folder, by), study, output, as_json=as_json)


@app.command()
def doctor(
    study: StudyFile,
    repair: Annotated[
        bool, typer.Option("--repair", help="Save what is whole of a damaged store; keep a copy.")
    ] = False,
    storage: Storage = "",
    folder: Folder = Path("results"),
    user_code: UserCode = False,
    as_json: Json = False,
) -> None:
    """Check all that a study keeps; say what is wrong and what to do. Exit code 2 if not sound."""
    from dse.commands.doctor import print_doctor

    with no_import("doctor", user_code=user_code):
        print_doctor(read_file(study, storage), folder, repair=repair, as_json=as_json)


@app.command()
def verify(
    study: StudyFile,
    designs: Annotated[
        str, typer.Option(help="Names or numbers, comma-separated, or `chosen`; else all.")
    ] = "",
    longer: Annotated[int, typer.Option(min=1, help="Factor on the training steps.")] = 5,
    seeds: Annotated[int | None, typer.Option(min=1, help="Seeds of each design.")] = None,
    workers: Workers = None,
    ray: RayAddress = None,
    executor: Executor = ExecutorName.RAY,
    storage: Storage = "",
    folder: Folder = Path("results"),
    user_code: UserCode = True,
    as_json: Json = False,
) -> None:
    """Train the front again, longer and with more seeds; keep what holds."""
    from dse.commands.progress_bar import progress_bar
    from dse.commands.tried import try_study
    from dse.commands.verify import named_designs, print_verified
    from dse.results import verify as verify_front
    from dse.store import read_record

    try_study(study, user_code=user_code)
    record = read_record(read_file(study, storage), folder)
    with progress_bar(record.study.name) as progress:
        found = verify_front(
            record,
            folder=folder,
            designs=named_designs(record, names(designs)),
            longer=longer,
            seeds=seeds,
            workers=workers,
            executor=executor.value,
            ray_address=ray,
            progress=progress,
        )
    print_verified(record, found, as_json=as_json)


@app.command()
def compare(
    first: StudyFile,
    second: Annotated[Path, typer.Argument(metavar="OTHER", help="The other study's file.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Draw both into FILE.png, .svg, .pdf or .html."),
    ] = None,
    storage: Storage = "",
    folder: Folder = Path("results"),
    user_code: UserCode = False,
    as_json: Json = False,
) -> None:
    """Two fronts: who is ahead by hypervolume, dominated designs, energy at equal accuracy."""
    from dse.commands.compare import print_comparison
    from dse.results import compare as compare_records
    from dse.store import read_record

    with no_import("compare", user_code=user_code):
        records = [read_record(read_file(file, storage), folder) for file in (first, second)]
        print_comparison(compare_records(records[0], records[1]), output, as_json=as_json)


def _front(file: Path, storage: str, folder: Path, by: str) -> "Front":
    from dse.results import front as front_of
    from dse.store import read_record

    record = read_record(read_file(file, storage), folder)
    return front_of(record, names(by) or None)
