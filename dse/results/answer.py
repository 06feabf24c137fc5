"""What a study answers, in a few lines: what to build, what it gains, on what, and how sure."""

from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import Final

from dse.results import words
from dse.results.accuracy import LOSS_LIMIT, accuracy_lost
from dse.results.cell_knobs import cell_gain
from dse.results.contenders import MRAM_ALONE, Opponent, aim, cost
from dse.results.fronts import Front
from dse.results.gentle_writes import write_gains
from dse.results.opponents import Opponents, beside, compared, in_prose, opponents
from dse.results.point import Point
from dse.results.slice_points import scenario_of
from dse.results.sram_twin import uses_mram
from dse.results.stairs import Stairs, stairs
from dse.results.words import memory_names
from dse.si import in_words, si
from dse.store import Candidate
from dse.study import Objective, objectives
from evaluators.design import DataKind
from evaluators.energy import EnergyReport, assumptions, cell_sizes
from evaluators.energy.assumptions import Effect
from evaluators.plugins import UserCodeError

SAME: Final = 5e-4
"""Relative difference up to which two figures are called the same."""

BEST_SRAM: Final = "sram"
"""The name of the best all-SRAM where no candidate is it: `dse show STUDY sram`."""

MOST_TURNS: Final = 4
"""Assumptions that are named; of more it is said how many."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a front says to one who builds; `loss_limit` is the accuracy that may be lost. [-]"""

    front: Front
    loss_limit: float = LOSS_LIMIT

    @cached_property
    def aim(self) -> Objective:
        """What the best design is the best by."""
        return aim(self.front)

    @cached_property
    def opponents(self) -> Opponents:
        """The best of each memory."""
        return opponents(self.front, self.loss_limit)

    @cached_property
    def stairs(self) -> Stairs:
        """The best of each memory over area."""
        return stairs(self.front, self.loss_limit)

    @property
    def wins(self) -> bool:
        """Whether the best design has MRAM in it."""
        mixed, sram = self.opponents.mixed, self.opponents.sram
        if mixed is None or self.aim.name in MRAM_ALONE:
            return mixed is not None
        return sram is None or cost(self.aim, mixed.value) < cost(self.aim, sram.value)

    @property
    def build(self) -> Opponent | None:
        """The best design that keeps its accuracy, whatever its memory."""
        return self.opponents.mixed if self.wins else self.opponents.sram

    @cached_property
    def accurate(self) -> tuple[Point, ...]:
        """Designs of the front that lose no more than is allowed, in its order."""
        points = self.front.candidates
        return tuple(point for point in points if accuracy_lost(point) <= self.loss_limit)

    @cached_property
    def of_each_array(self) -> tuple[Point, ...]:
        """Of each array the best of those, the best first."""
        best: dict[tuple[int, int], Point] = {}
        for point in self.by(self.aim.name):
            if self.aim.name in MRAM_ALONE and not uses_mram(point):
                continue
            array = point.evaluation.design.array
            best.setdefault((array.rows, array.cols), point)
        return tuple(best.values())

    def by(self, name: str) -> tuple[Point, ...]:
        """The accurate designs of the front by one of its objectives, the best first."""
        names = [objective.name for objective in self.front.objectives]
        place = names.index(name) if name in names else 0
        return tuple(sorted(self.accurate, key=lambda p: float(self.front.costs[p.row, place])))

    @cached_property
    def effects(self) -> list[Effect] | None:
        """How much better the best with MRAM is than the best all-SRAM, an assumption at a time.

        A ratio of what the study aims at, above 1 where MRAM wins; None where there are not both,
        or where the energy model alone does not tell a ratio.
        """
        mixed, sram, aimed = self.opponents.mixed, self.opponents.sram, self.aim
        if mixed is None or sram is None or self.advantage is None:
            return None
        scenario = scenario_of(self.front.record)
        scored = self.front.record.baseline.evaluation

        def figure(report: EnergyReport) -> float:
            value = float(aimed.of(replace(scored, energy=report)))
            return value if aimed.direction == "minimize" or value <= 0.0 else 1.0 / value

        return self.front.kept.solved(
            f"effects-{self.loss_limit:g}",
            list[Effect],
            lambda: assumptions.effects(
                mixed.design, scenario, against=sram.design, figure=figure
            ),
        )

    @property
    def advantage(self) -> float | None:
        """How many times better the best with MRAM is than the best all-SRAM. [-]

        None where there are not both, or where the energy model alone does not tell a ratio.
        """
        mixed, sram, aimed = self.opponents.mixed, self.opponents.sram, self.aim
        if mixed is None or sram is None or aimed.scale != "ratio":
            return None
        if min(mixed.value, sram.value) <= 0.0 or not objectives.decided_by_energy(aimed.name):
            return None
        share = sram.value / mixed.value
        return share if aimed.direction == "minimize" else 1.0 / share

    def lines(self) -> list[tuple[str, str]]:
        """The answer: a heading and its words, a line each."""
        told = [("BUILD", self._build()), ("GAIN", self._gain()), ("CELLS", self._cells()),
                ("FRAGILE", self._fragile()), ("ACCURACY", self._accuracy())]  # fmt: skip
        return [(head, text) for head, text in told if text]

    def _build(self) -> str:
        best = self.build
        if best is None:
            return self.opponents.sentence()
        name = f"{best.label or BEST_SRAM}: "
        figures = ", ".join(self.figures(best))
        loss = ""
        point = self.point(best)
        if point is not None and point.evaluation.training is not None:
            training = point.evaluation.training
            loss = (f", loses {100 * max(training.accuracy_loss, 0.0):.1f} ± "
                    f"{100 * training.accuracy_loss_sd:.1f} points")  # fmt: skip
        array = best.design.array
        size = f"{array.rows}x{array.cols} array"
        return f"{name}{size}; {words.memories(best.design)}\n{figures}{loss}"

    def figures(self, design: Opponent) -> list[str]:
        """What the study aims at, then energy, area and time."""
        shown = [self.aim.name, "energy_j", "area_m2", "time_s"]
        told = []
        for name in dict.fromkeys(shown):
            value = design.value if name == self.aim.name else getattr(design.energy, name)
            words_ = f" {in_prose(name)}" if name not in ("energy_j", "area_m2", "time_s") else ""
            text = self.aim.in_words(value) if name == self.aim.name else in_words(name, value)
            told.append(f"{text}{words_}")
        return told

    def _gain(self) -> str:
        best, sram, name = self.opponents.mixed, self.opponents.sram, self.aim.name
        if best is None:
            return self.opponents.none
        if name in MRAM_ALONE:
            return self._gentler(best)
        memory = memory_names(best.design)
        if sram is None:
            return f"no all-SRAM design keeps the constraints{self._because()}"
        than = f"the best all-SRAM of any size ({self.aim.in_words(sram.value)})"
        text = compared(name, best.value, sram.value)
        if not self.wins:
            value = self.aim.in_words(best.value)
            joint = "as" if text.startswith("the same") else "beside"
            return (f"none: the best with {memory}, {best.label}, has {text} ({value}) {joint} "
                    f"{than}{self._equal_area()}")  # fmt: skip
        return f"{beside(name, best.value, sram.value)} {than}{self._equal_area()}"

    def _gentler(self, best: Opponent) -> str:
        """The gain over error-free writes, where all-SRAM has none of what is aimed at."""
        scenario, point = scenario_of(self.front.record), self.point(best)
        own = cell_gain(point, scenario) if point else None
        gentle = write_gains([point], scenario) if point and own is None else []
        if own is None and not gentle:
            return ""
        write_j, error_free_j = (
            (own.write_j, own.nominal_j) if own else (gentle[0].write_j, gentle[0].nominal_j)
        )
        text = (f"{error_free_j / write_j:.2g}x less in its cells than error-free writes of the "
                f"same memories in {scenario.cell} ({si(write_j, 'J')} against "
                f"{si(error_free_j, 'J')})")  # fmt: skip
        if own:
            text += f"\nalone: {own.knobs_in_words()}"
        sram = self.opponents.sram
        if sram is not None:
            ours, theirs = (si(o.energy.energy_j, "J") for o in (best, sram))
            text += f"\nall-SRAM writes no such cell; a step takes {ours}"
            text += f", the best all-SRAM's {theirs}"
        return text

    def _cells(self) -> str:
        """Which cells the gain is of: a density means nothing without its pair."""
        mixed = self.opponents.mixed
        if mixed is None:
            return ""
        return self.front.kept.solved(
            f"cells-{self.loss_limit:g}", str, lambda: self._cell_pair(mixed)
        )

    def _cell_pair(self, mixed: Opponent) -> str:
        scenario = scenario_of(self.front.record)
        pair = cell_sizes.cell_pair(mixed.design, scenario).replace(" F2", " F\N{SUPERSCRIPT TWO}")
        for name in {mixed.design.memory[kind].technology for kind in DataKind} - {"sram"}:
            pair = pair.replace(f"{name} cell", f"{words.technology_in_prose(name)} cell")
        pair = pair.replace("nvsim SRAM", "NVSim's SRAM")
        return f"{pair}; {scenario.roadmap} transistors of {scenario.node_nm} nm"

    def _because(self) -> str:
        return f": {self.opponents.reason}" if self.opponents.reason else ""

    def _equal_area(self) -> str:
        """The gain over the best all-SRAM that is no larger, over all areas."""
        found = self.stairs.ratios
        if not found:
            return ""
        ratios = [ratio for _, ratio in found]
        least, most = min(ratios), max(ratios)
        areas = f"{_mm2(found[0][0].area_m2)} to {_mm2(found[-1][0].area_m2)} mm²"
        span = f"{least:.2f}x to {most:.2f}x its {in_prose(self.aim.name)}"
        text = f"\nall-SRAM no larger takes {span} (median {median(ratios):.2f}x), from {areas}"
        smallest = self.stairs.sram[0].area_m2
        if self.stairs.mixed[0].area_m2 < smallest:
            text += f"; below {_mm2(smallest)} mm² no all-SRAM fits"
        return text

    @property
    def turns(self) -> list[Effect]:
        """Assumptions that change the winner."""
        found = self.effects or []
        return [effect for effect in found if (effect.ratio > 1.0) != self.wins]

    def _fragile(self) -> str:
        if self.effects is None:
            return ""
        winner = "SRAM" if self.wins else "MRAM"
        mixed = self.opponents.mixed
        if not self.wins and mixed is not None:
            winner = memory_names(mixed.design)
        turned = self.turns
        if not turned:
            return f"no: every one of {len(self.effects)} changed assumptions keeps the winner"
        worst = sorted(turned, key=lambda e: e.ratio, reverse=not self.wins)
        named = [f"{e.assumption} {e.value}" for e in worst[:MOST_TURNS]]
        more = len(turned) - len(named)
        also = f" and {more} more of {len(self.effects)} assumptions" if more > 0 else ""
        return f"{winner} wins with {', '.join(named)}{also}"

    def _accuracy(self) -> str:
        study = self.front.record.study
        return (
            whose_accuracy(study.scenario.network, self.front)
            if study.trains
            else ("not asked for: no objective of this study trains")
        )

    def point(self, design: Opponent) -> Point | None:
        """The design with its training, where it has a name."""
        if not design.label:
            return None
        ranked = (point for point in self.front.ranked if point.label == design.label)
        point = next(ranked, None)
        if point is None:
            try:
                named = self.front.named(design.label)
            except UserCodeError:
                return None
            return named if isinstance(named, Point) else Point.of(named)
        return point

    @property
    def best_sram(self) -> Point | Candidate | None:
        """The best all-SRAM as a design to show: what it is as one, if no candidate is it."""
        sram = self.opponents.sram
        if sram is None:
            return None
        if sram.label:
            return self.point(sram)
        alike = self.front.record.baseline.evaluation  # SRAM fails nowhere: trained alike
        evaluation = replace(alike, design=sram.design, energy=sram.energy)
        return Candidate(number=0, source=BEST_SRAM, values={}, evaluation=evaluation)

    def over_sram(self, point: Point) -> float | None:
        """The figure of the best all-SRAM that is no larger over a design's; None without. [-]"""
        energy = point.evaluation.energy
        if energy is None or not uses_mram(point):
            return None
        step = self.stairs.all_sram(energy.area_m2)
        return step.value / float(self.aim.of(point.evaluation)) if step else None


def as_text(said: Answer) -> str:
    """The answer in lines, its headings in a column."""
    lines = []
    for head, text in said.lines():
        first, *others = text.split("\n")
        lines += [f"{head:<9} {first}", *(f"{'':<9} {other}" for other in others)]
    return "\n".join(lines)


def whose_accuracy(network: str, front: Front) -> str:
    """Whose accuracy a study tells: of the network that the energy is of, or of another."""
    recipe = front.record.study.scenario.training
    seeds = f"{recipe.seeds} seed{'' if recipe.seeds == 1 else 's'}"
    length = f"{recipe.steps} step{'' if recipe.steps == 1 else 's'}, {seeds}"
    if recipe.trainer:
        return f"as trainer {recipe.trainer} tells it ({length})"
    own = recipe.model == network
    other = "" if own else f", not of {network}"
    return f"of {recipe.model} on {recipe.data} ({length}){other}"


def nothing_accurate(answer: Answer) -> str:
    """Why no design is listed."""
    lost = [100 * accuracy_lost(point) for point in answer.front.candidates]
    return (
        f"No design of the front loses at most {100 * answer.loss_limit:g} points; the least is "
        f"{min(lost):.1f}: give --max-loss"
    )


def _mm2(area_m2: float) -> str:
    return f"{1e6 * area_m2:.2g}"
