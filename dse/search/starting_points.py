"""Starting from another study: its values are evaluated again, its trainings where they apply."""

from collections.abc import Sequence
from dataclasses import replace

from dse.mistakes import UserError
from dse.plain import dumps
from dse.search.training_identity import SeenByTraining
from dse.store import GIVEN, Record
from dse.store.reused import Reused
from dse.study import Study, distributions
from dse.study.contents import TRAINING, differences, training_contents
from dse.trainings import written
from evaluators.design import DesignPoint, ErrorProfile
from evaluators.evaluate import Evaluation, Status
from evaluators.scenario import Scenario, resolved
from evaluators.training import TrainingRecipe, TrainingReport, WritesPerValue


def reusable(study: Study, other: Record) -> list[Reused]:
    """What a study can start from: candidates on its axes, once each.

    Raises:
        UserError: no candidate of the other study lies on the axes of this one.
    """
    recipe, seed = study.scenario.training, study.search.seed
    same = other.study.scenario.training == recipe and other.study.search.seed == seed
    same = same and other.study.scenario.number_format == study.scenario.number_format
    same = same and _same_files(recipe, other)
    names = {axis.name for axis in study.open_axes}
    alike = _TrainedAlike(study, other.study)
    found: dict[str, Reused] = {}
    for candidate in other.candidates:
        evaluation = candidate.evaluation
        if candidate.source in GIVEN[:2] or evaluation.status is Status.FAILED:
            continue
        if set(candidate.values) != names or not distributions.inside(
            study.open_axes, candidate.values
        ):
            continue
        found.setdefault(
            dumps(candidate.values),
            Reused(
                values=dict(candidate.values),
                profile=evaluation.profile if same else None,
                training=evaluation.training if same and alike(evaluation) else None,
            ),
        )
    if not found:
        raise UserError(
            f"nothing of study {other.study.name!r} can be reused in {study.name!r}: none of its "
            f"{len(other.candidates)} candidates lies on the axes {', '.join(sorted(names))}"
        )
    return list(found.values())


class _TrainedAlike:
    """Whether a study would train as another has: by this version, values written as often."""

    def __init__(self, study: Study, other: Study) -> None:
        self._study, self._other = study, other
        self._counted: dict[Scenario, tuple[WritesPerValue, WritesPerValue]] = {}

    def __call__(self, evaluation: Evaluation) -> bool:
        recipe, training = self._study.scenario.training, evaluation.training
        if training is None:
            return True
        if len(training.runs) < recipe.seeds:  # of a search that gave it its first ones alone
            return False
        if recipe.version:
            versions = {(run.versions or {}).get("training") for run in training.runs}
            if versions != {str(recipe.version)}:
                return False
        faulty = evaluation.profile is not None and not evaluation.profile.error_free
        if recipe.writes_per_value != "counted" or not faulty:
            return True
        ours, theirs = self._both(resolved(evaluation.design, self._study.scenario))
        if recipe.version:  # as its runs tell
            return {run.writes_per_value for run in training.runs} == {ours}
        return ours == theirs

    def _both(self, scenario: Scenario) -> tuple[WritesPerValue, WritesPerValue]:
        if scenario not in self._counted:
            theirs = replace(self._other.scenario, number_format=scenario.number_format)
            self._counted[scenario] = (
                written.counted_writes(self._study, scenario),
                written.counted_writes(self._other, theirs),
            )  # fmt: skip
        return self._counted[scenario]


def _same_files(recipe: TrainingRecipe, other: Record) -> bool:
    """Whether the other's trainings were made from the user's files as they are now.

    Where it does not tell, they are taken to be the same, as when it goes on itself.
    """
    now = training_contents(recipe, other.folder.parent)
    before = {k: v for k, v in (other.contents or now).items() if k.startswith(TRAINING)}
    return not differences(before, now, to_write=True)


class Trainings:
    """Training reports of another study, by what training sees of a design."""

    def __init__(self, reused: Sequence[Reused], study: Study, scenario: Scenario) -> None:
        self._scenario = scenario
        self._known = {
            SeenByTraining.of(study.design(r.values), r.profile, scenario): r.training
            for r in reused
            if r.training is not None and r.profile is not None
        }

    def get(self, design: DesignPoint, profile: ErrorProfile) -> TrainingReport | None:
        """The report of a design with this profile, or None."""
        if not self._known:
            return None
        return self._known.get(SeenByTraining.of(design, profile, self._scenario))
