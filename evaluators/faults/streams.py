"""Where writes fail along all the values that a site ever writes, in the order of writing.

A sparse stream is a Poisson process: gaps between its points are exponential. A bit at which at
least one point falls is hit, so at a rate of -ln(1 - p) a bit it is hit with exactly p, each bit
independently. A dense stream looks the mask of eight bits up by a random 16-bit word; the words
that are left over, as no probability is a whole number of 65536ths, draw from what the others
leave of the distribution: exact as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.faults import compiled
from evaluators.faults.formats import Format

Integers = NDArray[np.int64]
Masks = Any
"""Masks of failed bits: an array of NumPy on the CPU, a tensor elsewhere."""

Points = tuple[Any, Masks]
"""Ascending distinct indices of values, each with the mask of its failed bits."""

DENSE_FROM: Final = 0.1
"""Expected failed bits of a value from which masks are drawn for every value."""

FIRST_POINTS, MOST_POINTS, DENSE_VALUES = 256, 16384, 131072
"""Points of the first chunk, of a later one, and values of a dense chunk."""

IMAGES: Final[dict[torch.dtype, Any]] = {
    torch.int32: np.int32, torch.int16: np.int16, torch.uint8: np.uint8
}  # fmt: skip

CHUNKS_A_KEY: Final = 8
"""Dense chunks that one generator draws in turn."""

WORDS: Final = 65536
FARTHEST: Final = 2.0**61
"""Stands for every place beyond: no training writes so many values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What randomness depends on: seeds and site, never the worker."""

    study_seed: int
    training_seed: int
    site: int

    def generator(self, purpose: int, chunk: int) -> np.random.Generator:
        """The generator of one chunk of one of the site's streams. [-]"""
        # Any chunk can be drawn without those before it.
        words: list[int] = []
        for number in (self.study_seed, self.training_seed, self.site, purpose, chunk):
            words += [number & 0xFFFFFFFF, number >> 32 & 0xFFFFFFFF]
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(words)))


class SparseStream:
    """Failed bits as points, ascending.

    Args:
        rates: of each bit, below 1; bit 0 is the least significant.
        key: of its randomness.
        purpose: tells the streams of one site apart.
        dtype: of masks.
    """

    dense = False

    def __init__(self, rates: Sequence[float], *, key: Key, purpose: int, dtype: Any) -> None:
        self._bits = np.flatnonzero(np.asarray(rates))
        each = -np.log1p(-np.asarray(rates, dtype=float)[self._bits])
        # A bit is hit with exactly p where its points come at the rate -ln(1 - p).
        self._gap = 1.0 / max(float(each.sum()), 1.0 / FARTHEST)  # mean, in values
        self._edges = np.cumsum(each)[:-1] / each.sum()
        self._alike = bool((each == each[0]).all())
        self._masks_of = (np.int64(1) << self._bits).astype(dtype)
        self._key, self._purpose, self._dtype = key, purpose, dtype
        self._chunk = 0
        self._from = 0.0  # place of the last point that was drawn
        self._held: list[NDArray[Any]] = []  # bits of the last value: more of it may follow
        self._at = 0  # values written so far
        self.index: Any = np.empty(0, dtype=np.int64)
        self.masks: Any = np.empty(0, dtype=dtype)
        self._moved: Any = None
        self.place = 0
        self._next = 0  # the value that the next point falls on
        self._draw()

    def take(self, size: int, device: torch.device | None = None) -> Points | None:
        """The hits of the next `size` values, or None; tensors for a device, else arrays. [-]"""
        # Most writes at low rates end here: two integers are compared.
        end = self._at + size
        if end <= self._next:
            self._at = end
            return None
        parts: list[Points] = []
        while self._next < end:
            stop = int(self.index.searchsorted(end))
            index, masks = self._there(device)
            parts.append((index[self.place : stop] - self._at, masks[self.place : stop]))
            self.place = stop
            if stop < len(self.index):
                self._next = int(self.index[stop])
            else:
                self._draw()
        self._at = end
        if len(parts) == 1:
            return parts[0]
        index, masks = zip(*parts, strict=True)
        return _joined(index), _joined(masks)

    def passes(self, size: int) -> bool:
        """Whether a point falls on the next `size` values; if none does, they are written. [-]"""
        if self._at + size <= self._next:
            self._at += size
            return False
        return True

    def chunks(self, size: int) -> Iterator[tuple[int, int]]:
        """Start and end of the next `size` values, once for each chunk of points on them. [-]

        The caller moves `place` past the points that it has used.
        """
        start, end = self._at, self._at + size
        while self._next < end:
            yield start, end
            if self.place < len(self.index):
                self._next = int(self.index[self.place])
            else:
                self._draw()
        self._at = end

    def _there(self, device: torch.device | None) -> Points:
        """The chunk's points on the device that writes, moved once."""
        if device is None:
            return self.index, self.masks
        if self._moved is None or self._moved[0] != device:
            arrays = (torch.from_numpy(self.index), torch.from_numpy(self.masks))
            self._moved = (device, *(moved(array, device) for array in arrays))
        return self._moved[1], self._moved[2]

    def _draw(self) -> None:
        """The next chunk: places, the bit of each, and both merged to one mask a value."""
        count = min(FIRST_POINTS << 2 * min(self._chunk, 4), MOST_POINTS)
        random = self._key.generator(self._purpose, self._chunk)
        self._chunk += 1
        places = random.standard_exponential(count).cumsum()
        places *= self._gap
        places += self._from
        np.minimum(places, FARTHEST, out=places)
        self._from = float(places[-1])
        index = places.astype(np.int64)
        shares = random.random(count)
        # Of bits that fail alike one is as likely as another; else by their shares.
        if self._alike:
            masks = self._masks_of[(shares * len(self._bits)).astype(np.int64)]
        else:
            masks = self._masks_of[self._edges.searchsorted(shares, side="right")]
        if self._held:
            index = np.concatenate((self._held[0], index))
            masks = np.concatenate((self._held[1], masks))
        # Points of one value follow each other, as they ascend; a bit with two is hit once.
        first = np.ones(len(index), dtype=bool)
        np.not_equal(index[1:], index[:-1], out=first[1:])
        starts = np.flatnonzero(first)
        if len(starts) < len(index):
            index, masks = index[starts], np.bitwise_or.reduceat(masks, starts)
        # The last value of a chunk waits: the next one may begin with more of its bits.
        self._held = [index[-1:], masks[-1:]]
        self.index, self.masks, self._moved, self.place = index[:-1], masks[:-1], None, 0
        if len(self.index):
            self._next = int(self.index[0])
        else:
            self._draw()


class DenseStream:
    """Failed bits as a mask for every value; arguments as for a sparse one, rates up to 1."""

    dense = True

    def __init__(self, rates: Sequence[float], *, key: Key, purpose: int, dtype: Any) -> None:
        octets = [tuple(rates[place : place + 8]) for place in range(0, len(rates), 8)]
        self._tables = [_table(octet * 2) for octet in octets]
        self._key, self._purpose, self._dtype = key, purpose, dtype
        self._chunk = 0
        self._masks: Any = np.empty(0, dtype=dtype)
        self._moved: Any = None
        self._place = 0

    def take(self, size: int, device: torch.device | None = None) -> Masks:
        """The masks of the next `size` values. Shape `(size,)`. [-]"""
        parts: list[Masks] = []
        while size:
            if self._place == len(self._masks):
                self._draw()
            masks = self._there(device)[self._place : self._place + size]
            self._place += len(masks)
            size -= len(masks)
            parts.append(masks)
        return parts[0] if len(parts) == 1 else _joined(parts)

    def _there(self, device: torch.device | None) -> Masks:
        if device is None:
            return self._masks
        if self._moved is None or self._moved[0] != device:
            self._moved = (device, moved(torch.from_numpy(self._masks), device))
        return self._moved[1]

    def _draw(self) -> None:
        if self._chunk % CHUNKS_A_KEY == 0:
            self._random = self._key.generator(self._purpose, self._chunk // CHUNKS_A_KEY)
        self._chunk += 1
        # Words make masks of two values each, as a word of 16 bits is looked up as one.
        octets = [table.draw(self._random, DENSE_VALUES // 2) for table in self._tables]
        if len(octets) == 1:
            self._masks = octets[0]
        else:
            self._masks = np.stack([octet.view(np.uint8) for octet in octets], axis=1)
        self._masks = self._masks.view(self._dtype).reshape(-1)
        self._moved, self._place = None, 0


class _Table:
    """Masks of so many bits, each as often among 65536 words as its probability allows.

    What that leaves of the distribution has a table of its own, and what that one leaves is
    looked up among cumulated probabilities.
    """

    def __init__(self, chance: NDArray[np.float64]) -> None:
        self._entries, self._full, left = _entries(chance)
        self._rest, self._rest_full, left = _entries(left)
        self._left = np.cumsum(left)

    def draw(self, random: np.random.Generator, count: int) -> NDArray[np.int16]:
        """Masks, as the 16 bits of an integer; `count` is a multiple of four. Shape `(count,)`."""
        fast = compiled.loops()
        if fast:
            found = np.empty(count, dtype=np.int16)
            told: Any = random.bit_generator.state
            fast.look_up(
                told["state"]["state"], self._entries, self._full, self._rest, self._rest_full,
                self._left, found, np.empty(count + 1, dtype=np.int64),
            )  # fmt: skip
            random.bit_generator.state = told
            return found
        words = _words(random, count)
        found = torch.from_numpy(self._entries).index_select(0, torch.from_numpy(words)).numpy()
        beyond = np.flatnonzero(words >= self._full)
        if len(beyond):
            words = _words(random, -(-len(beyond) // 4) * 4)[: len(beyond)]
            found[beyond] = self._rest[words]
            last = beyond[words >= self._rest_full]
            drawn = self._left.searchsorted(random.random(len(last)), side="right")
            found[last] = np.minimum(drawn, len(self._left) - 1).astype(np.int16)
        return found


def _words(random: np.random.Generator, count: int) -> NDArray[np.int32]:
    raw: Any = random.bit_generator.random_raw(count // 4)
    words: NDArray[np.int32] = raw.view(np.uint16).astype(np.int32)
    return words


def _entries(chance: NDArray[np.float64]) -> tuple[NDArray[np.int16], int, NDArray[np.float64]]:
    """A table of 65536 entries, how many of them are full, and the distribution that is left."""
    # Whole words of a probability; what is left over keeps the distribution exact.
    words = np.floor(chance * WORDS).astype(np.int64)
    full = int(words.sum())
    entries = np.zeros(WORDS, dtype=np.int16)
    entries[:full] = np.repeat(np.arange(len(chance)), words).astype(np.int16)
    left = np.maximum(chance - words / WORDS, 0.0)
    total = float(left.sum())
    return entries, full, left / total if total > 0.0 else chance


@lru_cache(maxsize=64)
def _table(rates: tuple[float, ...]) -> _Table:
    """The table of independent bits of these rates; the same for every site that has them."""
    chance = np.ones(1)
    # The last bit is the most significant.
    for rate in rates:
        chance = np.concatenate((chance * (1.0 - rate), chance * rate))
    return _Table(chance)


Stream = SparseStream | DenseStream


def stream(
    rates: Sequence[float], *, key: Key, purpose: int, number_format: Format
) -> Stream | None:
    """The stream of these rates, or None where nothing can fail. [-]"""
    if not any(rates):
        return None
    certain = any(rate >= 1.0 for rate in rates)
    if certain or -float(np.log1p(-np.asarray(rates)).sum()) >= DENSE_FROM:
        dtype = np.uint8 if number_format.bits == 8 else np.int16
        return DenseStream(rates, key=key, purpose=purpose, dtype=dtype)
    dtype = IMAGES[number_format.image]
    return SparseStream(rates, key=key, purpose=purpose, dtype=dtype)


def moved(array: Tensor, device: torch.device) -> Tensor:
    """A chunk on its device; pinned, so that the copy waits for nothing."""
    if device.type == "cuda":
        array = array.pin_memory()
    return array.to(device, non_blocking=True)


def _joined(parts: Sequence[Any]) -> Any:
    return torch.cat(list(parts)) if isinstance(parts[0], Tensor) else np.concatenate(parts)
