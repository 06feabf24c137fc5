"""What a sampler chooses freely, and how one choice is made of others."""

from collections.abc import Mapping, Sequence

import numpy as np

from dse.search.seen_axes import draw
from search_spaces.axes import Axis, Choice, Value


class Variables:
    """What is chosen freely: axes, and classes of write conditions by their number."""

    def __init__(self, axes: Sequence[Axis], classes: Mapping[str, int]) -> None:
        self._axes = tuple(axes)
        self._classes = dict(classes)
        self._free = {axis.name: axis for axis in axes
                      if not isinstance(axis, Choice) or axis.options[1:]}  # fmt: skip
        self._names = [*self._free, *(n for n, size in self._classes.items() if size > 1)]

    def drawn(self, random: np.random.Generator) -> dict[str, Value]:
        """A choice at random."""
        found = {axis.name: draw(axis, random) for axis in self._axes}
        return found | {name: int(random.integers(n)) for name, n in self._classes.items()}

    def near(self, choice: Mapping[str, Value], random: np.random.Generator) -> dict[str, Value]:
        """A choice that differs in one variable, or in two."""
        found, names = dict(choice), self._names
        if not names:
            return found
        changed = random.choice(len(names), size=min(len(names), 1 + int(random.random() < 0.4)),
                                replace=False)  # fmt: skip
        for name in (names[int(place)] for place in changed):
            if name in self._free:
                found[name] = _moved(self._free[name], found[name], random)
            else:
                size = self._classes[name]
                step = int(np.ceil(abs(random.normal(0.0, 0.06 * size)))) or 1
                moved = int(found[name]) + step * (1 if random.random() < 0.5 else -1)
                found[name] = min(max(moved, 0), size - 1)
        return found

    def crossed(
        self,
        one: Mapping[str, Value],
        other: Mapping[str, Value],
        random: np.random.Generator,
    ) -> dict[str, Value]:
        """A choice with each variable of the one or of the other."""
        names = [*(axis.name for axis in self._axes), *self._classes]
        return {name: (one if random.random() < 0.5 else other)[name] for name in names}


def _moved(axis: Axis, value: Value, random: np.random.Generator) -> Value:
    """Another value of an axis, mostly a near one."""
    if isinstance(axis, Choice):
        place = axis.options.index(value)
        if isinstance(value, str) or len(axis.options) < 4 or random.random() < 0.25:
            other = int(random.integers(len(axis.options) - 1))
            return axis.options[other + (other >= place)]
        beside = place + (1 if random.random() < 0.5 else -1)
        return axis.options[beside if 0 <= beside < len(axis.options) else 2 * place - beside]
    low, high, at = axis.low, axis.high, float(value)
    if axis.log:
        low, high, at = np.log(low), np.log(high), np.log(at)
    moved = float(np.clip(at + random.normal(0.0, 0.1) * (high - low), low, high))
    return float(np.clip(np.exp(moved) if axis.log else moved, axis.low, axis.high))
