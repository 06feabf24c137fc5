"""How a word is written: one pulse, one that ends by itself, or with verification; error codes."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.checks import STRICT, check_choice, check_fields, check_range
from evaluators.design import ECCS, WRITE_SCHEMES, check_attempts

Array = NDArray[np.float64]

CODE_DATA_BITS: Final = 64
CHECK_BITS: Final = {
    "none": 0,
    "secded": 8,  # Hsiao, IBM J. Res. Dev. 14 (1970) 395: (72, 64)
    "bch2": 14,  # two errors over GF(2^7): 2 x 7 check bits, shortened to (78, 64)
}
CORRECTED_BITS: Final = {"none": 0, "secded": 1, "bch2": 2}

ENCODE_J: Final = {"none": 0.0, "secded": 0.1e-12, "bch2": 0.2e-12}
DECODE_J: Final = {"none": 0.0, "secded": 0.2e-12, "bch2": 1.0e-12}
"""Energy of a code's logic for 64 bits of data: trees of some 200 (400) XOR gates, and the search
for two errors; assumed. [J]"""

SENSING_PERIPHERY_RATIO: Final = 1.05
"""Periphery of a mat whose drivers sense each bit, over one without; assumed. [-]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteScheme:
    """A way to write words.

    `single`: every bit gets the whole pulse. `terminated`: the driver senses each bit, which takes
    `detect_time_s` and `detect_current_ratio` times the current, and ends its pulse once it has
    switched. `verified`: the word is read back and the bits that failed are written again, up to
    `attempts` writes in all. `ecc` stores check bits beside every 64 bits of data.
    """

    __pydantic_config__ = STRICT

    kind: str = "single"
    attempts: int = 1
    ecc: str = "none"
    detect_time_s: float = 0.5e-9  # assumed
    detect_current_ratio: float = 1.1  # 10 % more current while sensing; assumed

    def __post_init__(self) -> None:
        check_choice("write_scheme", self.kind, WRITE_SCHEMES)
        check_choice("ecc", self.ecc, ECCS)
        check_fields(
            self,
            {
                "detect_time_s": (0.0, 1e-7, "0.5 ns is written 0.5e-9"),
                "detect_current_ratio": (1.0, 10.0, "10 % more is written 1.1"),
            },
        )
        check_attempts(self.attempts, self.kind)

    @property
    def stored_bits_ratio(self) -> float:
        """Stored bits for each bit of data: factor on capacity and on written bits. [-]"""
        return (CODE_DATA_BITS + CHECK_BITS[self.ecc]) / CODE_DATA_BITS

    def check_format(self, bits: int) -> None:
        """Refuse a number format whose values do not fill code words. [bits]

        Raises:
            ValueError: with the format's bits.
        """
        if self.ecc != "none" and CODE_DATA_BITS % bits:
            raise ValueError(
                f"`ecc` {self.ecc!r} needs a number format whose bits divide {CODE_DATA_BITS}; "
                f"take such a format or `ecc` 'none', got {bits} bits"
            )


SINGLE: Final = WriteScheme()


def corrected_error_probability(
    error_probability: ArrayLike, *, ecc: str, others: ArrayLike | None = None
) -> Array:
    """Probability that a bit is wrong after correction.

    A word with more errors than the code corrects is left as it is, so a bit is wrong where it
    failed and at least `corrects` of the other stored bits failed too:
    p (1 - (1-p)^71) for `secded`.

    Args:
        error_probability: of the bit itself, by whatever cause. Any shape. [-]
        ecc: `none`, `secded` or `bch2`.
        others: error probability of the word's other bits; None takes the same. Shape that
            broadcasts with it. [-]

    Returns:
        Error probability after correction, broadcast shape. [-]

    Raises:
        ValueError: an unknown code, or a probability outside [0, 1].

    Source: docs/physics.md, "Error-correcting codes".
    """
    from scipy.special import betainc

    check_choice("ecc", ecc, ECCS)
    check_range("error_probability", error_probability, 0.0, 1.0)
    own = np.asarray(error_probability, dtype=float)
    rest = own if others is None else np.asarray(others, dtype=float)
    check_range("others", rest, 0.0, 1.0)
    corrects = CORRECTED_BITS[ecc]
    if corrects == 0:
        return np.broadcast_arrays(own, rest)[0].copy()
    # p [1 - (1-p)^71] for secded, p P(at least 2 of 77) for bch2.
    rivals = CODE_DATA_BITS + CHECK_BITS[ecc] - 1
    # Tail of the binomial distribution as an incomplete beta function: exact at 1e-15, too.
    result: Array = own * betainc(corrects, rivals + 1 - corrects, rest)
    return result
