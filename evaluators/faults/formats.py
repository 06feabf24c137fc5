"""Stored number formats: the grid of values, and the bits that a value is written as.

A tensor is quantised in float and, where a write fails, its bits lie open in an image: an integer
tensor whose low bits are the codes. What changes there is what is read back.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import torch
from torch import Tensor

Encoding = Literal["twos_complement", "sign_magnitude"]
Scale = float | Tensor
"""A number, or a tensor of no axes where the data is not on the CPU."""

SMALLEST_EXPONENT: Final = -120
LARGEST_EXPONENT: Final = 100
"""Of a power-of-two scale; beyond, the constant that rounds would overflow a 32-bit float."""

ROUNDS: Final = 1.5 * 2**23
"""Added to a 32-bit float it leaves no bits for a fraction: the sum is rounded to nearest even,
and its mantissa is the integer (Knuth, The Art of Computer Programming 2, 4.2.2)."""


class Format(Protocol):
    """How values are rounded and written."""

    @property
    def bits(self) -> int:
        """Bits of one stored value. [bits]"""

    @property
    def scaled(self) -> bool:
        """Whether values are divided by a scale that follows the data."""

    @property
    def inverted(self) -> int:
        """Bits that an image holds the other way round. [-]"""

    @property
    def image(self) -> torch.dtype:
        """The integers of an image."""

    def scale(self, largest: float) -> float:
        """The scale for values up to `largest` in magnitude. [-]"""

    def scale_there(self, largest: Tensor) -> Tensor:
        """The same, computed where `largest` is."""

    def quantise(self, values: Tensor, scale: Scale) -> Tensor:
        """The nearest stored values, in a new tensor of the same strides. [-]"""

    def write(self, values: Tensor, scale: Scale) -> Tensor:
        """The image of the nearest stored values: low bits of integers are the codes. [-]"""

    def read(self, image: Tensor, scale: Scale) -> Tensor:
        """The values of an image, which is used up. [-]"""


def smallest_power(largest: float, top: float, headroom_bits: int) -> float:
    """The smallest power of two that brings `largest` to `top` or below, with headroom. [-]"""
    if not math.isfinite(largest) or largest <= 0.0:
        return 1.0
    # -120: the scale stays a normal float32, also for values near zero.
    mantissa, exponent = math.frexp(largest)
    top_mantissa, top_exponent = math.frexp(top)
    power = exponent - top_exponent + (mantissa > top_mantissa)
    power = max(power, SMALLEST_EXPONENT) + headroom_bits
    return math.ldexp(1.0, min(power, LARGEST_EXPONENT))


def smallest_power_there(largest: Tensor, top: float, headroom_bits: int) -> Tensor:
    """`smallest_power` on the tensor's own device, without asking for its value. [-]"""
    mantissa, exponent = torch.frexp(largest)
    top_mantissa, top_exponent = math.frexp(top)
    power = exponent - top_exponent + (mantissa > top_mantissa).to(exponent.dtype)
    power = (power.clamp(min=SMALLEST_EXPONENT) + headroom_bits).clamp(max=LARGEST_EXPONENT)
    scale = torch.ldexp(torch.ones_like(largest), power)
    return torch.where(torch.isfinite(largest) & (largest > 0.0), scale, 1.0)


def _limited(values: Tensor, limit: Scale) -> Tensor:
    """Saturated, in a new tensor of the same strides (a plain `clamp` may choose others)."""
    # NaN stays NaN, also where integers round it.
    return torch.clamp(values, -limit, limit, out=torch.empty_like(values))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """Signed integers with a power-of-two scale.

    Between the two additions that round it, a float's mantissa is its code: the image is that
    float seen as an integer. In two's complement its sign bit is inverted there.
    """

    bits: int
    encoding: Encoding
    headroom_bits: int = 0
    scaled: bool = True
    image: torch.dtype = torch.int32

    @property
    def largest(self) -> int:
        """The largest code; the smallest is its negative, as sign-magnitude has no other. [-]"""
        return int(2 ** (self.bits - 1) - 1)

    @property
    def sign(self) -> int:
        """The sign bit. [-]"""
        return 1 << (self.bits - 1)

    @property
    def inverted(self) -> int:
        """The sign bit of two's complement. [-]"""
        return self.sign if self.encoding == "twos_complement" else 0

    def scale(self, largest: float) -> float:
        """The smallest power of two that holds `largest`, with headroom; 1 for an empty range.

        At most 2^100: larger values saturate. `largest` and the result: [-].
        """
        return smallest_power(largest, self.largest, self.headroom_bits)

    def scale_there(self, largest: Tensor) -> Tensor:
        """As `scale`, on the tensor's device."""
        return smallest_power_there(largest, self.largest, self.headroom_bits)

    def quantise(self, values: Tensor, scale: Scale) -> Tensor:
        """Rounded and saturated; a sign of its own also keeps the sign of what rounds to zero.

        `scale`: [-].
        """
        # Symmetric: the smallest code of two's complement is never written, only read by faults.
        rounds = ROUNDS * scale
        stored = _limited(values, self.largest * scale).add_(rounds).sub_(rounds)
        return stored if self.inverted else stored.copysign_(values)

    def write(self, values: Tensor, scale: Scale) -> Tensor:
        """The floats between the two additions, as 32-bit integers. [-]"""
        stored = _limited(values, self.largest * scale)
        if self.inverted:
            return stored.add_((ROUNDS + self.sign) * scale).view(torch.int32)
        # The sign of -0.0 is a stored bit as well, so it is the value's, not the code's.
        image = stored.abs_().add_(ROUNDS * scale).view(torch.int32)
        return image.bitwise_or_(torch.signbit(values).to(torch.int32).mul_(self.sign))

    def read(self, image: Tensor, scale: Scale) -> Tensor:
        """The second addition; every pattern of bits is a value. [-]"""
        # Exact: stored values are multiples of the scale, which is a power of two.
        if self.inverted:
            return image.view(torch.float32).sub_((ROUNDS + self.sign) * scale)
        signs = (image << (32 - self.bits)).view(torch.float32)
        magnitudes = image.bitwise_and_(~self.sign).view(torch.float32)
        return magnitudes.sub_(ROUNDS * scale).copysign_(signs)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrainFloat:
    """bfloat16: the upper half of a 32-bit float; its own sign-magnitude encoding."""

    bits: int = 16
    scaled: bool = False
    inverted: int = 0
    image: torch.dtype = torch.int16

    def scale(self, largest: float) -> float:
        """Floats of this range need none. [-]"""
        del largest
        return 1.0

    def scale_there(self, largest: Tensor) -> Tensor:
        """None either."""
        return torch.ones_like(largest)

    def quantise(self, values: Tensor, scale: Scale) -> Tensor:
        """Rounded to nearest even. [-]"""
        del scale
        return values.to(torch.bfloat16).to(torch.float32)

    def write(self, values: Tensor, scale: Scale) -> Tensor:
        """The upper sixteen bits. [-]"""
        del scale
        return values.to(torch.bfloat16).view(torch.int16)

    def read(self, image: Tensor, scale: Scale) -> Tensor:
        """The float with these upper bits and zeros below. [-]"""
        del scale
        return image.view(torch.bfloat16).to(torch.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallFloat:
    """8-bit floats of the Open Compute Project's OFP8, with a power-of-two scale.

    What is written saturates at the largest finite value; a failed write may make any pattern,
    NaN (and, in E5M2, infinity) among them.

    Source: OCP 8-bit Floating Point Specification 1.0 (2023); Micikevicius et al., 2022.
    """

    stored_as: torch.dtype
    headroom_bits: int = 0
    bits: int = 8
    scaled: bool = True
    inverted: int = 0
    image: torch.dtype = torch.uint8

    @property
    def largest(self) -> float:
        """The largest finite value: 448 in E4M3, 57,344 in E5M2. [-]"""
        return torch.finfo(self.stored_as).max

    def scale(self, largest: float) -> float:
        """The smallest power of two that holds `largest`, with headroom; 1 if it is empty. [-]"""
        return smallest_power(largest, self.largest, self.headroom_bits)

    def scale_there(self, largest: Tensor) -> Tensor:
        """As `scale`, on the tensor's device."""
        return smallest_power_there(largest, self.largest, self.headroom_bits)

    def quantise(self, values: Tensor, scale: Scale) -> Tensor:
        """Rounded to nearest even and saturated. [-]"""
        return self._rounded(values, scale).to(torch.float32).mul_(scale)

    def write(self, values: Tensor, scale: Scale) -> Tensor:
        """The bytes. [-]"""
        return self._rounded(values, scale).view(torch.uint8)

    def read(self, image: Tensor, scale: Scale) -> Tensor:
        """What the bytes stand for. [-]"""
        return image.view(self.stored_as).to(torch.float32).mul_(scale)

    def _rounded(self, values: Tensor, scale: Scale) -> Tensor:
        return _limited(values, self.largest * scale).div_(scale).to(self.stored_as)


NAMES: Final = ("int8", "int16", "bf16", "fp8_e4m3", "fp8_e5m2")


def number_format(name: str, encoding: Encoding, *, headroom_bits: int = 0) -> Format:
    """`int8`, `int16`, `bf16`, `fp8_e4m3` or `fp8_e5m2`.

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
        case "fp8_e4m3":
            return SmallFloat(stored_as=torch.float8_e4m3fn, headroom_bits=headroom_bits)
        case "fp8_e5m2":
            return SmallFloat(stored_as=torch.float8_e5m2, headroom_bits=headroom_bits)
        case _:
            raise ValueError(f"`number_format` must be one of {', '.join(NAMES)}, got {name!r}")
