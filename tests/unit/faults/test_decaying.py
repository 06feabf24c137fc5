"""Stored bits flip as the profile says, whatever their cells hold, and are counted apart."""

import numpy as np
import pytest
import torch

from evaluators.design import BitErrors, ErrorProfile
from evaluators.faults import inject, number_format
from evaluators.faults.hits import Hits
from evaluators.faults.sites import after_writes
from tests.unit.faults.test_sites import CPU, FORMATS, VALUES, codes, site, some_values

CASES = [(0.0, 1e-3, 0.0), (1e-3, 3e-4, 1e-3), (0.05, 0.002, 0.05), (0.1, 0.1, 1e-3)]
"""Decay to one, decay to zero, failed writes."""


def within(count: int, tried: int, rate: float) -> bool:
    """Within 4 standard errors, and one count."""
    return bool(abs(count - tried * rate) <= 4 * np.sqrt(tried * rate * (1 - rate)) + 1)


@pytest.mark.parametrize(("name", "encoding"), FORMATS)
def test_decay_and_failed_writes_together_and_apart(name: str, encoding: str) -> None:
    stored = number_format(name, encoding)  # type: ignore[arg-type]
    bits = stored.bits
    for up, down, failing in CASES:
        held = Hits(bits=bits, inverted=stored.inverted)
        errors = BitErrors(to_one=(failing,) * bits, to_zero=(failing,) * bits,
                           decay_to_one=(up,) * bits, decay_to_zero=(down,) * bits)  # fmt: skip
        memory, failed = site(errors, "flip", stored, decayed=held)
        values = some_values()
        image = stored.write(values, stored.scale(float(values.abs().max())))
        before = codes(stored, image.clone())
        drawn = memory.draw(VALUES, 1, CPU)
        assert drawn is not None
        memory.write(image, drawn, 1)
        after = codes(stored, image)
        ones = sum(int((before >> bit & 1).sum()) for bit in range(bits))
        written = failed.to_one.sum() - failed.to_zero.sum()  # ones that were written as zeros
        ones -= int(written)
        tried = bits * VALUES
        assert within(int(held.to_zero.sum()), ones, down), (up, down)
        assert within(int(held.to_one.sum()), tried - ones, up), (up, down)
        assert within(int(failed.to_one.sum() + failed.to_zero.sum()), tried, failing)
        lost = np.bitwise_count((before & ~after).astype(np.uint64)).sum()
        if not failing:
            assert lost == held.to_zero.sum()


def test_nothing_decays_without_rates_and_the_write_errors_are_those_of_before() -> None:
    stored = number_format("int8", "twos_complement")
    plain = BitErrors(to_one=(1e-3,) * 8, to_zero=(1e-3,) * 8)
    none = BitErrors(to_one=(1e-3,) * 8, to_zero=(1e-3,) * 8, decay_to_one=(0.0,) * 8,
                     decay_to_zero=(0.0,) * 8)  # fmt: skip
    decaying = BitErrors(to_one=(1e-3,) * 8, to_zero=(1e-3,) * 8, decay_to_one=(0.0,) * 7 + (0.5,))
    assert plain == none
    assert hash(plain) == hash(none)
    images = []
    for errors in (plain, decaying):
        memory, _ = site(errors, "flip", stored)
        image = stored.write(some_values(), 2.0**-5)
        drawn = memory.draw(VALUES, 1, CPU)
        assert drawn is not None
        memory.write(image, drawn, 1)
        images.append(codes(stored, image))
    # The streams of decay are their own: the low bits, which do not decay, fail as before.
    assert np.array_equal(images[0] & 127, images[1] & 127)
    assert (images[0] != images[1]).any()


def test_a_value_written_more_often_decays_once() -> None:
    errors = BitErrors(to_one=(1e-3,) * 8, to_zero=(0.0,) * 8, decay_to_one=(0.01,) * 8)
    often = after_writes(errors, 3.0, "random")
    assert often.to_one[0] == pytest.approx(1 - (1 - 1e-3) ** 3)
    assert often.decay_to_one == errors.decay_to_one


def test_a_module_tells_decayed_bits_apart_from_failed_writes() -> None:
    sound, decaying = BitErrors.none(8), BitErrors(
        to_one=(0.0,) * 8, to_zero=(0.0,) * 8, decay_to_zero=(0.01,) * 8
    )  # fmt: skip
    model = torch.nn.Linear(64, 32)
    injection = inject(model, ErrorProfile(activation=sound, weight=decaying, error=sound), seed=1)
    model(torch.randn(16, 64, generator=torch.Generator().manual_seed(0)))
    counts = {kind.value: int(hits.to_zero.sum()) for kind, hits in injection.decayed.items()}
    assert counts["activation"] == 0
    assert counts["weight"] > 0
    assert not any(hits.to_zero.sum() + hits.to_one.sum() for hits in injection.hits.values())


def test_decays_must_be_as_long_as_the_writes() -> None:
    with pytest.raises(ValueError, match=r"`decay_to_one` must be as long as .* 8 bits, got 7"):
        BitErrors(to_one=(0.0,) * 8, to_zero=(0.0,) * 8, decay_to_one=(0.1,) * 7)
