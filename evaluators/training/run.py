"""One fault-injected training run, to be read from top to bottom."""

import math
from importlib.metadata import version
from typing import Final

import torch
from torch import nn

from evaluators.design import DataKind, ErrorProfile
from evaluators.faults import Injection, inject
from evaluators.training.data import DataSet, data_set
from evaluators.training.models import builder
from evaluators.training.recipe import TrainingRecipe
from evaluators.training.report import RunStatus, TrainingRun

EARLY_AT: Final = 0.4
"""Share of the run after which a fault-free evaluation tells collapsed from healthy."""

COLLAPSED_BELOW: Final = 1.5
"""A run whose accuracy is below so many times chance has collapsed."""

CURVE_POINTS: Final = 40
EVALUATED_TOGETHER: Final = 500
EVALUATED_EARLY: Final = 1000
"""Test images that tell collapsed from healthy; the final accuracy takes all."""


def train(
    profile: ErrorProfile,
    recipe: TrainingRecipe,
    *,
    number_format: str,
    study_seed: int,
    training_seed: int,
    threads: int = 1,
) -> TrainingRun:
    """Train once while written bits fail as the profile says.

    Args:
        profile: failure probability of every written bit.
        recipe: data, model, optimizer and fault assumptions.
        number_format: `int8`, `int16` or `bf16`.
        study_seed: seed of the study. [-]
        training_seed: seed of this run: initial weights, order of the data, faults. [-]
        threads: of torch; another number gives other last bits. [-]

    Returns:
        The run. NaN, divergence and collapse are a status at chance accuracy, not an exception.
    """
    torch.set_num_threads(threads)
    data = data_set(recipe.data, recipe.data_folder)
    torch.manual_seed(study_seed * 1_000_003 + training_seed)
    model = builder(recipe.model)(data.shape, data.classes)
    injection = inject(
        model,
        profile,
        seed=study_seed,
        training_seed=training_seed,
        number_format_name=number_format,
        encoding=recipe.encoding,
        scaling=recipe.scaling,
        headroom_bits=recipe.scale_headroom_bits,
        activations_at=recipe.activations_at,
        old_content={
            DataKind.ACTIVATION: recipe.old_content_activation,
            DataKind.WEIGHT: recipe.old_content_weight,
            DataKind.ERROR: recipe.old_content_error,
        },
    )
    optimizer = torch.optim.SGD(
        model.parameters(), lr=recipe.learning_rate, momentum=recipe.momentum, foreach=True
    )
    loss_function = nn.CrossEntropyLoss()
    order = torch.Generator().manual_seed(study_seed * 1_000_003 + training_seed)
    chance = 1.0 / data.classes
    early = math.ceil(EARLY_AT * recipe.steps)
    every = max(recipe.steps // CURVE_POINTS, 1)
    losses: list[float] = []
    accuracy, reason, status = chance, "", RunStatus.OK
    for step in range(recipe.steps):
        batch = torch.randint(len(data.train_labels), (recipe.batch_size,), generator=order)
        cosine = 0.5 * (1.0 + math.cos(math.pi * step / recipe.steps))
        optimizer.param_groups[0]["lr"] = recipe.learning_rate * cosine
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function(model(data.train_images[batch]), data.train_labels[batch])
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), recipe.gradient_norm)
        optimizer.step()
        injection.advance()
        if step % every == 0 or step == recipe.steps - 1:
            losses.append(float(loss.detach()))
            if not math.isfinite(losses[-1]) or not math.isfinite(float(norm)):
                status, reason = RunStatus.DIVERGED, f"the loss is not finite at step {step}"
                break
        if step + 1 in (early, recipe.steps):
            images = len(data.test_labels) if step + 1 == recipe.steps else EVALUATED_EARLY
            accuracy = _accuracy(model, injection, data, images)
            if not accuracy > COLLAPSED_BELOW * chance:
                status, reason = RunStatus.DIVERGED, f"at chance level after {step + 1} steps"
                break
    if status is not RunStatus.OK:
        accuracy = chance
    return TrainingRun(
        status=status,
        training_seed=training_seed,
        accuracy=accuracy,
        chance_accuracy=chance,
        loss=losses[-1] if math.isfinite(losses[-1]) else None,
        loss_curve=tuple(loss for loss in losses if math.isfinite(loss)),
        hits_to_one={k.value: tuple(h.to_one.tolist()) for k, h in injection.hits.items()},
        hits_to_zero={k.value: tuple(h.to_zero.tolist()) for k, h in injection.hits.items()},
        values_written={k.value: h.values_written for k, h in injection.hits.items()},
        ones_share=_shares(injection, "sampled_ones"),
        changed_share=_shares(injection, "sampled_changes"),
        reason=reason,
        versions={"torch": version("torch"), "numpy": version("numpy")},
        cpu_capability=torch.backends.cpu.get_cpu_capability(),
    )


def _shares(injection: Injection, counted: str) -> dict[str, float]:
    """Counted over sampled bits, by kind."""
    return {
        kind.value: getattr(hits, counted) / max(hits.sampled_bits, 1)
        for kind, hits in injection.hits.items()
    }


@torch.no_grad()
def _accuracy(model: nn.Module, injection: Injection, data: DataSet, images: int) -> float:
    """Share of the first test images classified rightly; quantised weights, no faults."""
    injection.clock.training = False
    model.eval()
    right = 0
    images = min(images, len(data.test_labels))
    for start in range(0, images, EVALUATED_TOGETHER):
        part = slice(start, min(start + EVALUATED_TOGETHER, images))
        right += int((model(data.test_images[part]).argmax(dim=1) == data.test_labels[part]).sum())
    model.train()
    injection.clock.training = True
    return right / images
