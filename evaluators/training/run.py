"""One fault-injected training run, to be read from top to bottom."""

import math
import warnings
from importlib.metadata import version
from typing import Final

import torch
from torch import nn

from evaluators.design import DataKind, ErrorProfile
from evaluators.faults import Injection, UninjectedLayerWarning, inject
from evaluators.training.data import DataSet, data_set
from evaluators.training.models import builder
from evaluators.training.recipe import Device, TrainingRecipe
from evaluators.training.report import RunStatus, TrainingRun

EARLY_AT: Final = 0.4
"""Share of the run after which a fault-free evaluation tells collapsed from healthy."""

COLLAPSED_BELOW: Final = 1.5
"""A run whose accuracy is below so many times chance has collapsed."""

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
        profile: failure probability of every written bit, and its decay.
        recipe: data, model, optimizer and fault assumptions.
        number_format: `int8`, `int16`, `bf16`, `fp8_e4m3` or `fp8_e5m2`.
        study_seed: seed of the study. [-]
        training_seed: seed of this run: initial weights, order of the data, faults. [-]
        threads: of torch; another number gives other last bits. [-]

    Returns:
        The run. NaN, divergence and collapse are a status at chance accuracy, not an exception.
        Its `warnings` name what is never faulted, whatever process it trains in.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UninjectedLayerWarning)
        return _trained(profile, recipe, number_format, study_seed, training_seed, threads)


def _trained(
    profile: ErrorProfile,
    recipe: TrainingRecipe,
    number_format: str,
    study_seed: int,
    training_seed: int,
    threads: int,
) -> TrainingRun:
    torch.set_num_threads(threads)
    device = _device(recipe.device)
    data = data_set(recipe.data, recipe.data_folder)
    torch.manual_seed(study_seed * 1_000_003 + training_seed)
    model = builder(recipe.model)(data.shape, data.classes)
    layout = _layout(model)
    model = model.to(device=device, memory_format=layout)  # type: ignore[call-overload]
    data = data.to(device)
    injection = _injected(
        model, profile, recipe,
        number_format=number_format, study_seed=study_seed, training_seed=training_seed,
    )  # fmt: skip
    optimizer = torch.optim.SGD(
        model.parameters(), lr=recipe.learning_rate, momentum=recipe.momentum, foreach=True
    )
    loss_function = nn.CrossEntropyLoss()
    order = torch.Generator().manual_seed(study_seed * 1_000_003 + training_seed)
    chance = 1.0 / data.classes
    early = math.ceil(EARLY_AT * recipe.steps)
    every = recipe.loss_every
    losses: list[float] = []
    accuracy, reason, status = chance, "", RunStatus.OK
    for step in range(recipe.steps):
        batch = torch.randint(len(data.train_labels), (recipe.batch_size,), generator=order)
        cosine = 0.5 * (1.0 + math.cos(math.pi * step / recipe.steps))
        optimizer.param_groups[0]["lr"] = recipe.learning_rate * cosine
        optimizer.zero_grad(set_to_none=True)
        images, labels = _batch(data, batch.to(device), layout)
        loss = loss_function(model(images), labels)
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
            tested = len(data.test_labels) if step + 1 == recipe.steps else EVALUATED_EARLY
            accuracy = _accuracy(model, data, tested, layout)
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
        versions=_versions(device, recipe),
        cpu_capability=torch.backends.cpu.get_cpu_capability(),
        warnings=injection.warnings,
        unfaulted_share=injection.unfaulted_share,
        writes_per_value=recipe.writes,
        decayed_to_one=_decayed(profile, injection, "to_one"),
        decayed_to_zero=_decayed(profile, injection, "to_zero"),
    )


def _decayed(
    profile: ErrorProfile, injection: Injection, direction: str
) -> dict[str, tuple[int, ...]] | None:
    """Decayed bits by kind; None where no bit decays."""
    if not any(errors.decays for _, errors in profile):
        return None
    return {
        kind.value: tuple(getattr(hits, direction).tolist())
        for kind, hits in injection.decayed.items()
    }


def _shares(injection: Injection, counted: str) -> dict[str, float]:
    """Counted over sampled bits, by kind."""
    return {
        kind.value: getattr(hits, counted) / max(hits.sampled_bits, 1)
        for kind, hits in injection.hits.items()
    }


def _injected(
    model: nn.Module,
    profile: ErrorProfile,
    recipe: TrainingRecipe,
    *,
    number_format: str,
    study_seed: int,
    training_seed: int,
) -> Injection:
    """The model with faults under the recipe's assumptions."""
    return inject(
        model,
        profile,
        seed=study_seed,
        training_seed=training_seed,
        number_format_name=number_format,
        encoding=recipe.encoding,
        random_zero_sign=recipe.random_zero_sign and recipe.encoding == "sign_magnitude",
        scaling=recipe.scaling,
        headroom_bits=recipe.scale_headroom_bits,
        activations_at=recipe.activations_at,
        old_content={
            DataKind.ACTIVATION: recipe.old_content_activation,
            DataKind.WEIGHT: recipe.old_content_weight,
            DataKind.ERROR: recipe.old_content_error,
        },
        writes=recipe.writes.by_kind(recipe.activations_at),
    )


def _device(asked: Device) -> torch.device:
    """Where to train.

    Raises:
        ValueError: `cuda` on a machine without one.
    """
    if asked == "cpu" or (asked == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise ValueError("`training.device` is cuda, but PyTorch finds none; take auto or cpu")
    return torch.device("cuda")


def _versions(device: torch.device, recipe: TrainingRecipe) -> dict[str, str]:
    """Versions, and the device where that is not the CPU."""
    told = {"torch": version("torch"), "numpy": version("numpy"), "training": str(recipe.version)}
    if device.type == "cuda":
        told["device"] = torch.cuda.get_device_name(device)
    return told


def _layout(model: nn.Module) -> torch.memory_format:
    """Channels last where a model convolves images: its convolutions take 0.7 of the time."""
    images = any(isinstance(m, nn.Conv2d | nn.ConvTranspose2d) for m in model.modules())
    return torch.channels_last if images else torch.contiguous_format


def _batch(
    data: DataSet, places: torch.Tensor, layout: torch.memory_format
) -> tuple[torch.Tensor, torch.Tensor]:
    images = data.train_images[places].contiguous(memory_format=layout)
    return images, data.train_labels[places]


@torch.no_grad()
def _accuracy(model: nn.Module, data: DataSet, tested: int, layout: torch.memory_format) -> float:
    """Share of the first test images classified rightly; quantised weights, no faults."""
    model.eval()
    right = 0
    tested = min(tested, len(data.test_labels))
    for start in range(0, tested, EVALUATED_TOGETHER):
        part = slice(start, min(start + EVALUATED_TOGETHER, tested))
        images = data.test_images[part].contiguous(memory_format=layout)
        right += int((model(images).argmax(dim=1) == data.test_labels[part]).sum())
    model.train()
    return right / tested
