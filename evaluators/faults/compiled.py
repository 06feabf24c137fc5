"""The hot loops compiled by numba, where it is installed: the same bits as without, sooner.

They hold for 8-bit integers in two's complement on the CPU, the default; all else takes the way
of PyTorch and NumPy. Codes are as an image holds them: the integer plus 128.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np


class Loops(NamedTuple):
    """The compiled loops."""

    points: Any
    masks: Any
    look_up: Any


@cache
def loops() -> Loops | None:
    """The compiled loops, kept on disk after their first use; None without numba."""
    try:
        from numba import njit
    except ImportError:
        return None
    try:
        made = [njit(cache=True, nogil=True)(each) for each in (_points, _masks, _look_up)]
    except RuntimeError:  # no folder to keep them in
        made = [njit(nogil=True)(each) for each in (_points, _masks, _look_up)]
    return Loops(*made)


def _points(
    values: Any,
    out: Any,
    scale: Any,
    points: Any,
    masks: Any,
    place: int,
    start: int,
    end: int,
    direction: int,
    quantised: bool,
    shift: int,
    failed_patterns: Any,
    ones_patterns: Any,
) -> int:  # pragma: no cover, as it is compiled
    """Quantise unless that is done, then fail the points from `place` on that lie in
    [`start`, `end`); the place of the next. `direction` 0 fails ones alone, 1 zeros alone, 2
    both; a negative `shift` flips, another tells where old bits come from.
    """
    scale = np.float32(scale)
    limit, rounds = np.float32(127.0) * scale, np.float32(12582912.0 + 128.0) * scale
    size, inverse = values.size, np.float32(1.0) / scale
    if not quantised:
        for i in range(size):
            x = values[i]
            x = limit if x > limit else x
            x = -limit if x < -limit else x
            out[i] = (x + rounds) - rounds
    # A stored value is a multiple of the scale, a power of two: its code is exact.
    while place < points.size and points[place] < end:
        i = points[place] - start
        failed = np.int32(masks[place])
        place += 1
        q = values[i]
        q = limit if q > limit else q
        q = -limit if q < -limit else q
        q = (q + rounds) - rounds
        code = (np.int32(q * inverse) + 128) if q == q else 0
        if direction == 0:
            failed &= code
        elif direction == 1:
            failed &= ~code
        failed_patterns[failed] += 1
        ones_patterns[failed & code] += 1
        if shift >= 0:
            j = i + shift
            j = j - size if j >= size else j
            p = values[j]
            p = limit if p > limit else p
            p = -limit if p < -limit else p
            p = (p + rounds) - rounds
            old = (np.int32(p * inverse) + 128) if p == p else 0
            failed &= code ^ old
        if failed and q == q:
            now = np.int32(out[i] * inverse) + 128
            out[i] = np.float32((now ^ failed) - 128) * scale
    return place


def _masks(
    values: Any,
    out: Any,
    scale: Any,
    ones: Any,
    zeros: Any,
    alike: bool,
    shift: int,
    failed_bits: Any,
    ones_bits: Any,
) -> None:  # pragma: no cover
    """Quantise and fail what masks say of written ones and zeros; `shift` as above."""
    scale = np.float32(scale)
    limit, rounds = np.float32(127.0) * scale, np.float32(12582912.0 + 128.0) * scale
    size, inverse = values.size, np.float32(1.0) / scale
    half, codes = np.float32(128.0), np.empty(size, np.uint8)
    failing_words, ones_words = (
        np.zeros((size + 7) // 8, np.uint64),
        np.zeros((size + 7) // 8, np.uint64),
    )
    failing, failing_ones = failing_words.view(np.uint8), ones_words.view(np.uint8)
    for i in range(size):
        x = values[i]
        x = limit if x > limit else x
        x = -limit if x < -limit else x
        q = (x + rounds) - rounds
        out[i] = q
        codes[i] = np.uint8(q * inverse + half) if q == q else np.uint8(0)
    if alike:
        for i in range(size):
            failing[i] = ones[i]
            failing_ones[i] = ones[i] & codes[i]
    else:
        for i in range(size):
            failing[i] = (ones[i] & codes[i]) | (zeros[i] & ~codes[i])
            failing_ones[i] = ones[i] & codes[i]
    # Bit by bit, 255 words at a time: a byte holds the sum of as many ones.
    lowest, bytes_of = np.uint64(0x0101010101010101), np.uint64(0x00FF00FF00FF00FF)
    for first in range(0, failing_words.size, 255):
        last = min(first + 255, failing_words.size)
        for bit in range(8):
            found, found_ones = np.uint64(0), np.uint64(0)
            for k in range(first, last):
                found += (failing_words[k] >> np.uint64(bit)) & lowest
                found_ones += (ones_words[k] >> np.uint64(bit)) & lowest
            found = (found & bytes_of) + ((found >> np.uint64(8)) & bytes_of)
            found_ones = (found_ones & bytes_of) + ((found_ones >> np.uint64(8)) & bytes_of)
            failed_bits[bit] += np.int64((found * np.uint64(0x0001000100010001)) >> np.uint64(48))
            ones_bits[bit] += np.int64(
                (found_ones * np.uint64(0x0001000100010001)) >> np.uint64(48)
            )
    # In two runs, so that the inner loops have no division and are vectorised.
    first = size if shift < 0 else size - shift
    for i in range(first):
        changed = failing[i] if shift < 0 else failing[i] & (codes[i] ^ codes[i + shift])
        q = (np.float32(np.uint8(codes[i] ^ changed)) - half) * scale
        out[i] = q if out[i] == out[i] else out[i]
    for i in range(first, size):
        changed = failing[i] & (codes[i] ^ codes[i - first])
        q = (np.float32(np.uint8(codes[i] ^ changed)) - half) * scale
        out[i] = q if out[i] == out[i] else out[i]


def _look_up(
    state: Any,
    entries: Any,
    full: int,
    rest_entries: Any,
    rest_full: int,
    left: Any,
    found: Any,
    rest: Any,
) -> None:  # pragma: no cover
    """Entries of 16-bit words of an SFC64 generator; words beyond `full` draw from what is left
    of the distribution by a table of its own, and words beyond that one's by bisection.
    """
    a, b, c, w = state[0], state[1], state[2], state[3]
    beyond: Any = 0
    last, count, full_now = 0, found.size, full
    # SFC64 as NumPy has it (Doty-Humphrey, PractRand).
    for level in range(2):
        for i in range(count // 4):
            raw = a + b + w
            w += np.uint64(1)
            a = b ^ (b >> np.uint64(11))
            b = c + (c << np.uint64(3))
            c = ((c << np.uint64(24)) | (c >> np.uint64(40))) + raw
            for k in range(4):
                word = np.int64((raw >> np.uint64(16 * k)) & np.uint64(0xFFFF))
                place = 4 * i + k
                if level == 0:
                    found[place] = entries[word]
                    rest[beyond] = place
                    beyond += word >= full_now
                elif place < beyond:
                    found[rest[place]] = rest_entries[word]
                    if word >= full_now:
                        rest[last] = rest[place]
                        last += 1
        count, full_now = (beyond + 3) // 4 * 4, rest_full
    for place in range(last):
        raw = a + b + w
        w += np.uint64(1)
        a = b ^ (b >> np.uint64(11))
        b = c + (c << np.uint64(3))
        c = ((c << np.uint64(24)) | (c >> np.uint64(40))) + raw
        share = np.float64(raw >> np.uint64(11)) * (1.0 / 9007199254740992.0)
        low, high = 0, left.size - 1
        while low < high:
            middle = (low + high) // 2
            if left[middle] <= share:
                low = middle + 1
            else:
                high = middle
        found[rest[place]] = low
    state[0], state[1], state[2], state[3] = a, b, c, w
