"""Faults are real: hits by bit and direction follow the profile, and nothing else is touched."""

from typing import Any

import numpy as np
import pytest

from evaluators.design import BitErrors, ErrorProfile
from evaluators.faults import number_format
from evaluators.faults.sites import FaultSite, Hits, Key
from evaluators.training import RunStatus, TrainingRecipe, train

RECIPE = TrainingRecipe(data="digits", steps=60, seeds=1)
VALUES = 200_000


def profile(to_one: float, to_zero: float, bits: int = 8) -> ErrorProfile:
    errors = BitErrors(to_one=(to_one,) * bits, to_zero=(to_zero,) * bits)
    return ErrorProfile(activation=errors, weight=errors, error=errors)


def site(errors: BitErrors, old: Any, name: str, encoding: Any) -> tuple[FaultSite, Hits]:
    stored = number_format(name, encoding)
    hits = Hits(bits=stored.bits)
    key = Key(study_seed=1, training_seed=2, site=3)
    return FaultSite(errors, number_format=stored, old_content=old, key=key, hits=hits), hits


def stored_values(name: str, encoding: Any) -> tuple[Any, float]:
    import torch

    stored = number_format(name, encoding)
    raw = torch.randn(VALUES, generator=torch.Generator().manual_seed(0))
    scale = stored.scale(float(raw.abs().amax()))
    return stored.quantise(raw, scale).numpy().copy(), scale


@pytest.mark.parametrize("encoding", ["twos_complement", "sign_magnitude"])
@pytest.mark.parametrize("name", ["int8", "int16", "bf16"])
@pytest.mark.parametrize(("high", "low"), [(1e-3, 1e-3), (0.03, 1e-3), (0.1, 0.1), (0.6, 0.02),
                                           (1.0, 1.0), (1e-7, 1e-7)])  # fmt: skip
def test_each_bit_is_hit_with_its_probability(
    name: str, encoding: str, high: float, low: float
) -> None:
    bits = number_format(name, encoding).bits  # type: ignore[arg-type]
    errors = BitErrors(to_one=(high,) * bits, to_zero=(low,) * bits)
    memory, hits = site(errors, "flip", name, encoding)
    values, scale = stored_values(name, encoding)
    codes = number_format(name, encoding).encode(values, scale)  # type: ignore[arg-type]
    ones = np.array([(codes >> bit & 1).sum() for bit in range(bits)])
    memory.write(values, scale, 0)
    for found, written, p in ((hits.to_one, ones, high), (hits.to_zero, VALUES - ones, low)):
        deviation = np.sqrt(np.maximum(written * p * (1 - p), 1e-12))
        assert (np.abs(found - written * p) <= 4.0 * deviation + 1e-9 + (p < 1e-6) * 2).all()


def test_rare_errors_come_at_the_right_rate_over_many_steps() -> None:
    p, steps, size = 1e-5, 4000, 500
    errors = BitErrors(to_one=(p,) * 8, to_zero=(p,) * 8)
    memory, hits = site(errors, "flip", "int8", "twos_complement")
    values, scale = stored_values("int8", "twos_complement")
    for step in range(steps):
        memory.write(values[:size].copy(), scale, step)
    expected = p * 8 * steps * size
    total = hits.to_one.sum() + hits.to_zero.sum()
    assert abs(total - expected) < 4 * np.sqrt(expected)


@pytest.mark.parametrize("old", ["random", "same_tensor"])
def test_a_kept_bit_changes_only_where_old_and_new_differ(old: str) -> None:
    certain = BitErrors(to_one=(1.0,) * 8, to_zero=(1.0,) * 8)
    memory, _ = site(certain, old, "int8", "twos_complement")
    values, scale = stored_values("int8", "twos_complement")
    before = values.copy()
    memory.write(values, scale, 0)
    assert set(np.unique(values)) <= set(np.unique(before))
    if old == "same_tensor":
        first = values.copy()
        memory.write(values, scale, 1)
        assert np.array_equal(values, first)


def test_reliable_bits_are_never_touched() -> None:
    errors = BitErrors(to_one=(0.2,) * 5 + (0.0,) * 3, to_zero=(0.2,) * 5 + (0.0,) * 3)
    memory, hits = site(errors, "flip", "int8", "twos_complement")
    values, scale = stored_values("int8", "twos_complement")
    stored = number_format("int8", "twos_complement")
    before = stored.encode(values, scale)
    memory.write(values, scale, 0)
    assert hits.to_one[5:].sum() + hits.to_zero[5:].sum() == 0
    assert np.array_equal(before >> 5, stored.encode(values, scale) >> 5)


@pytest.mark.parametrize("name", ["int8", "int16", "bf16"])
@pytest.mark.parametrize("encoding", ["twos_complement", "sign_magnitude"])
def test_encoding_and_decoding_are_inverse(name: str, encoding: str) -> None:
    stored = number_format(name, encoding)  # type: ignore[arg-type]
    values, scale = stored_values(name, encoding)
    assert np.array_equal(stored.decode(stored.encode(values, scale), scale), values)


def test_training_counts_hits_by_kind_and_bit() -> None:
    recipe = TrainingRecipe(
        data="digits", steps=60, seeds=1, old_content_activation="flip",
        old_content_weight="flip", old_content_error="flip",
    )  # fmt: skip
    run = train(profile(1e-2, 1e-3), recipe, number_format="int8", study_seed=0, training_seed=0)
    assert run.hits_to_one is not None
    assert run.hits_to_zero is not None
    assert run.values_written is not None
    for kind, written in run.values_written.items():
        for ones, zeros in zip(run.hits_to_one[kind], run.hits_to_zero[kind], strict=True):
            # written = n1 + n0, so hits / p in each direction add up to the values written
            estimate = ones / 1e-2 + zeros / 1e-3
            assert abs(estimate - written) < 4 * np.sqrt(ones / 1e-4 + zeros / 1e-6 + 1e6)


def test_error_free_training_is_bit_identical_where_no_hit_falls() -> None:
    free, rare = (
        train(p, RECIPE, number_format="int8", study_seed=0, training_seed=0)
        for p in (ErrorProfile.none(8), profile(1e-15, 1e-15))
    )
    assert free.loss_curve == rare.loss_curve
    assert free.accuracy == rare.accuracy


def test_same_seed_same_bits_other_seed_other_bits() -> None:
    first, again, other = (
        train(profile(1e-3, 1e-4), RECIPE, number_format="int8", study_seed=0, training_seed=seed)
        for seed in (0, 0, 1)
    )
    assert first == again
    assert first.loss_curve != other.loss_curve


def test_a_hopeless_profile_diverges_to_chance() -> None:
    run = train(profile(0.3, 0.3), TrainingRecipe(data="digits", steps=120), number_format="int8",
                study_seed=0, training_seed=0)  # fmt: skip
    assert run.status is RunStatus.DIVERGED
    assert run.accuracy == run.chance_accuracy == 0.1
