"""Stored number formats: the grid of values, and the bits that a value is written as.

A tensor is quantised in float and never turned into bits; only the values that are hit by a write
error are encoded.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Codes = NDArray[np.int64]
Floats = NDArray[np.float32]
Encoding = Literal["twos_complement", "sign_magnitude"]


class Format(Protocol):
    """How values are rounded and written."""

    @property
    def bits(self) -> int:
        """Bits of one stored value. [bits]"""

    def scale(self, largest: float) -> float:
        """The scale for values up to `largest` in magnitude. [-]"""

    def quantise(self, values: Tensor, scale: float) -> Tensor:
        """The nearest stored values. [-]"""

    def encode(self, values: Floats, scale: float) -> Codes:
        """The bits of stored values, bit 0 the least significant. [-]"""

    def decode(self, codes: Codes, scale: float) -> Floats:
        """The values that bits stand for. [-]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """Signed integers with a power-of-two scale."""

    bits: int
    encoding: Encoding
    headroom_bits: int = 0

    @property
    def largest(self) -> int:
        """The largest code; the smallest is its negative, as sign-magnitude has no other. [-]"""
        return int(2 ** (self.bits - 1) - 1)

    def scale(self, largest: float) -> float:
        """The smallest power of two that holds `largest`, with headroom; 1 for an empty range.

        `largest` and the result: [-].
        """
        if not np.isfinite(largest) or largest <= 0.0:
            return 1.0
        # -120: the scale stays a normal float32, also for values near zero.
        exponent = max(np.ceil(np.log2(largest / self.largest)), -120.0)
        return float(2.0 ** (exponent + self.headroom_bits))

    def quantise(self, values: Tensor, scale: float) -> Tensor:
        """Rounded and saturated; a sign of its own also keeps the sign of what rounds to zero.

        `scale`: [-].
        """
        largest = self.largest
        # Symmetric: the smallest code of two's complement is never written, only read by faults.
        stored = torch.fake_quantize_per_tensor_affine(values, scale, 0, -largest, largest)
        if self.encoding == "sign_magnitude":
            stored = torch.copysign(stored, values)
        return stored

    def encode(self, values: Floats, scale: float) -> Codes:
        """Two's complement, or the magnitude below a sign bit. [-]"""
        # Exact: stored values are multiples of the scale, which is a power of two.
        codes: Codes = np.rint(values / scale).astype(np.int64)
        if self.encoding == "twos_complement":
            written: Codes = codes & (2**self.bits - 1)
            return written
        # The sign of -0.0 is a stored bit as well, so it is the value's, not the code's.
        signed: Codes = np.abs(codes) | (np.signbit(values).astype(np.int64) << (self.bits - 1))
        return signed

    def decode(self, codes: Codes, scale: float) -> Floats:
        """The inverse of `encode`, for every pattern of bits. [-]"""
        sign = np.int64(2 ** (self.bits - 1))
        negative = (codes & sign) != 0
        if self.encoding == "twos_complement":
            # Codes from `sign` on stand for themselves less 2^bits.
            return ((codes - np.where(negative, 2 * sign, 0)) * scale).astype(np.float32)
        magnitude = ((codes & (sign - 1)) * scale).astype(np.float32)
        return np.where(negative, -magnitude, magnitude)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrainFloat:
    """bfloat16: the upper half of a 32-bit float; its own sign-magnitude encoding."""

    bits: int = 16

    def scale(self, largest: float) -> float:
        """Floats need none. [-]"""
        del largest
        return 1.0

    def quantise(self, values: Tensor, scale: float) -> Tensor:
        """Rounded to nearest even. [-]"""
        del scale
        return values.to(torch.bfloat16).to(torch.float32)

    def encode(self, values: Floats, scale: float) -> Codes:
        """The upper sixteen bits. [-]"""
        del scale
        raw = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
        return (raw >> 16).astype(np.int64)

    def decode(self, codes: Codes, scale: float) -> Floats:
        """The float with these upper bits and zeros below. [-]"""
        del scale
        return (codes.astype(np.uint32) << np.uint32(16)).view(np.float32)


def number_format(name: str, encoding: Encoding, *, headroom_bits: int = 0) -> Format:
    """`int8`, `int16` or `bf16`.

    Raises:
        ValueError: another name.
    """
    match name:
        case "int8":
            return Integer(bits=8, encoding=encoding, headroom_bits=headroom_bits)
        case "int16":
            return Integer(bits=16, encoding=encoding, headroom_bits=headroom_bits)
        case "bf16":
            return BrainFloat()
        case _:
            raise ValueError(f"`number_format` must be int8, int16 or bf16, got {name!r}")
