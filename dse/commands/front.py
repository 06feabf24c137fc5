"""What a verb leaves behind: files written whole, and what is printed."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dse.commands.printing import console, say
from dse.files import FIGURES
from dse.mistakes import UserError
from dse.plain import as_plain
from dse.results import (
    Front,
    Point,
    answer,
    export,
    fronts,
    neighbours,
    opponents,
    tolerance_maps,
    twins,
)
from dse.results.accuracy import LOSS_LIMIT
from dse.results.point import label_of
from dse.store import Candidate
from dse.study.contents import file_digest
from evaluators.checks import brief

if TYPE_CHECKING:
    import pandas as pd


def finish(front: Front, study: Path = Path("STUDY"), *, as_json: bool) -> None:
    """Write the front's table and pictures beside the store, and print what it answers."""
    from dse.commands.show import print_summary
    from dse.report import (
        Subject,
        keep_importances,
        tolerance_map,
        write_drawings,
        write_front,
    )
    from dse.results import plots
    from dse.results.front_picture import write_front_picture
    from dse.results.table import growth_table

    front.check_baseline()
    folder = front.record.folder
    maps = tolerance_maps(front.record)
    names = ["front.csv", "hypervolume.csv", "front.png", "front.html"]
    if maps:
        names += ["tolerance.png", "tolerance.html"]
    with written_once(front, folder, names) as anew:
        if anew:
            export(front.table, {"csv": folder / "front.csv"})
            export(growth_table(fronts.growth(front)), {"csv": folder / "hypervolume.csv"})
            write_front_picture(answer.Answer(front=front), folder / "front.png")
            write_front(front, folder / "front.html")
            if not maps:
                twins.beside_sram(front)  # kept for who reads
                keep_importances(Subject(front=front, question=""))
        if anew and maps:
            plots.write_tolerance_png(maps, folder / "tolerance.png")
            drawings = map(tolerance_map, maps)
            write_drawings(drawings, folder / "tolerance.html", name=front.record.study.name,
                           title="What each kind of data bears")  # fmt: skip
    said = None if maps or not front.candidates else answer.Answer(front=front)
    if as_json:
        say(_json(front, front.table, said))
        return
    out = console()
    print_summary(out, front, said, str(study))
    out.print(f"written: {folder}/{', '.join(names)}", soft_wrap=True)


def write_by_ending(
    front: Front, table: "pd.DataFrame", output: Path | None, *, width_in: float | None
) -> None:
    """Write a front as the ending of its file says: its table, or its picture of a width. [inch]

    Raises:
        UserError: another ending, a width of no figure, or it cannot be written.
    """
    from dse.results.front_picture import write_front_picture
    from dse.results.table import export_by_ending

    draws = output is not None and output.suffix.lower() in FIGURES
    if width_in is not None and not draws:
        raise UserError(
            f"--width is of a figure: give -o FILE with one of the endings {', '.join(FIGURES)}"
            f"{f', got {str(output)!r}' if output else ''}"
        )
    if output is None:
        return
    if draws:
        front.check_baseline()
        write_front_picture(answer.Answer(front=front), output, width_in=width_in)
    else:
        export_by_ending(table, output)


@contextmanager
def written_once(front: Front, folder: Path, names: Sequence[str]) -> Iterator[bool]:
    """Whether a front's files must be written: not where they are as it has written them."""
    known = front.kept.known("written", dict[str, str])
    anew = known is None or known != _digests(folder, names)
    yield anew
    if anew:
        front.kept.keep("written", _digests(folder, names))


def _digests(folder: Path, names: Sequence[str]) -> dict[str, str]:
    return {name: file_digest(folder / name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Which designs are listed: those that lose at most `max_loss` [-], so many, in an order."""

    max_loss: float = LOSS_LIMIT
    sort: str = ""
    limit: int | None = None

    def check(self, front: Front) -> None:
        """Refuse an order that the front does not have.

        Raises:
            UserError: which it has.
        """
        known = [objective.name for objective in front.objectives]
        if self.sort and self.sort not in known:
            raise UserError(
                f"`--sort` takes an objective of the front ({', '.join(known)}), got "
                f"{brief(self.sort)}; --by ranks by others"
            )


def print_table(
    front: Front,
    table: "pd.DataFrame",
    *,
    everything: bool,
    as_json: bool,
    study: Path = Path("STUDY"),
    listed: Listed | None = None,
) -> None:
    """Print what a front answers and its designs, or every candidate."""

    from dse.commands import answered
    from dse.results import words

    listed = listed or Listed()
    said = answer.Answer(front=front, loss_limit=listed.max_loss)
    if as_json:
        say(_json(front, table, None))
    elif everything:
        say(table.to_string(index=False))
    else:
        front.check_baseline()
        out = console()
        if not front.candidates:
            out.print(words.nothing_left(front))
            return
        if tolerance_maps(front.record):
            from dse.commands.show import print_front

            print_front(out, front, limit=listed.limit or 25)
            return
        answered.print_answer(out, said)
        out.print()
        answered.print_designs(out, said, sort=listed.sort, limit=listed.limit)
        answered.print_next(out, said, str(study))


def _json(front: Front, table: "pd.DataFrame", said: answer.Answer | None) -> str:
    rows = json.loads(table.to_json(orient="records", double_precision=15))
    told: dict[str, object] = {}
    if said is not None:
        best = said.build
        told["answer"] = {"design": best.label if best else None, **dict(said.lines())}
        told["opponents"] = opponents.as_rows(said.opponents)
    return json.dumps({"hypervolume": front.hypervolume, **told, "candidates": rows})


def _named(front: Front, name: str) -> Candidate | Point:
    """The design of a name, or the best all-SRAM of the study's axes."""
    if name != answer.BEST_SRAM:
        return front.named(name)
    best = None if tolerance_maps(front.record) else answer.Answer(front=front).best_sram
    if best is None:
        raise UserError("no all-SRAM design of this study keeps its constraints")
    return best


def show_candidate(front: Front, name: str, *, design: Path | None = None, as_json: bool) -> None:
    """Print one candidate, one design of the front, or `sram`, the best all-SRAM.

    `design` is where it is written.
    """

    from dse.commands.show import print_candidate
    from dse.results import scenario_of
    from dse.study import DesignFile

    named = _named(front, name)
    label = name if name == answer.BEST_SRAM else label_of(named)
    if design is not None:
        written = DesignFile(
            scenario=scenario_of(front.record),
            design=named.evaluation.design,
            seed=front.record.study.search.seed,
        )
        neighbours.write_as(written, design, label)
    if as_json:
        plain = as_plain(named.as_candidate if isinstance(named, Point) else named)
        say(json.dumps({"label": label, **plain}))
        return
    print_candidate(console(), front, named)
    if design is not None:
        own = design.suffix.lower() in (".toml", ".json")
        say(f"written: {design}" + ", which `dse evaluate` scores" * own)
