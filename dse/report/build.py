"""The design to build, as the page's first screen shows it."""

from typing import Any

from dse.report.subject import Subject
from dse.results import answer, words
from dse.si import in_words
from dse.study import DesignFile, design_file


def to_build(subject: Subject) -> dict[str, Any] | None:
    """Its name, words, figures, energies beside the best all-SRAM, command and file."""
    said = subject.answer
    if said is None or said.build is None:
        return None
    best, rivals = said.build, [o for o in (said.opponents.mixed, said.opponents.sram) if o]
    most = max((o.energy.energy_j for o in rivals), default=0.0)
    bars = [
        {"name": o.what if o is said.opponents.sram else o.label or o.what,
         "value": in_words("energy_j", o.energy.energy_j),
         "share": f"{100 * o.energy.energy_j / most:.1f}", "sram": o is said.opponents.sram}
        for o in rivals
    ]  # fmt: skip
    point = said.point(best)
    places = {label: place for place, label in enumerate(subject.labels)}
    file = DesignFile(scenario=subject.scenario, design=best.design,
                      seed=subject.record.study.search.seed)  # fmt: skip
    return {
        "label": best.label or "the best all-SRAM",
        "place": places.get(f"#{best.label}"),
        "figures": said.figures(best),
        "words": words.in_words(point) if point else words.memories(best.design),
        "bars": bars,
        "command": f"dse show {subject.file} {best.label or answer.BEST_SRAM}",
        "toml": design_file.as_toml(file),
    }
