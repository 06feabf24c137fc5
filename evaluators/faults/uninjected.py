"""Parameters that no fault reaches: found, counted and told."""

import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from torch import Tensor, nn

PASSED: Final = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.PReLU)
"""Layers whose few parameters do not live in the scratchpad."""

REACHED: Final = "write errors reach convolution, linear, embedding and attention layers"


class UninjectedLayerWarning(UserWarning):
    """A layer with parameters that no fault reaches."""


@dataclass(slots=True, kw_only=True)
class Unfaulted:
    """What a model's training never faults; each is told once.

    Args:
        model: the model.
    """

    model: nn.Module
    warnings: list[str] = field(default_factory=list)
    _names: dict[int, str] = field(default_factory=dict)
    _told: set[int] = field(default_factory=set)
    _parameters: int = 0
    _never: int = 0

    def __post_init__(self) -> None:
        self._parameters = sum(each.numel() for each in self.model.parameters())

    @property
    def share(self) -> float:
        """Share of the model's parameters that are never faulted. [-]"""
        return self._never / max(self._parameters, 1)

    def find(self, faulty: Iterable[Tensor]) -> None:
        """Look through the layers for matrices that are none of the `faulty` parameters."""
        reached = {id(each) for each in faulty}
        left: Counter[str] = Counter()
        layers: Counter[str] = Counter()
        # Vectors do not live in the scratchpad; only what a product may read is told of.
        for layer in self.model.modules():
            if isinstance(layer, (*PASSED, nn.ParameterList, nn.ParameterDict)):
                continue
            own = [e for e in _parameters(layer) if id(e) not in reached]
            if any(_matrix(each) for each in own):
                reached |= {id(each) for each in own}
                self._told |= {id(each) for each in own}
                left[type(layer).__name__] += sum(each.numel() for each in own)
                layers[type(layer).__name__] += 1
        if not left:
            return
        self._never = left.total()
        told = ", ".join(
            f"{name} ({count} of {self._parameters} parameters, "
            f"{100 * count / self._parameters:.0f} %"
            f"{f', {layers[name]} layers' if layers[name] > 1 else ''})"
            for name, count in left.most_common()
        )
        self._tell(f"the parameters of {told} are never faulted: {REACHED}")

    def operand(self, parameter: Tensor, product: str) -> None:
        """Tell of a parameter that a product reads past its layer, where it never fails."""
        if id(parameter) in self._told:
            return
        self._told.add(id(parameter))
        if not self._names:
            self._names = {id(each): name for name, each in self.model.named_parameters()}
        name = self._names.get(id(parameter))
        if not name:  # none of the model's
            return
        owner = self.model.get_submodule(name.rpartition(".")[0])
        self._tell(
            f"parameter `{name}` of {type(owner).__name__} is an operand of `{product}`, where it "
            f"is never faulted ({parameter.numel()} of {self._parameters} parameters): {REACHED}"
        )

    def _tell(self, message: str) -> None:
        self.warnings.append(message)
        warnings.warn(message, UninjectedLayerWarning, stacklevel=4)


def _parameters(layer: nn.Module) -> list[Tensor]:
    """A layer's own parameters, those in a list of them included."""
    lists = [child for child in layer.children()
             if isinstance(child, nn.ParameterList | nn.ParameterDict)]  # fmt: skip
    return [each for owner in (layer, *lists) for each in owner.parameters(recurse=False)]


def _matrix(parameter: Tensor) -> bool:
    """Whether a parameter may be an operand of a product: neither a vector nor one of many axes
    that is the same for all samples, as positions are."""
    long = sum(side > 1 for side in parameter.shape)
    return long >= 2 and not (parameter.ndim >= 3 and parameter.shape[0] == 1)
