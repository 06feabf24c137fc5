"""Write errors in a tensor: exact, sparse, and the same wherever they are drawn.

A bit that must change and fails keeps the old bit. M ~ Poisson(-n ln(1-p)) positions are drawn
with replacement and applied idempotently, so each bit is hit independently with exactly p. Where
the two directions differ, draws are made at the larger p and each is kept with probability
ln(1 - p_direction) / ln(1 - p_larger), before duplicates are merged.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.design import BitErrors
from evaluators.faults.choices import OldContent
from evaluators.faults.formats import Codes, Floats, Format

Integers = NDArray[np.int64]

DENSE_ABOVE: Final = 0.3
"""Above this probability every bit is drawn, as most are hit."""

NO_HITS: Final = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

MARK_FROM: Final = 64
"""From one hit in so many slots on, marking them is faster than sorting."""

SAMPLE_EVERY: Final = 16
SAMPLED_VALUES: Final = 512
"""Bits of about so many values of a tensor are counted every so many steps."""

BLOCK_STEPS: Final = 256
"""Numbers of draws are made for so many steps at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What randomness depends on: seeds and site, never the worker."""

    study_seed: int
    training_seed: int
    site: int

    def generator(self, step: int, purpose: int, again: int = 0) -> np.random.Generator:
        """The generator of one step; `purpose` and `again` separate independent uses. [-]"""
        # Philox is counter-based: any step can be drawn without those before it.
        counter = [again << 32, purpose, step, self.site]
        return np.random.Generator(
            np.random.Philox(key=[self.study_seed, self.training_seed], counter=counter)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BitGroup:
    """Bits that fail with the same probabilities."""

    bits: Integers
    to_one: float
    to_zero: float

    @property
    def larger(self) -> float:
        """The larger of both directions. [-]"""
        return max(self.to_one, self.to_zero)

    def places(self, slots: Integers) -> tuple[Integers, Integers]:
        """Index of the value, and place of the bit within the group, of each slot. [-]"""
        shift = len(self.bits).bit_length() - 1
        # A shift and a mask in place of a division, which is slower.
        if len(self.bits) == 1 << shift:
            return slots >> shift, slots & (len(self.bits) - 1)
        index, bit = np.divmod(slots, len(self.bits))
        return index, bit

    def merged(self, slots: Integers) -> tuple[Integers, Codes]:
        """Values of ascending, distinct slots, each with the mask of its bits. [-]"""
        if slots.size == 0:
            return NO_HITS
        index, bit = self.places(slots)
        # Slots of one value follow each other, as they ascend.
        starts = np.flatnonzero(np.r_[True, index[1:] != index[:-1]])
        masks = np.bitwise_or.reduceat(np.int64(1) << self.bits[bit], starts)
        return index[starts], masks

    def packed(self, marked: NDArray[np.bool_]) -> tuple[Integers, Codes]:
        """Values of the marked slots, each with the mask of its bits. [-]"""
        rows = marked.reshape(-1, len(self.bits))
        # At most 16 bits, so at most two octets a value.
        octets = np.packbits(rows, axis=1, bitorder="little").astype(np.int64)
        local = octets[:, 0] if octets.shape[1] == 1 else octets[:, 0] | octets[:, 1] << 8
        hit = np.flatnonzero(local)
        if int(self.bits[-1]) == len(self.bits) - 1:  # the lowest bits: their places are theirs
            return hit, local[hit]
        bits = (local[hit][:, None] >> np.arange(len(self.bits))) & 1
        return hit, bits @ (np.int64(1) << self.bits)


def bit_groups(errors: BitErrors) -> tuple[BitGroup, ...]:
    """The bits that can fail, grouped."""
    groups: dict[tuple[float, float], list[int]] = {}
    for bit, pair in enumerate(zip(errors.to_one, errors.to_zero, strict=True)):
        if any(pair):
            groups.setdefault(pair, []).append(bit)
    return tuple(
        BitGroup(bits=np.array(bits, dtype=np.int64), to_one=pair[0], to_zero=pair[1])
        for pair, bits in groups.items()
    )


def _by_bit(codes: Codes, bits: int) -> Integers:
    """How many codes have each bit set. Shape `(bits,)`."""
    places = np.arange(bits)
    # Few codes are looked at bit by bit; many are first counted by pattern.
    if codes.size < 2**bits:
        found: Integers = (codes[:, None] >> places & 1).sum(axis=0)
        return found
    patterns: Integers = np.bincount(codes, minlength=2**bits)
    counted: Integers = patterns @ (np.arange(2**bits)[:, None] >> places & 1)
    return counted


@dataclass(slots=True, kw_only=True)
class Hits:
    """Failed writes counted by bit and direction, the values written, and a sample of their bits.

    Of the sampled bits, some were ones and some differed from what the cell held.
    """

    bits: int
    to_one: Integers = field(init=False)
    to_zero: Integers = field(init=False)
    values_written: int = 0
    sampled_bits: int = 0
    sampled_ones: int = 0
    sampled_changes: int = 0

    def __post_init__(self) -> None:
        self.to_one = np.zeros(self.bits, dtype=np.int64)
        self.to_zero = np.zeros(self.bits, dtype=np.int64)


class FaultSite:
    """One tensor of the network that is written once a step.

    Args:
        errors: failure probabilities of its bits.
        number_format: how its values are written.
        old_content: what the cells held before.
        key: of its randomness.
        hits: where failed writes are counted.
    """

    def __init__(
        self,
        errors: BitErrors,
        *,
        number_format: Format,
        old_content: OldContent,
        key: Key,
        hits: Hits,
    ) -> None:
        self._groups = bit_groups(errors)
        self._format = number_format
        self._old = old_content
        self._key = key
        self._hits = hits
        self._counts: dict[tuple[int, int, int, int], Integers] = {}
        self._before: tuple[Floats, float] | None = None
        self._again = 0

    def write(self, values: Floats, scale: float, step: int, *, again: int = 0) -> None:
        """Write quantised values, in place; flat, contiguous. Shape `(n,)`. [-]

        `again` counts the writes before this one in the same step.
        """
        self._again = again
        self._hits.values_written += values.size
        if step % SAMPLE_EVERY == 0:
            self._sample(values, scale)
        for place, group in enumerate(self._groups):
            hit, masks = self._draw(values, scale, step, place, group)
            if hit.size:
                self._apply(values, scale, step, place, hit, masks)
        if self._old == "same_tensor":
            self._before = (values.copy(), scale)

    def _sample(self, values: Floats, scale: float) -> None:
        """Count the bits of some values, and those unlike what the cells held before."""
        every = max(values.size // SAMPLED_VALUES, 1)
        codes = self._format.encode(values[::every], scale)
        # Values half a tensor away stand for another tensor's, as in `_kept`.
        before = np.roll(codes, max(codes.size // 2, 1))
        if self._old == "same_tensor" and self._before is not None:
            stored, stored_scale = self._before
            if stored.size == values.size:
                before = self._format.encode(stored[::every], stored_scale)
        self._hits.sampled_bits += codes.size * self._hits.bits
        self._hits.sampled_ones += int(np.bitwise_count(codes).sum())
        self._hits.sampled_changes += int(np.bitwise_count(codes ^ before).sum())

    def _draw(
        self, values: Floats, scale: float, step: int, place: int, group: BitGroup
    ) -> tuple[Integers, Codes]:
        """The values that are hit, ascending, and masks of their failed bits.

        A slot is a bit of a value: value index * bits of the group + place of the bit.
        """
        size = values.size * len(group.bits)
        if group.larger > DENSE_ABOVE:
            return self._draw_dense(values, scale, step, place, group)
        count = self._count(size, step, place, group)
        if count == 0:
            return NO_HITS
        # With a count from Poisson's law and slots drawn with repetition, each slot is hit
        # with exactly its probability, independently of all others.
        random = self._key.generator(step, 2 + 4 * place, self._again)
        slots = random.integers(0, size, count)
        if group.to_one != group.to_zero:
            ones = self._written_ones(values, scale, group, slots)
            # Thinning: of draws at the larger rate, a direction keeps ln(1 - p) / ln(1 - larger).
            rate = np.log1p(-np.array([group.to_zero, group.to_one])) / np.log1p(-group.larger)
            slots = slots[random.random(count) < rate[ones]]
        # Marking is linear in the tensor, sorting in the draws: the cheaper of both.
        if slots.size * MARK_FROM > size:
            marked = np.zeros(size, dtype=bool)
            marked[slots] = True
            return group.packed(marked)
        slots.sort()
        # A slot drawn twice has failed once.
        first = np.ones(slots.size, dtype=bool)
        np.not_equal(slots[1:], slots[:-1], out=first[1:])
        return group.merged(slots[first])

    def _draw_dense(
        self, values: Floats, scale: float, step: int, place: int, group: BitGroup
    ) -> tuple[Integers, Codes]:
        # At high rates most slots would be drawn again and again: one number for each instead.
        slots = np.arange(values.size * len(group.bits))
        ones = self._written_ones(values, scale, group, slots)
        rate = np.array([group.to_zero, group.to_one])
        random = self._key.generator(step, 2 + 4 * place, self._again)
        return group.packed(random.random(slots.size) < rate[ones])

    def _count(self, size: int, step: int, place: int, group: BitGroup) -> int:
        """Number of draws of this step, from a block of steps drawn together."""
        block, within = divmod(step, BLOCK_STEPS)
        key = (place, block, size, self._again)
        if key not in self._counts:
            # 1 - exp(-mean / size) is then the probability of a slot to be hit.
            mean = -size * np.log1p(-group.larger)
            random = self._key.generator(block, 1 + 4 * place, self._again)
            # Counts of blocks that have passed are never asked for again.
            kept = {k: v for k, v in self._counts.items() if k[1] == block}
            self._counts = kept | {key: random.poisson(mean, BLOCK_STEPS)}
        return int(self._counts[key][within])

    def _written_ones(
        self, values: Floats, scale: float, group: BitGroup, slots: Integers
    ) -> Integers:
        index, bit = group.places(slots)
        return self._format.encode(values[index], scale) >> group.bits[bit] & 1

    def _apply(
        self, values: Floats, scale: float, step: int, place: int, hit: Integers, masks: Codes
    ) -> None:
        written = self._format.encode(values[hit], scale)
        self._hits.to_one += _by_bit(written & masks, self._hits.bits)
        self._hits.to_zero += _by_bit(~written & masks, self._hits.bits)
        random = self._key.generator(step, 3 + 4 * place, self._again)
        kept = self._kept(values, scale, random, hit, written, masks)
        # A failed bit keeps what the cell held; where that is the same, nothing changes.
        values[hit] = self._format.decode((written & ~masks) | (kept & masks), scale)

    def _kept(
        self,
        values: Floats,
        scale: float,
        random: np.random.Generator,
        hit: Integers,
        written: Codes,
        masks: Codes,
    ) -> Codes:
        """The codes whose bits stay where a write fails."""
        if self._old == "flip":
            return written ^ masks
        if self._old == "same_tensor" and self._before is not None:
            stored, stored_scale = self._before
            if stored.size == values.size:
                return self._format.encode(stored[hit], stored_scale)
        # Another tensor lay there: values of this one at random stand for its bit statistics.
        other = random.integers(0, values.size, hit.size)
        return self._format.encode(values[other], scale)
