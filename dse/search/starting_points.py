"""Starting from another study: its values are evaluated again, its trainings where they apply."""

from collections.abc import Sequence

from dse.mistakes import UserError
from dse.plain import dumps
from dse.store import Record
from dse.store.record import GIVEN
from dse.store.reused import Reused
from dse.study import Study
from dse.study.distributions import inside
from evaluators.design import DesignPoint, ErrorProfile
from evaluators.evaluate import Status
from evaluators.scenario import Scenario, resolved
from evaluators.training import TrainingReport


def reusable(study: Study, other: Record) -> list[Reused]:
    """What a study can start from: candidates on its axes, once each.

    Raises:
        UserError: no candidate of the other study lies on the axes of this one.
    """
    recipe, seed = study.scenario.training, study.search.seed
    same = other.study.scenario.training == recipe and other.study.search.seed == seed
    same = same and other.study.scenario.number_format == study.scenario.number_format
    names = {axis.name for axis in study.open_axes}
    found: dict[str, Reused] = {}
    for candidate in other.candidates:
        evaluation = candidate.evaluation
        if candidate.source in GIVEN[:2] or evaluation.status is Status.FAILED:
            continue
        if set(candidate.values) != names or not inside(study.open_axes, candidate.values):
            continue
        found.setdefault(
            dumps(candidate.values),
            Reused(
                values=dict(candidate.values),
                profile=evaluation.profile if same else None,
                training=evaluation.training if same else None,
            ),
        )
    if not found:
        raise UserError(
            f"nothing of study {other.study.name!r} can be reused in {study.name!r}: none of its "
            f"{len(other.candidates)} candidates lies on the axes {', '.join(sorted(names))}"
        )
    return list(found.values())


class Trainings:
    """Training reports of another study, by what training sees of a design."""

    def __init__(self, reused: Sequence[Reused], study: Study, scenario: Scenario) -> None:
        self._scenario = scenario
        self._known = {
            self._key(study.design(r.values), r.profile): r.training
            for r in reused
            if r.training is not None and r.profile is not None
        }

    def get(self, design: DesignPoint, profile: ErrorProfile) -> TrainingReport | None:
        """The report of a design with this profile, or None."""
        return self._known.get(self._key(design, profile)) if self._known else None

    def _key(self, design: DesignPoint, profile: ErrorProfile) -> tuple[object, ...]:
        own = resolved(design, self._scenario)
        return profile, own.number_format, own.training.encoding
