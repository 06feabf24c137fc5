"""Calls of ATen operators as the ledger wants them: tensors by storage, written, known or not.

An operator is known to hold no product if PyTorch says so itself (its tags, its schema), if its
in-place, backward or list form belongs to one of which PyTorch says so, or if `known.py` lists it.
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import _disable_current_modes

from evaluators.capture.known import is_cheap
from evaluators.capture.nested import changed, leaves
from evaluators.capture.operators import MATRICES, TABLE, Event, Seen

TAGS = frozenset(
    getattr(torch.Tag, name)
    for name in ("pointwise", "reduction", "view_copy", "inplace_view")
    if hasattr(torch.Tag, name)
)
"""What PyTorch says of operators that cost a few operations an element, or none at all."""


class Identities:
    """Names tensor storages by their address, and sees that no address is used twice.

    A weak reference lets a storage's data go and keeps its address taken.
    """

    def __init__(self) -> None:
        self._held: dict[int, Any] = {}

    def seen(self, tensor: Tensor) -> Seen:
        """A tensor as the ledger wants it; of a sparse one the stored values are its elements."""
        shape, parts = tuple(tensor.shape), 2 if tensor.is_complex() else 1
        if tensor.layout is not torch.strided:
            self._held[id(tensor)] = tensor
            values = _stored_values(tensor) * parts
            return Seen(
                storage=id(tensor),
                shape=shape,
                elements=values,
                stored=values,
                sparse=True,
                complex=parts == 2,
            )
        elements = parts
        for size, stride in zip(shape, tensor.stride(), strict=True):
            elements *= size if stride else min(size, 1)
        storage = tensor.untyped_storage()
        if storage._cdata not in self._held:
            self._held[storage._cdata] = StorageWeakRef(storage)  # type: ignore[no-untyped-call]
        stored = parts * (storage.nbytes() // max(tensor.element_size(), 1))
        return Seen(
            storage=storage._cdata,
            shape=shape,
            elements=elements,
            stored=stored,
            complex=parts == 2,
        )

    def event(self, func: Any, args: tuple[Any, ...], kwargs: Any, result: Any) -> Event:
        """A call that has just returned."""
        seen_args = changed(args, Tensor, self.seen)
        node = torch._C._current_autograd_node()
        backward = node is not None and not torch.is_grad_enabled()
        written = [seen_args[i] for i in _written(func) if i < len(seen_args)]
        return Event(
            operator=f"{func.namespace}.{func._opname}",
            args=seen_args,
            inputs=tuple(self.seen(tensor) for tensor in leaves((args, kwargs), Tensor)),
            outputs=tuple(self.seen(tensor) for tensor in leaves(result, Tensor)),
            sequence=node._sequence_nr() if node is not None and backward else last_sequence(),
            backward=backward,
            written=tuple(leaves(written, Seen)),
            known=is_known(func),
            pointwise=torch.Tag.pointwise in func.tags,
        )


def last_sequence() -> int:
    """Number of the youngest node: inside an operator's forward call, its own. [-]"""
    return int(torch._C._autograd._get_sequence_nr()) - 1


def hollow(tensor: Tensor) -> Tensor:
    """A tensor of the same form without data.

    Raises:
        ValueError: a sparse tensor, whose form is its data.
    """
    if tensor.layout is not torch.strided:
        raise ValueError(f"a tensor of layout {tensor.layout} has no form without its data")
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")


def _stored_values(tensor: Tensor) -> int:
    with _disable_current_modes():
        if tensor.layout is torch.sparse_coo:
            return tensor._values().numel()
        if tensor.layout in COMPRESSED:
            return tensor.values().numel()
    return tensor.numel()


COMPRESSED = (torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc)


@cache
def _written(func: Any) -> tuple[int, ...]:
    """Positions of the arguments that an operator changes."""
    arguments = enumerate(func._schema.arguments)
    return tuple(i for i, a in arguments if a.alias_info is not None and a.alias_info.is_write)


@cache
def is_known(func: Any) -> bool:
    """Whether an operator's products are read or it is known to have none."""
    name = func._opname.removesuffix("_")
    if func.namespace == "aten" and (func.is_view or TAGS & set(func.tags) or _related(func)):
        return True
    return name in MATRICES or name in TABLE or is_cheap(f"{func.namespace}.{func._opname}")


def _related(func: Any) -> bool:
    """Whether an operator is a form of one whose tags say that it is cheap."""
    name = func._opname
    bare = name.removesuffix("_").removeprefix("_foreach_").removesuffix("_backward")
    for relative in {name, bare, bare.removeprefix("_")}:
        packet = getattr(torch.ops.aten, relative, None)
        if any(TAGS & set(getattr(packet, overload).tags) for overload in _overloads(packet)):
            return True
    return False


def _overloads(packet: Any) -> list[str]:
    return list(packet._overload_names) if isinstance(packet, torch._ops.OpOverloadPacket) else []
