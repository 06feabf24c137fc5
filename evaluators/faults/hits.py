"""Failed writes counted: by bit, by direction, exactly."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Integers = NDArray[np.int64]

COUNTED_TOGETHER: Final = 65536
"""So many values wait before they are counted."""

KEPT_SAMPLES: Final = 64


@dataclass(slots=True, kw_only=True)
class Hits:
    """Failed writes counted by bit and direction, the values written, and a sample of their bits.

    Of the sampled bits, some were ones and some differed from what the cell held. `inverted` are
    bits that are counted the other way round, as images hold them.
    """

    bits: int
    inverted: int = 0
    values_written: int = 0
    _failed: Integers = field(init=False)
    _failed_ones: Integers = field(init=False)
    _bits_failed: Integers = field(init=False)
    _bits_failed_ones: Integers = field(init=False)
    _sampled: list[int] = field(default_factory=lambda: [0, 0, 0])
    _waiting: list[tuple[Any, Any]] = field(default_factory=list)
    _values_waiting: int = 0
    _samples: list[tuple[Any, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._failed = np.zeros((self.bits // 8, 256), dtype=np.int64)
        self._failed_ones = np.zeros_like(self._failed)
        self._bits_failed = np.zeros(self.bits, dtype=np.int64)
        self._bits_failed_ones = np.zeros(self.bits, dtype=np.int64)

    def count(self, failed: Any, written: Any) -> None:
        """Failed bits of some values, and their codes as written; neither may change later."""
        self._waiting.append((failed, written))
        self._values_waiting += len(failed)
        if self._values_waiting >= COUNTED_TOGETHER:
            self._count()

    @property
    def patterns(self) -> tuple[Any, Any]:
        """How often each octet of failed bits occurred, and of failed ones; to be added to."""
        return self._failed[0], self._failed_ones[0]

    @property
    def bit_counts(self) -> tuple[Any, Any]:
        """How often each bit failed besides, and failed as a one; to be added to."""
        return self._bits_failed, self._bits_failed_ones

    def sample(self, written: Any, before: Any) -> None:
        """Codes as written, and what their cells held; neither may change later."""
        self._samples.append((written, before))
        if len(self._samples) >= KEPT_SAMPLES:
            self._count_samples()

    @property
    def to_one(self) -> Integers:
        """Failed writes of a one, by bit. Shape `(bits,)`. [-]"""
        return self._by_direction()[0]

    @property
    def to_zero(self) -> Integers:
        """Failed writes of a zero, by bit. Shape `(bits,)`. [-]"""
        return self._by_direction()[1]

    @property
    def sampled_bits(self) -> int:
        """Bits in the sample. [bits]"""
        return self._count_samples()[0]

    @property
    def sampled_ones(self) -> int:
        """Ones among them. [bits]"""
        return self._count_samples()[1]

    @property
    def sampled_changes(self) -> int:
        """Those unlike what the cell held before. [bits]"""
        return self._count_samples()[2]

    def _by_direction(self) -> tuple[Integers, Integers]:
        self._count()
        places = np.arange(8)
        of_pattern = np.arange(256)[:, None] >> places & 1
        ones = (self._failed_ones @ of_pattern).reshape(-1) + self._bits_failed_ones
        zeros = (self._failed @ of_pattern).reshape(-1) + self._bits_failed - ones
        swapped = (self.inverted >> np.arange(self.bits) & 1).astype(bool)
        return np.where(swapped, zeros, ones), np.where(swapped, ones, zeros)

    def _count(self) -> None:
        """Count what waits: how often each pattern of eight bits occurs."""
        # Few codes are joined first, and patterns counted: a bit at a time costs more.
        waiting, self._waiting, self._values_waiting = self._waiting, [], 0
        for failed, written in _grouped(waiting, self.bits):
            self._failed += _patterns(failed, self.bits)
            self._failed_ones += _patterns(failed & written, self.bits)

    def _count_samples(self) -> list[int]:
        samples, self._samples = self._samples, []
        for written, before in _grouped(samples, self.bits):
            codes = written ^ written.dtype.type(self.inverted)
            ones, changes = np.bitwise_count(codes), np.bitwise_count(written ^ before)
            self._sampled[0] += codes.size * self.bits
            self._sampled[1] += int(ones.sum(dtype=np.int64))
            self._sampled[2] += int(changes.sum(dtype=np.int64))
        return self._sampled


def _grouped(pairs: list[tuple[Any, Any]], bits: int) -> list[tuple[Any, Any]]:
    """The pairs as one pair of unsigned arrays of a code's width; many small ones are joined."""
    told = [tuple(_codes(each, bits) for each in pair) for pair in pairs]
    if len(told) < 2:
        return [(first, second) for first, second in told]
    return [(np.concatenate([a for a, _ in told]), np.concatenate([b for _, b in told]))]


def _codes(values: Any, bits: int) -> Any:
    array = values.cpu().numpy() if isinstance(values, Tensor) else values
    dtype = np.dtype(np.uint8 if bits == 8 else np.uint16)
    return array.view(dtype) if array.itemsize == dtype.itemsize else array.astype(dtype)


def _patterns(codes: Any, bits: int) -> Integers:
    """How often each pattern of eight bits occurs. Shape `(bits / 8, 256)`."""
    octets = torch.from_numpy(np.ascontiguousarray(codes).view(np.uint8).reshape(-1, bits // 8))
    return np.stack([torch.bincount(octet, minlength=256).numpy() for octet in octets.unbind(1)])
