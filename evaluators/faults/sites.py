"""Write errors in a tensor: exact, and the same wherever and however it is laid out.

A bit that must change and fails keeps the old bit. Values are numbered in the order of writing,
images by channel last, so that neither the strides of a tensor nor how it is cut into writes
changes which of them fail.
"""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from evaluators.design import BitErrors
from evaluators.faults import compiled
from evaluators.faults.choices import OldContent
from evaluators.faults.decaying import Decay
from evaluators.faults.formats import Format
from evaluators.faults.hits import Hits
from evaluators.faults.streams import DenseStream, Key, SparseStream, Stream, stream

CHANNEL_LAST: Final = {4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}

SAMPLE_EVERY: Final = 16
SAMPLED_VALUES: Final = 512
"""Bits of about so many values of a tensor are counted every so many steps."""

NO_POINTS: Final = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))

SHIFTS: Final = 1024
Drawn = tuple[list[Any], list[Any]]
"""What fails to be written and what flips afterwards, by stream."""

ONES, ZEROS, SHIFT, SIGNS = range(4)
"""Purposes of a site's random streams."""


def after_writes(errors: BitErrors, writes: float, old_content: OldContent) -> BitErrors:
    """Failure probabilities of a value that is written so often before it is used.

    Each write is a fresh copy of the right value, and a bit counts as wrong where any of them
    failed: `1 - (1 - p)^writes`, exactly, for cells that held something else each time. In cells
    that hold the value already (`same_tensor`) a bit that a later write repeats need not change:
    only the first can fail. Bits decay for as long however often they are written. `writes`: [-].
    """
    if writes == 1.0 or old_content == "same_tensor":
        return errors
    to_one, to_zero = (
        tuple(float(each) for each in -np.expm1(writes * _log_kept(rates)))
        for rates in (errors.to_one, errors.to_zero)
    )
    return replace(errors, to_one=to_one, to_zero=to_zero)


def _log_kept(rates: tuple[float, ...]) -> Any:
    with np.errstate(divide="ignore"):
        return np.log1p(-np.asarray(rates))


class FaultSite:
    """One tensor of the network that is written in every step.

    Args:
        errors: failure probabilities of its bits.
        number_format: how its values are written.
        old_content: what the cells held before.
        key: of its randomness.
        hits: where failed writes are counted.
        decayed: where bits that flipped while they were held are counted.
        random_zero_sign: in sign-magnitude, zeros are written with a sign at random.
    """

    def __init__(
        self,
        errors: BitErrors,
        *,
        number_format: Format,
        old_content: OldContent,
        key: Key,
        hits: Hits,
        decayed: Hits | None = None,
        random_zero_sign: bool = False,
    ) -> None:
        self._bits = number_format.bits
        self._old, self._key, self._hits = old_content, key, hits
        self._streams = _streams(errors, number_format, key)
        apart = Hits(bits=self._bits, inverted=number_format.inverted)
        self._decay = Decay(errors, number_format=number_format, key=key, hits=decayed or apart)
        self._compact = torch.uint8 if self._bits == 8 else torch.int16
        self._before: Any = None
        self._keeps = old_content == "same_tensor" and bool(self._streams)
        self._dense = any(each.dense for each in self._streams if each)
        # Where cells remember, or all values draw, a write without hits matters as well.
        self._always = self._keeps or self._dense
        self._patterns, self._bit_counts = hits.patterns, hits.bit_counts
        self._shifts = np.empty(0)
        self._shifted = 0
        self._signs: Stream | None = None
        # The default alone is compiled; all else takes the way of PyTorch and NumPy.
        usual = number_format.image == torch.int32 and number_format.inverted == 128
        plain = usual and not self._keeps and not self._decay
        self._loops = compiled.loops() if plain else None
        if random_zero_sign and (self._streams or self._decay):
            rates = [0.0] * (self._bits - 1) + [0.5]
            self._signs = stream(rates, key=key, purpose=SIGNS, number_format=number_format)
            self._always = True

    def draw(self, size: int, step: int, device: torch.device) -> Drawn | None:
        """What fails and decays in the next `size` values; None if nobody need look. [-]"""
        self._hits.values_written += size
        there = None if device.type == "cpu" else device
        failed = [each.take(size, there) if each else None for each in self._streams]
        flipped = self._decay.draw(size, there) if self._decay else []
        struck = any(each is not None for each in (*failed, *flipped))
        if self._always or step % SAMPLE_EVERY == 0 or struck:
            return failed, flipped
        return None

    def store(self, values: Tensor, scale: float, step: int) -> Tensor | None:
        """Quantise and write in one compiled loop; None where there is none. [-]"""
        if self._loops is None or step % SAMPLE_EVERY == 0 or values.device.type != "cpu":
            return None
        flat = _flat(values)
        if flat is None:
            return None
        stored = torch.empty_like(values)
        out = _flat(stored)
        if out is None:
            return None
        size = len(flat)
        self._hits.values_written += size
        if self._dense:
            self._store_densely(flat, out, scale)
            return stored
        # The first stream that hits quantises as well: one pass over the values.
        done = False
        for name, each in enumerate(self._streams):
            if isinstance(each, SparseStream) and each.passes(size):
                shift = -1 if self._old == "flip" else self._shift(size)
                direction = 2 if len(self._streams) == 1 else name
                for start, end in each.chunks(size):
                    each.place = self._loops.points(
                        flat, out, scale, each.index, each.masks, each.place, start, end,
                        direction, done, shift, *self._patterns,
                    )  # fmt: skip
                    done = True
        if not done:
            self._loops.points(
                flat, out, scale, *NO_POINTS, 0, 0, 0, 2, False, -1, *self._patterns
            )
        return stored

    def _store_densely(self, flat: Any, out: Any, scale: float) -> None:
        assert self._loops is not None
        size = len(flat)
        masks = [
            self._as_masks(place, each.take(size) if each else None, size)
            for place, each in enumerate(self._streams)
        ]
        shift = -1 if self._old == "flip" else self._shift(size)
        alike = len(masks) == 1
        self._loops.masks(flat, out, scale, masks[0], masks[-1], alike, shift, *self._bit_counts)

    def write(self, image: Tensor, drawn: Drawn, step: int) -> None:
        """Write an image, in place; `drawn` is what `draw` gave for it. [-]"""
        failed, flipped = drawn
        places = _in_order(image)
        if self._signs:
            self._sign_zeros(places)
        flat = None
        if self._always or step % SAMPLE_EVERY == 0:
            flat = _array(places.to(self._compact, copy=True).reshape(-1))
        if flat is not None and step % SAMPLE_EVERY == 0:
            self._sample(flat)
        if any(each is not None for each in failed):
            if self._dense:
                flat = self._fail_densely(places, flat, failed)
            else:
                flat = self._fail_sparsely(places, flat, failed)
        if flipped:
            self._decay.flip(places, flipped)
        if self._keeps:
            decayed = _array(places.to(self._compact, copy=True).reshape(-1)) if flipped else flat
            self._before = decayed

    def _fail_sparsely(self, places: Tensor, flat: Any, drawn: list[Any]) -> Any:
        """Points only: nothing is touched but the values that are hit."""
        # A failed bit keeps what the cell held; where that is the same, nothing changes.
        shape, target = places.shape, _array(places)
        plain = places.is_contiguous()
        if plain:
            target = target.reshape(-1)
        changes = []
        for name, points in enumerate(drawn):
            if points is None:
                continue
            index, failed = points
            place = index if plain else _unravelled(index, shape)
            written = target[place]
            if len(drawn) == 2:
                failed = failed & (written if name == ONES else ~written)
            self._hits.count(failed, written)
            if self._old != "flip":
                failed = failed & (written ^ self._old_codes(target, plain, index, shape))
            changes.append((place, index, failed))
        # Of both directions: never the same bits, so their order is of no matter.
        for place, index, changed in changes:
            target[place] ^= changed
            if self._keeps:
                flat[index] ^= _as(changed, flat)
        return flat

    def _old_codes(self, target: Any, plain: bool, index: Any, shape: torch.Size) -> Any:
        """What the cells of some values held before."""
        size = shape.numel()
        if self._keeps and self._before is not None and len(self._before) == size:
            return _as(self._before[index], target)
        # Another tensor lay there: values of this one stand for its bit statistics.
        other = (index + self._shift(size)) % size
        return target[other if plain else _unravelled(other, shape)]

    def _fail_densely(self, places: Tensor, flat: Any, drawn: list[Any]) -> Any:
        """Masks for every value; points of the other direction join them."""
        # Ones and zeros fail by streams of their own; the code tells which of them counts.
        masks = [self._as_masks(place, each, flat) for place, each in enumerate(drawn)]
        failed = masks[0]
        if len(masks) == 2:
            failed = (masks[ONES] & flat) | (masks[ZEROS] & ~flat)
        self._hits.count(failed, flat)
        changed = failed
        if self._old != "flip":
            changed = failed & (flat ^ self._all_old_codes(flat))
        delta = torch.from_numpy(changed) if isinstance(changed, np.ndarray) else changed
        delta = delta.view(places.shape).to(places.dtype)
        if places.dtype == torch.int32 and self._bits == 16:
            # Not its sign, which 16-bit masks extend into the upper half.
            delta &= 0xFFFF
        places.bitwise_xor_(delta)
        return flat ^ changed if self._keeps else flat

    def _as_masks(self, name: int, drawn: Any, like: Any) -> Any:
        if isinstance(self._streams[name], DenseStream):
            return drawn
        masks = np.zeros(like, dtype=np.uint8) if isinstance(like, int) else like ^ like
        if drawn is not None:
            masks[drawn[0]] = _as(drawn[1], masks)
        return masks

    def _all_old_codes(self, flat: Any) -> Any:
        """What the cells of all values held before."""
        if self._keeps and self._before is not None and len(self._before) == len(flat):
            return self._before
        shift = self._shift(len(flat))
        parts = (flat[shift:], flat[:shift])
        return torch.cat(parts) if isinstance(flat, Tensor) else np.concatenate(parts)

    def _shift(self, size: int) -> int:
        """How far away the value lies that stands for another tensor: its bits are as likely."""
        if self._shifted % SHIFTS == 0:
            self._shifts = self._key.generator(SHIFT, self._shifted // SHIFTS).random(SHIFTS)
        # A value as far away within the same tensor has the statistics of another tensor's.
        share = float(self._shifts[self._shifted % SHIFTS])
        self._shifted += 1
        return 1 + int(share * (size - 1)) if size > 1 else 0

    def _sample(self, flat: Any) -> None:
        """Count the bits of some values, and those unlike what the cells held before."""
        every = max(len(flat) // SAMPLED_VALUES, 1)
        codes = flat[::every]
        # Values half a tensor away stand for another tensor's, as in `_all_old_codes`.
        half = max(len(codes) // 2, 1)
        if self._keeps and self._before is not None and len(self._before) == len(flat):
            before = self._before[::every]
        elif isinstance(codes, Tensor):
            before = torch.roll(codes, half)
        else:
            before = np.roll(codes, half)
        self._hits.sample(codes + 0, before + 0)

    def _sign_zeros(self, places: Tensor) -> None:
        """Give every zero a sign at random."""
        assert self._signs is not None
        # The bits of a zero but for its sign are none: both zeros read alike.
        device = None if places.device.type == "cpu" else places.device
        drawn: Any = self._signs.take(places.numel(), device)
        signs = torch.from_numpy(drawn) if isinstance(drawn, np.ndarray) else drawn
        signs = signs.view(places.shape).to(places.dtype) & (1 << (self._bits - 1))
        zero = (places & (1 << (self._bits - 1)) - 1) == 0
        places.bitwise_xor_(torch.where(zero, signs, 0))


def _streams(errors: BitErrors, number_format: Format, key: Key) -> tuple[Stream | None, ...]:
    """Of both directions, as an image holds its bits: one where they fail alike, none if never."""
    # What an image holds inverted goes the other way as it is written.
    swapped = [number_format.inverted >> bit & 1 for bit in range(number_format.bits)]
    pairs = list(zip(errors.to_one, errors.to_zero, swapped, strict=True))
    ones = [zero if swap else one for one, zero, swap in pairs]
    zeros = [one if swap else zero for one, zero, swap in pairs]
    if not any(ones) and not any(zeros):
        return ()
    rates = [(ONES, ones)] if ones == zeros else [(ONES, ones), (ZEROS, zeros)]
    return tuple(
        stream(each, key=key, purpose=name, number_format=number_format) for name, each in rates
    )


def _in_order(image: Tensor) -> Tensor:
    """The same memory, its values in the order in which they are numbered."""
    return image.permute(CHANNEL_LAST[image.ndim]) if image.ndim in CHANNEL_LAST else image


def _flat(values: Tensor) -> Any:
    """The values in order as a flat array of NumPy; None where they do not lie in order."""
    array = values.numpy()
    if array.ndim in CHANNEL_LAST:
        array = array.transpose(CHANNEL_LAST[array.ndim])
    return array.reshape(-1) if array.flags.c_contiguous else None


def _array(values: Tensor) -> Any:
    return values.numpy() if values.device.type == "cpu" else values


def _as(values: Any, like: Any) -> Any:
    """Of another's integer type; the bits above a code are of no matter."""
    return values.to(like.dtype) if isinstance(values, Tensor) else values.astype(like.dtype)


def _unravelled(index: Any, shape: torch.Size) -> Any:
    if isinstance(index, Tensor):
        return torch.unravel_index(index, tuple(shape))
    return np.unravel_index(index, tuple(shape))
