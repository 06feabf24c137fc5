"""The loss behind a claim on three models: what one network bears another may not."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Final

from dse.results.accuracy import LOSS_LIMIT
from dse.store import Record, Scored
from dse.trainings import Trainer, trainings
from evaluators.training import summarize

MODELS: Final = ("small_cnn", "resnet8", "tiny_transformer")


def train_others(record: Record, point: Scored, *, executor: str, workers: int | None) -> None:
    """Train a design on every model; each training is run once and kept.

    Args:
        record: of the study.
        point: whose write errors are trained.
        executor: where trainings run.
        workers: trainings at a time; the machine's cores by default. [-]
    """
    for model in _models(record):
        with _trainer(record, model, executor, workers) as trainer:
            profile = point.evaluation.profile
            if profile is not None:
                trainer.request(point.evaluation.design, profile).complete(point.evaluation)


def losses(record: Record, point: Scored) -> dict[str, float]:
    """Accuracy lost by model, of those whose trainings are kept. [-]"""
    found: dict[str, float] = {}
    profile = point.evaluation.profile
    for model in _models(record):
        if profile is None:
            continue
        with _trainer(record, model) as trainer:
            faulty, free = (
                [trainer.cache.get(task) for task in tasks]
                for tasks in trainer.tasks(point.evaluation.design, profile)
            )
        ours, clean = ([run for run in runs if run is not None] for runs in (faulty, free))
        if len(ours) == len(clean) == len(faulty):
            found[model] = summarize(ours, clean).accuracy_loss
    return found


def in_words(lost: dict[str, float]) -> str:
    """The losses, the worst named; empty where one model alone is known."""
    if len(lost) < 2:
        return ""
    each = ", ".join(f"{model} {100.0 * max(loss, 0.0):.2f}" for model, loss in lost.items())
    worst = max(lost, key=lost.__getitem__)
    return f"points lost by model: {each}; the worst, {worst}, counts"


def borne(lost: dict[str, float]) -> bool:
    """Whether every model that is known keeps the accuracy."""
    return all(loss <= LOSS_LIMIT for loss in lost.values())


def _models(record: Record) -> tuple[str, ...]:
    """Those of ours; of a study that trains otherwise none."""
    recipe = record.study.scenario.training
    return MODELS if recipe.version and recipe.model in MODELS else ()


@contextmanager
def _trainer(
    record: Record, model: str, executor: str = "inline", workers: int | None = None
) -> Iterator[Trainer]:
    study = record.study
    scenario = replace(study.scenario, training=replace(study.scenario.training, model=model))
    trainer = trainings(study, scenario, record.place.folder, executor=executor, workers=workers)
    with closing(trainer):
        yield trainer
