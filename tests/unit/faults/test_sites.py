"""Faults are real: hits by bit and direction follow the profile, and nothing else is touched."""

import itertools
from typing import Any, Final

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import binom
from torch import Tensor

from evaluators.design import BitErrors, ErrorProfile
from evaluators.faults import compiled, number_format, sites, streams
from evaluators.faults.formats import Format
from evaluators.faults.hits import Hits
from evaluators.faults.sites import FaultSite
from evaluators.faults.stored_tensor import Clock, Memory
from evaluators.faults.streams import Key
from evaluators.training import RunStatus, TrainingRecipe, train

RECIPE = TrainingRecipe(data="digits", steps=60, seeds=1)
VALUES = 200_000
CPU: Final = torch.device("cpu")

FORMATS: Final = (("int8", "twos_complement"), ("int8", "sign_magnitude"),
                  ("int16", "twos_complement"), ("int16", "sign_magnitude"),
                  ("bf16", "twos_complement"), ("fp8_e4m3", "twos_complement"),
                  ("fp8_e5m2", "twos_complement"))  # fmt: skip
RATES: Final = ((1e-7, 1e-7), (1e-5, 1e-6), (1e-3, 1e-3), (3e-3, 1e-4), (0.03, 1e-3), (1e-3, 0.03),
                (0.1, 0.1), (0.1, 0.05), (0.6, 0.02), (1.0, 1.0), (1.0, 0.0))  # fmt: skip


def profile(to_one: float, to_zero: float, bits: int = 8) -> ErrorProfile:
    errors = BitErrors(to_one=(to_one,) * bits, to_zero=(to_zero,) * bits)
    return ErrorProfile(activation=errors, weight=errors, error=errors)


def site(
    errors: BitErrors, old: Any, stored: Format, seed: int = 1, **more: Any
) -> tuple[FaultSite, Hits]:
    hits = Hits(bits=stored.bits, inverted=stored.inverted)
    key = Key(study_seed=seed, training_seed=2, site=3)
    return FaultSite(errors, number_format=stored, old_content=old, key=key, hits=hits,
                     **more), hits  # fmt: skip


def some_values(shape: tuple[int, ...] = (VALUES,), seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def codes(stored: Format, image: Tensor) -> NDArray[np.int64]:
    """The true bits of an image."""
    found: NDArray[np.int64] = image.numpy().astype(np.int64) ^ stored.inverted
    found &= 2**stored.bits - 1
    return found


def written(fault_site: FaultSite, stored: Format, values: Tensor, scale: float) -> Tensor:
    """The image of values after a write."""
    drawn = fault_site.draw(values.numel(), 1, values.device)
    image = stored.write(values, scale)
    if drawn is not None:
        fault_site.write(image, drawn, 1)
    return image


def by_bit(found: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    counted: NDArray[np.int64] = (found.reshape(-1)[:, None] >> np.arange(bits) & 1).sum(axis=0)
    return counted


def likely(found: Any, trials: Any, p: float) -> bool:
    """Whether counts lie where all but one in 16,000 of a binomial do: four standard errors."""
    low, high = binom.cdf(found, trials, p), binom.sf(np.asarray(found) - 1, trials, p)
    return bool((np.minimum(low, high) > 3.2e-5).all())


@pytest.mark.parametrize(("name", "encoding", "old"), [
    *((*each, "flip") for each in FORMATS),
    *((*each, old) for each in (FORMATS[0], FORMATS[4]) for old in ("random", "same_tensor")),
])  # fmt: skip
@pytest.mark.parametrize(("high", "low"), RATES)
def test_each_bit_is_hit_with_its_probability(
    name: str, encoding: Any, high: float, low: float, old: str
) -> None:
    stored = number_format(name, encoding)
    errors = BitErrors(to_one=(high,) * stored.bits, to_zero=(low,) * stored.bits)
    memory, hits = site(errors, old, stored)
    values = some_values()
    scale = stored.scale(float(values.abs().amax()))
    before = codes(stored, stored.write(values, scale))
    after = codes(stored, written(memory, stored, values, scale))
    ones = by_bit(before, stored.bits)
    assert likely(hits.to_one, ones, high)
    assert likely(hits.to_zero, VALUES - ones, low)
    if old == "flip":  # what is counted is what changed
        assert np.array_equal(hits.to_one, by_bit(before & ~after, stored.bits))
        assert np.array_equal(hits.to_zero, by_bit(~before & after, stored.bits))


@pytest.mark.parametrize("high", [1e-3, 0.02, 0.1])
def test_protected_bits_and_bits_of_other_rates(high: float) -> None:
    stored = number_format("int8", "twos_complement")
    rates = (high, high / 7, 0.0, high, 1e-4, high * 3, 0.0, 0.0)
    errors = BitErrors(to_one=rates, to_zero=tuple(0.5 * rate for rate in rates))
    memory, hits = site(errors, "flip", stored)
    values = some_values()
    before = codes(stored, stored.write(values, 2**-5))
    after = codes(stored, written(memory, stored, values, 2**-5))
    ones = by_bit(before, 8)
    for bit, rate in enumerate(rates):
        assert likely(hits.to_one[bit], ones[bit], rate)
        assert likely(hits.to_zero[bit], VALUES - ones[bit], 0.5 * rate)
    assert not ((before ^ after) & 0b11000100).any()


@pytest.mark.parametrize("p", [3e-3, 0.1])
def test_counts_scatter_and_bits_are_independent(p: float) -> None:
    """Variance of a binomial within a tenth; neighbouring bits and values uncorrelated."""
    stored = number_format("int8", "twos_complement")
    errors = BitErrors(to_one=(p,) * 8, to_zero=(p,) * 8)
    memory, _ = site(errors, "flip", stored)
    values, writes = torch.zeros(100), 12000
    plain = codes(stored, stored.write(values, 1.0))
    hit = np.stack([codes(stored, written(memory, stored, values, 1.0)) ^ plain
                    for _ in range(writes)])  # fmt: skip
    bits = (hit[:, :, None] >> np.arange(8) & 1).astype(float)
    counts = bits.sum(axis=(1, 2))
    assert np.var(counts, ddof=1) / (800 * p * (1 - p)) == pytest.approx(1.0, abs=0.1)
    centred = (bits - p) / np.sqrt(p * (1 - p))
    for product in (centred[..., 1:] * centred[..., :-1], centred[:, 1:] * centred[:, :-1],
                    centred[1:] * centred[:-1], centred[..., 0] * centred[..., 7]):  # fmt: skip
        assert abs(product.mean()) * np.sqrt(product.size) < 4.0


@pytest.mark.parametrize("p", [1e-4, 3e-3, 0.1])
def test_neither_strides_nor_how_writes_are_cut_change_what_fails(p: float) -> None:
    stored = number_format("int8", "twos_complement")
    errors = BitErrors(to_one=(p,) * 8, to_zero=(p / 3,) * 8)
    images = some_values((40, 6, 11, 13))
    whole = written(site(errors, "flip", stored)[0], stored, images, 2**-5)
    last = images.to(memory_format=torch.channels_last)
    same = written(site(errors, "flip", stored)[0], stored, last, 2**-5)
    assert last.stride() == same.stride() != whole.stride()
    assert torch.equal(whole, same)
    memory, _ = site(errors, "flip", stored)
    parts = [written(memory, stored, part, 2**-5) for part in torch.split(images, [1, 7, 2, 30])]
    assert torch.equal(torch.cat(parts), whole)


@pytest.mark.parametrize("old", ["flip", "random", "same_tensor"])
@pytest.mark.parametrize("name", ["int8", "int16", "bf16", "fp8_e5m2"])
@pytest.mark.parametrize("p", [1e-3, 0.1])
def test_other_devices_fail_the_same_bits(
    name: str, old: str, p: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way of tensors, on the CPU here, against the way of NumPy."""
    stored = number_format(name, "twos_complement")
    errors = BitErrors(to_one=(p,) * stored.bits, to_zero=(p / 3,) * stored.bits)
    images = [some_values((40, 6, 11, 13), seed) for seed in range(3)]
    (told, told_hits), (found, found_hits) = (site(errors, old, stored) for _ in range(2))
    for last in (False, True, False):
        values = images.pop()
        if last:
            values = values.to(memory_format=torch.channels_last)
        image = written(told, stored, values, 2**-5)
        with monkeypatch.context() as patched:
            patched.setattr(streams, "moved", lambda array, device: array)
            patched.setattr(sites, "_array", lambda tensor: tensor)
            drawn = found.draw(values.numel(), 16, torch.device("meta"))
            assert drawn is not None
            other = stored.write(values, 2**-5)
            found.write(other, drawn, 16)
        assert torch.equal(image, other)
    assert np.array_equal(told_hits.to_one, found_hits.to_one)
    assert np.array_equal(told_hits.to_zero, found_hits.to_zero)
    assert found_hits.sampled_bits > 0


@pytest.mark.parametrize("p", [1e-3, 0.01])
def test_chunks_of_points_lose_none(p: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """With three points a chunk, one that is lost at its end would be a third of all."""
    monkeypatch.setattr(streams, "FIRST_POINTS", 3)
    monkeypatch.setattr(streams, "MOST_POINTS", 3)
    stored = number_format("int8", "twos_complement")
    memory, hits = site(BitErrors(to_one=(p,) * 8, to_zero=(p,) * 8), "flip", stored)
    for _ in range(40):
        written(memory, stored, some_values((2000,)), 2**-5)
    assert likely(hits.to_one.sum() + hits.to_zero.sum(), 40 * 2000 * 8, p)


def test_rare_errors_come_at_the_right_rate_over_many_steps() -> None:
    p, steps, size = 1e-5, 4000, 500
    stored = number_format("int8", "twos_complement")
    memory, hits = site(BitErrors(to_one=(p,) * 8, to_zero=(p,) * 8), "flip", stored)
    values = some_values((size,))
    for step in range(1, steps + 1):
        drawn = memory.draw(size, step, CPU)
        if drawn is not None:
            memory.write(stored.write(values, 2**-5), drawn, step)
    total = hits.to_one.sum() + hits.to_zero.sum()
    assert likely(total, steps * size * 8, p)
    assert hits.values_written == steps * size


@pytest.mark.parametrize("p", [2e-3, 0.3, 1.0])
@pytest.mark.parametrize("old", ["random", "same_tensor"])
def test_a_kept_bit_changes_only_where_old_and_new_differ(old: str, p: float) -> None:
    stored = number_format("int8", "twos_complement")
    memory, _ = site(BitErrors(to_one=(p,) * 8, to_zero=(p,) * 8), old, stored)
    first, second = some_values(seed=1), some_values(seed=2)
    before = codes(stored, written(memory, stored, first, 2**-5))
    meant = codes(stored, stored.write(second, 2**-5))
    after = codes(stored, written(memory, stored, second, 2**-5))
    if old == "same_tensor":
        assert not ((meant ^ after) & ~(meant ^ before)).any()
        assert likely(by_bit(meant ^ after, 8), by_bit(meant ^ before, 8), p)
    if p == 1.0:
        assert np.isin(after, before if old == "same_tensor" else meant).all()


@pytest.mark.parametrize(("name", "encoding"), FORMATS)
def test_every_pattern_of_bits_reads_as_its_value(name: str, encoding: Any) -> None:
    stored = number_format(name, encoding)
    values = some_values()
    scale = stored.scale(float(values.abs().amax()))
    found = stored.read(stored.write(values, scale), scale)
    assert torch.equal(found, stored.quantise(values, scale))
    assert torch.equal(found, stored.quantise(found, scale))
    image = stored.write(torch.zeros(2**stored.bits), 1.0)
    image ^= torch.arange(2**stored.bits).to(image.dtype)
    patterns = codes(stored, image)
    numbers = stored.read(image, 1.0).numpy()
    if name.startswith("int"):
        sign = 2 ** (stored.bits - 1)
        told = np.where(patterns >= sign, patterns - 2 * sign, patterns)
        if encoding == "sign_magnitude":
            told = np.where(patterns >= sign, -(patterns - sign), patterns)
        assert np.array_equal(numbers, told)
    else:
        finite = np.isfinite(numbers)
        # bf16 and E5M2 keep an exponent of all ones for infinities and NaN, E4M3 one pattern
        assert (~finite).sum() == {"bf16": 256, "fp8_e4m3": 2, "fp8_e5m2": 8}[name]


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("exponent", [-120, -30, 0, 5, 60, 100])
def test_two_additions_round_as_pytorch_quantises(bits: int, exponent: int) -> None:
    scale = 2.0**exponent
    values = torch.cat([
        40 * scale * some_values(), torch.arange(-300, 300) * scale / 2,
        1e5 * scale * some_values(), torch.tensor([0.0, -0.0, float("inf"), -float("inf")]),
    ])  # fmt: skip
    top = 2 ** (bits - 1) - 1
    told = torch.fake_quantize_per_tensor_affine(values, scale, 0, -top, top)
    stored = number_format(f"int{bits}", "twos_complement")
    assert torch.equal(stored.quantise(values, scale).view(torch.int32), told.view(torch.int32))
    signed = number_format(f"int{bits}", "sign_magnitude").quantise(values, scale)
    assert torch.equal(signed.view(torch.int32), told.copysign(values).view(torch.int32))
    assert stored.quantise(torch.tensor([float("nan")]), scale).isnan().all()


@pytest.mark.parametrize("name", ["int8", "int16", "fp8_e4m3", "fp8_e5m2"])
@pytest.mark.parametrize("headroom", [0, 2])
def test_a_scale_is_the_smallest_power_of_two_that_fits(name: str, headroom: int) -> None:
    stored = number_format(name, "twos_complement", headroom_bits=headroom)
    for largest in (1e-30, 0.3, 0.9921875, 1.0, 127.0, 127.00001, 448.0, 3e5):
        scale = stored.scale(float(np.float32(largest)))
        top = float(stored.quantise(torch.tensor([1e38]), scale / 2**headroom))
        assert top >= np.float32(largest) > top / 2
        assert stored.scale_there(torch.tensor(largest)).item() == scale
    for odd in (0.0, float("nan"), float("inf")):
        assert stored.scale(odd) == stored.scale_there(torch.tensor(odd)).item() == 1.0


def test_small_floats_round_and_saturate_as_specified() -> None:
    """Source: OCP 8-bit Floating Point Specification 1.0 (2023), table 1."""
    e4m3, e5m2 = (number_format(f"fp8_{n}", "twos_complement") for n in ("e4m3", "e5m2"))
    values = torch.tensor([1e9, -1e9, 448.0, 2**-9, 2**-10, 0.3, 17.0])
    assert e4m3.quantise(values, 1.0).tolist() == [448, -448, 448, 2**-9, 0, 0.3125, 16]
    values = torch.tensor([1e9, 57344.0, 2**-16, 2**-17, 0.3])
    assert e5m2.quantise(values, 1.0).tolist() == [57344, 57344, 2**-16, 0, 0.3125]
    assert float(e4m3.quantise(torch.tensor([448.0 / 64]), 1 / 64)) == 7.0


@pytest.mark.parametrize("p", [2e-3, 0.05])
def test_zeros_of_random_sign_fail_both_ways(p: float) -> None:
    """A zero stored as +0 fails to positive values alone, one of random sign to both."""
    stored = number_format("int8", "sign_magnitude")
    errors = BitErrors(to_one=(p,) * 6 + (0.0, 0.0), to_zero=(p,) * 6 + (0.0, 0.0))
    found = []
    for choice in (False, True):
        memory, _ = site(errors, "flip", stored, random_zero_sign=choice)
        values = stored.read(written(memory, stored, torch.zeros(VALUES), 1.0), 1.0)
        found.append((int((values > 0).sum()), int((values < 0).sum())))
    assert found[0][0] == sum(found[1]) > 1000
    assert found[0][1] == 0
    assert likely(found[1][0], sum(found[1]), 0.5)
    memory, _ = site(errors, "flip", stored, random_zero_sign=True)
    ones = stored.read(written(memory, stored, torch.full((VALUES,), -5.0), 1.0), 1.0)
    assert (ones <= 0.0).all()


@pytest.mark.parametrize("use", [False, True])
@pytest.mark.parametrize("old", ["random", "flip"])
def test_compiled_loops_give_the_same_bits(
    use: bool, old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the images of PyTorch and NumPy, NaN and infinity among the values."""
    stored = number_format("int8", "twos_complement")
    real = compiled.loops()
    assert real is not None  # numba comes with the extra `test`

    def run(*, loops: bool, errors: BitErrors, last: bool) -> tuple[list[Tensor], Hits]:
        monkeypatch.setattr(compiled, "loops", lambda: real if loops else None)
        memory, hits = site(errors, old, stored)
        clock = Clock()
        tensor = Memory(stored, memory, clock, "delayed")
        found = []
        for step in range(20):
            values = some_values((4, 3, 20, 30), step)
            if step > 2:
                values.view(-1)[5:8] = torch.tensor([float("nan"), float("inf"), -0.0])
            if last:
                values = values.to(memory_format=torch.channels_last)
            found.append(tensor.store(values).nan_to_num(777.0))
            clock.step += 1
        return found, hits

    for high, low, last in itertools.product((0, 1e-3, 0.1, 1), (0, 1e-3, 0.05), (True, False)):
        errors = BitErrors(to_one=(high,) * 8, to_zero=(low,) * 8)
        told, told_hits = run(loops=False, errors=errors, last=False)
        found, found_hits = run(loops=use, errors=errors, last=last)
        assert all(torch.equal(a, b) for a, b in zip(found, told, strict=True))
        assert np.array_equal(found_hits.to_one, told_hits.to_one)
        assert np.array_equal(found_hits.to_zero, told_hits.to_zero)


def test_training_counts_hits_by_kind_and_bit() -> None:
    recipe = TrainingRecipe(
        data="digits", steps=60, seeds=1, old_content_activation="flip",
        old_content_weight="flip", old_content_error="flip",
    )  # fmt: skip
    run = train(profile(1e-2, 1e-3), recipe, number_format="int8", study_seed=0, training_seed=0)
    assert run.hits_to_one is not None
    assert run.hits_to_zero is not None
    assert run.values_written is not None
    for kind, total in run.values_written.items():
        for ones, zeros in zip(run.hits_to_one[kind], run.hits_to_zero[kind], strict=True):
            # written = n1 + n0, so hits / p in each direction add up to the values written
            estimate = ones / 1e-2 + zeros / 1e-3
            assert abs(estimate - total) < 4 * np.sqrt(ones / 1e-4 + zeros / 1e-6 + 1e6)


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
