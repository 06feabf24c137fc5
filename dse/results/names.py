"""What designs are called: a candidate's number and a digest of its values, such as `30-k4c9`.

A name depends on the design alone, never on a ranking, so it holds whatever a front is ranked by,
which constraints it has and how many candidates came later.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from search_spaces.axes import Value

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Digits of a digest: none that looks like another."""

SHORT: Final = 4
"""Digits that are shown: two of a hundred designs of one candidate share them once in 200."""

LONGEST: Final = 12

NAME: Final = re.compile(r"#?(?P<number>[0-9]{1,9})(?:-(?P<digest>[0-9a-z]{2,12}))?")
"""A name as it may be given; `#` before it is how prose and figures mark it."""


def digest_of(values: Mapping[str, Value]) -> str:
    """The digest of a design's values, in full; empty for a design that is on no axes."""
    if not values:
        return ""
    text = "\n".join(f"{name}={_told(values[name])}" for name in sorted(values))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    digits = [ALPHABET[number >> 5 * place & 31] for place in range(LONGEST)]
    return "".join(digits)


def name_of(number: int, values: Mapping[str, Value], digits: int = SHORT) -> str:
    """A design's name. [-]

    Args:
        number: of its candidate.
        values: on the axes; of a given design that has none, the number alone is its name.
        digits: of the digest.
    """
    digest = digest_of(values)[:digits]
    return f"{number}-{digest}" if digest else str(number)


def names_of(designs: Sequence[tuple[int, Mapping[str, Value]]]) -> list[str]:
    """Names that tell these designs apart: longer ones where `SHORT` digits do not."""
    digits = [SHORT] * len(designs)
    for length in range(SHORT, LONGEST):
        names = [name_of(*design, digits=d) for design, d in zip(designs, digits, strict=True)]
        shared = Counter(names)
        if len(shared) == len(names):
            return names
        digits = [length + 1 if shared[n] > 1 else d for n, d in zip(names, digits, strict=True)]
    return [name_of(*design, digits=d) for design, d in zip(designs, digits, strict=True)]


def _told(value: Value) -> str:
    """A value as it is read back from any store: 1 and 1.0 are one."""
    return value if isinstance(value, str) else f"{float(value):.12g}"
