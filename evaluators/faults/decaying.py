"""Decay of stored bits: what flips while a value is held, whatever its cells hold.

It strikes after the write, what a failed write left as well. Points and masks are those of
`evaluators.faults.streams`; a bit that reads as 1 flips by one stream, one that reads as 0 by
another, or both by one where they flip alike.
"""

from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from evaluators.design import BitErrors
from evaluators.faults.formats import Format
from evaluators.faults.hits import Hits
from evaluators.faults.streams import Key, Stream, stream

FROM_ONES, FROM_ZEROS = range(4, 6)
"""Purposes of a site's random streams, after those of its writes."""

ONES: Final = 0


class Decay:
    """What flips in one tensor's stored values.

    Args:
        errors: their decay, by bit and direction.
        number_format: how the values are written.
        key: of the site's randomness.
        hits: where flipped bits are counted, by what they read as.
    """

    def __init__(self, errors: BitErrors, *, number_format: Format, key: Key, hits: Hits) -> None:
        # A code that fills its integer, or the low bits of a wider one.
        fills = torch.iinfo(number_format.image).bits == number_format.bits
        self._hits, self._mask = hits, -1 if fills else (1 << number_format.bits) - 1
        self._streams = _streams(errors, number_format, key) if errors.decays else ()
        self.dense = any(each.dense for each in self._streams if each)

    def __bool__(self) -> bool:
        return bool(self._streams)

    def draw(self, size: int, device: torch.device | None) -> list[Any]:
        """What flips in the next `size` values, by stream; None where nothing does. [-]"""
        self._hits.values_written += size
        return [each.take(size, device) if each else None for each in self._streams]

    def flip(self, places: Tensor, drawn: list[Any]) -> None:
        """Flip bits of an image whose values lie in order, in place; `drawn` is of `draw`."""
        masks = self._masks(places, drawn)
        if masks is None:
            return
        index, flips = masks
        # What each place reads as before anything flips decides: no bit flips twice.
        stored = places[index]
        changed = flips(stored)
        flipped = stored ^ changed
        places[index] = flipped
        # Counted by what they read as, so after they flipped.
        self._hits.count(changed.reshape(-1), flipped.reshape(-1))

    def _masks(self, places: Tensor, drawn: list[Any]) -> Any:
        """Where something may flip, and what does of the codes that stand there."""
        told = [None if each is None else self._told(each, places) for each in drawn]
        if all(each is None for each in told):
            return None
        if self.dense:
            index: Any = ...
            spread = [self._everywhere(each, places) for each in told]
        else:
            struck = [each[0] for each in told if each is not None and each[0] is not None]
            flat = torch.unique(torch.cat(struck))
            index = torch.unravel_index(flat, tuple(places.shape))
            spread = [self._at(each, flat, places) for each in told]

        def flips(codes: Tensor) -> Tensor:
            if len(spread) == 1:
                return spread[ONES]
            return (spread[ONES] & codes) | (spread[1] & ~codes)

        return index, flips

    def _told(self, drawn: Any, places: Tensor) -> tuple[Tensor | None, Tensor]:
        """Indices, or None for masks of all values, and masks as the image's integers."""
        index, masks = drawn if isinstance(drawn, tuple) else (None, drawn)
        bits = _tensor(masks, places).to(places.dtype)
        bits = bits if self._mask < 0 else bits & self._mask
        return None if index is None else _tensor(index, places), bits

    def _everywhere(self, told: Any, places: Tensor) -> Tensor:
        found = torch.zeros(places.numel(), dtype=places.dtype, device=places.device)
        if told is not None:
            index, masks = told
            found[... if index is None else index] = masks
        return found.view(places.shape)

    def _at(self, told: Any, flat: Tensor, places: Tensor) -> Tensor:
        """Masks of one stream at the places where any stream has a point."""
        found = torch.zeros(len(flat), dtype=places.dtype, device=places.device)
        if told is not None:
            index, masks = told
            found[torch.searchsorted(flat, index)] = masks
        return found


def _tensor(array: Any, like: Tensor) -> Tensor:
    return torch.from_numpy(array).to(like.device) if isinstance(array, np.ndarray) else array


def _streams(errors: BitErrors, number_format: Format, key: Key) -> tuple[Stream | None, ...]:
    """Of both directions, as an image holds its bits: one where bits flip alike either way."""
    # A bit that an image holds inverted reads as 1 where the image has 0.
    swapped = [number_format.inverted >> bit & 1 for bit in range(number_format.bits)]
    pairs = list(zip(errors.decay_to_zero, errors.decay_to_one, swapped, strict=True))
    ones = [up if swap else down for down, up, swap in pairs]
    zeros = [down if swap else up for down, up, swap in pairs]
    rates = [(FROM_ONES, ones)]
    if ones != zeros:
        rates.append((FROM_ZEROS, zeros))
    return tuple(
        stream(each, key=key, purpose=purpose, number_format=number_format)
        for purpose, each in rates
    )
