"""What the command line prints: tables and lines, by rich."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from dse.commands import answered
from dse.commands.two_levels import print_levels
from dse.results import (
    Point,
    against_sram,
    answer,
    cell_knobs,
    conditions,
    opponents,
    tolerance,
    tolerance_maps,
    twins,
    words,
)
from dse.results.sram_twin import equal, uses_mram
from dse.si import in_words, si
from dse.store import Record, Scored
from dse.store.going_on import check_models
from dse.study import Objective
from evaluators.design import DataKind, ErrorProfile
from evaluators.energy import cell_sizes
from evaluators.evaluate import Evaluation
from evaluators.plugins import UserCodeError
from evaluators.scenario import Scenario, resolved

if TYPE_CHECKING:
    from rich.console import Console

    from dse.results import Front


def print_front(console: "Console", front: "Front", *, limit: int = 25) -> None:
    """The front as a table; a long one is cut and says so. [-]"""
    from rich.box import SIMPLE
    from rich.table import Table

    shown = front.candidates[:limit]
    title = f"Pareto front of {front.record.study.name}"
    table = Table(title=title, title_justify="left", box=SIMPLE, pad_edge=False,
                  show_edge=False, collapse_padding=True)  # fmt: skip
    longest = max(map(len, front.labels), default=1)
    table.add_column("#", justify="right", no_wrap=True, min_width=longest)
    for objective in front.objectives:
        name = objective.name
        header = name if len(name) <= 9 else name.replace("_", "\n", 1)
        table.add_column(header, justify="right", no_wrap=True)
    for column in ("array\nbound", "memories"):
        table.add_column(column, no_wrap=True)
    baseline = front.baseline
    for point in shown if baseline in shown else (*shown, baseline):
        table.add_row(point.label, *_front_row(front, point),
                      style="red" if point is baseline else "")  # fmt: skip
    console.print(table)
    if len(front.candidates) > limit:
        console.print(f"... and {len(front.candidates) - limit} more: `dse front STUDY --csv F`")
    console.print(
        "A activation, W weight, E error; rN: N reliable bits (rNs: in SRAM); "
        "#0 is the all-SRAM baseline"
    )


def _front_row(front: "Front", point: Point) -> list[str]:
    evaluation = point.evaluation
    array = evaluation.design.array
    bound = evaluation.energy.bound if evaluation.energy else "-"
    return [
        *(_figure_with_sd(o, evaluation) for o in front.objectives),
        f"{array.rows}x{array.cols}\n{bound}",
        "\n".join(
            words.region_in_short(kind, words.told_region(evaluation, kind)) for kind in DataKind
        ),
    ]


def _figure_with_sd(objective: Objective, evaluation: Evaluation) -> str:
    """An objective's value, and below an accuracy loss its spread over the seeds."""
    text = objective.in_words(objective.of(evaluation))
    if objective.name == "accuracy_loss" and evaluation.training:
        text += f"\nsd {100 * evaluation.training.accuracy_loss_sd:.2f}"
    return text


def print_summary(
    console: "Console", front: "Front", said: answer.Answer | None = None, study: str = "STUDY"
) -> None:
    """What a run ends with: the answer, a line a design, and what to do next.

    Args:
        console: where it is printed.
        front: of the study.
        said: its answer, where it is known; tolerance maps answer by themselves.
        study: its file, as a command names it.
    """
    record = front.record
    console.print(counted(record))
    if record.stopped:
        console.print(f"Stopped before the goal: {record.stopped}")
    if not front.candidates:
        console.print(words.nothing_left(front))
        return
    maps = tolerance_maps(record)
    if maps:
        print_front(console, front)
        for line in tolerance.statements(maps):
            console.print(line)
        console.print(f"Trained: {conditions.conditions(record.study.scenario)}")
    else:
        said = said or answer.Answer(front=front)
        console.print()
        answered.print_answer(console, said)
        console.print()
        answered.print_designs(console, said)
        answered.print_next(console, said, study)
    print_warnings(console, [c.evaluation for c in front.candidates], record.study.scenario)


def counted(record: Record) -> str:
    """How many candidates a record has, and how they ended."""
    states = [candidate.evaluation.status.value for candidate in record.candidates]
    ended = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    return f"{record.study.name}: {len(states)} candidates ({ended})"


def print_warnings(
    console: "Console", evaluations: Sequence[Evaluation], scenario: Scenario
) -> None:
    """Cells that cannot carry their write current, and layers never faulted, once each."""
    found = conditions.never_faulted(evaluations)
    with suppress(UserCodeError):  # said where the twin is
        found += [w for e in evaluations for w in cell_sizes.undersized_cells(e.design, scenario)]
    for warning in dict.fromkeys(found):
        console.print(f"warning: {warning}", style="yellow")


def print_energy_split(console: "Console", candidates: Sequence[Scored]) -> None:
    """Energy by component for a few candidates beside each other."""
    from rich.table import Table

    reports = [(c, c.evaluation.energy) for c in candidates if c.evaluation.energy]
    if not reports:
        return
    table = Table(title="Energy of one training step", title_justify="left")
    table.add_column("component")
    for candidate, _ in reports:
        table.add_column(words.title(candidate), justify="right")
    for name in reports[0][1].components():
        cells = [
            f"{si(r.components()[name], 'J')} ({r.components()[name] / r.energy_j:.0%})"
            for _, r in reports
        ]
        table.add_row(name, *cells)
    table.add_row("total", *(si(r.energy_j, "J") for _, r in reports), style="bold")
    table.add_row("time", *(si(r.time_s, "s") for _, r in reports))
    table.add_row("bound", *(r.bound for _, r in reports))
    table.add_row("area", *(in_words("area_m2", r.area_m2) for _, r in reports))
    console.print(table)


def print_candidate(console: "Console", front: "Front", candidate: Scored) -> None:
    """One candidate of a study beside the study's baseline."""
    check_models(front.record.models, front.record.study.name, "compared with SRAM")
    print_energy_split(console, [candidate, front.record.baseline])
    print_design(console, candidate, front.record.study.scenario, front)
    _print_equal_area(console, front, candidate)


def _print_equal_area(console: "Console", front: "Front", candidate: Scored) -> None:
    """What the best all-SRAM that is no larger takes."""
    energy = candidate.evaluation.energy
    if energy is None or tolerance_maps(front.record) or not uses_mram(candidate):
        return
    with suppress(UserCodeError):  # said where the twin is
        said = answer.Answer(front=front)
        step = said.stairs.all_sram(energy.area_m2)
        if step is not None:
            value = float(said.aim.of(candidate.evaluation))
            text = opponents.beside(said.aim.name, value, step.value)
            console.print(
                f"{text} the best all-SRAM that is no larger ({step.array}, "
                f"{in_words('area_m2', step.area_m2)}, {said.aim.in_words(step.value)})"
            )


def print_design(
    console: "Console", candidate: Scored, scenario: Scenario, front: "Front | None" = None
) -> None:
    """One design: description, energy against SRAM, write errors, training."""
    evaluation = candidate.evaluation
    console.print("\n".join(words.describe(candidate)), style="bold")
    because = f" ({evaluation.reason})" if evaluation.reason else ""
    console.print(f"status: {evaluation.status}{because}")
    pairs = []
    try:
        if uses_mram(candidate):
            pairs = (against_sram([candidate], scenario) if front is None
                     else twins.one_beside_sram(front, candidate))  # fmt: skip
    except UserCodeError as error:
        console.print(f"not compared with its all-SRAM twin: {error} (--user-code compares)")
    for pair in pairs:
        text = opponents.beside("energy_j", 1.0, pair.ratio)
        console.print(
            f"{text} its all-SRAM twin of equal {equal(scenario)} "
            f"({si(pair.design.energy_j, 'J')} against {si(pair.twin.energy_j, 'J')}); "
            f"{opponents.compared('energy_j', 1.0, pair.memory_ratio)} without MACs and "
            f"accumulator"
        )
    with suppress(UserCodeError):  # said above
        print_levels(console, candidate, scenario)
        gain = cell_knobs.cell_gain(candidate, scenario)
        if gain is not None:
            console.print(gain.in_words())
    print_warnings(console, [evaluation], scenario)
    print_errors(console, evaluation.profile)
    print_training(console, evaluation, scenario)


def print_errors(console: "Console", profile: ErrorProfile | None) -> None:
    """Write error probabilities by kind and bit."""
    from rich.table import Table

    if profile is None:
        return
    if not any(p for _, errors in profile for p in (*errors.to_one, *errors.to_zero)):
        console.print("no written bit fails")
        return
    table = Table(title="Write error probability by bit (to 1 / to 0)", title_justify="left")
    table.add_column("bit", justify="right")
    for kind, _ in profile:
        table.add_column(kind.value)
    for bit in range(profile.weight.bits):
        pairs = [(errors.to_one[bit], errors.to_zero[bit]) for _, errors in profile]
        cells = [f"{one:.1e} / {zero:.1e}" if one or zero else "0" for one, zero in pairs]
        table.add_row(str(bit), *cells)
    console.print(table)
    decays = [
        f"{kind.value} {max(errors.decay_to_one):.1e} / {max(errors.decay_to_zero):.1e}"
        for kind, errors in profile
        if errors.decays
    ]
    if decays:
        console.print(f"held bits that read flipped (to 1 / to 0): {', '.join(decays)}")


def print_training(console: "Console", evaluation: Evaluation, scenario: Scenario) -> None:
    """Accuracy, its loss and under which conditions, and the loss curve as a line of blocks."""
    training = evaluation.training
    if training is None:
        console.print("not trained: no objective of the study asks for it")
        return
    console.print(
        f"accuracy {in_words('accuracy', training.accuracy)}, loss of accuracy "
        f"{in_words('accuracy_loss', training.accuracy_loss)} "
        f"(sd {in_words('accuracy_loss_sd', training.accuracy_loss_sd)}, "
        f"{len(training.runs)} seed{'s'[: len(training.runs) != 1]}), {training.status}"
    )
    console.print(f"trained: {conditions.conditions(resolved(evaluation.design, scenario))}")
    print_writes(console, evaluation, scenario)
    for run in training.runs:
        console.print(
            f"  seed {run.training_seed}: {in_words('accuracy', run.accuracy)} "
            f"{sparkline(run.loss_curve)}"
        )


def print_writes(console: "Console", evaluation: Evaluation, scenario: Scenario) -> None:
    """How often a value is written: as trained, and as the energy of this design counts."""
    told = []
    with suppress(UserCodeError):  # the network is code of the user's
        own = conditions.own_writes(evaluation.design, scenario)
        told.append(f"energy counts {conditions.writes_in_words(own)}")
    trained = conditions.trained_writes(evaluation)
    if trained is not None:
        told.append(f"trained with {conditions.writes_in_words(trained)}")
    if told:
        console.print(f"writes of a value: {'; '.join(told)}")


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """A curve as a line of blocks, from its smallest to its largest value. [as given, -]"""
    finite = [v for v in values if abs(v) < float("inf")]
    if not finite:
        return ""
    step = max(len(finite) // width, 1)
    low, high = min(finite), max(finite)
    blocks = "▁▂▃▄▅▆▇█"
    scale = (len(blocks) - 1) / (high - low) if high > low else 0.0
    return "".join(blocks[int((v - low) * scale)] for v in finite[::step])
