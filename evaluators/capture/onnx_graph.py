"""An ONNX model as a PyTorch module, a submodule a node, so that it can be captured."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from evaluators.capture.onnx_operators import OPERATORS, TYPES

LARGEST_BYTES: Final = 2**33
HOST: Final = ("Constant", "Shape", "Size", "ConstantOfShape", "Range", "NonZero")
"""Operators whose results are known without data: sizes, constants."""

FLOATS: Final = (1, 10, 11, 16)
"""Numbers of ONNX's types of floats."""

STATISTICS: Final = {"BatchNormalization": (3, 4)}
"""Inputs that are no parameters."""


def read_onnx(file: Path, batch_size: int) -> tuple[nn.Module, tuple[Tensor, ...]]:
    """The module of a model file, and example inputs of a batch.

    Args:
        file: `.onnx`; weights may lie beside it.
        batch_size: put in place of the first axis of every input. [-]

    Raises:
        ValueError: no ONNX model, operators that are not known, or free sizes beside the batch.
    """
    try:
        import onnx
    except ModuleNotFoundError:
        raise ValueError(
            f"network {str(file)!r} needs the package onnx: pip install 'mram-dse[onnx]'"
        ) from None
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise ValueError(f"larger than {LARGEST_BYTES} bytes")
        model = onnx.load(str(file), load_external_data=False)
        onnx.checker.check_model(model, full_check=False)
    except OSError as error:
        raise ValueError(f"network {str(file)!r} cannot be read ({error.strerror})") from None
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise ValueError(f"network {str(file)!r} is no ONNX model ({said})") from None
    graph = model.graph
    unknown = sorted(_on_data(graph) - OPERATORS.keys())
    if unknown:
        raise ValueError(
            f"network {str(file)!r} has operators that are not known: {', '.join(unknown)}; name "
            f"its PyTorch module as package.module:build instead"
        )
    module = OnnxGraph(graph, model.opset_import[0].version)
    weights = {one.name for one in graph.initializer}
    inputs = [one for one in graph.input if one.name not in weights]
    return module, tuple(_example(one, batch_size, file) for one in inputs)


def _on_data(graph: Any) -> set[str]:
    """Operators that work on data; all others follow from sizes and constants alone."""
    data = {one.name for one in (*graph.input, *graph.initializer)}
    data -= {one.name for one in graph.initializer if one.data_type not in FLOATS or not one.dims}
    found = set()
    for node in graph.node:
        if node.op_type not in HOST and data & {*node.input}:
            found.add(node.op_type)
            data |= {*node.output}
    return found


def _example(told: Any, batch_size: int, file: Path) -> Tensor:
    kind = told.type.tensor_type
    sizes = [batch_size]
    for axis, size in enumerate(kind.shape.dim[1:], start=1):
        if not size.dim_value:
            raise ValueError(
                f"network {str(file)!r}: axis {axis} of input {told.name!r} has no size "
                f"({size.dim_param or '?'}); export it with all but the batch fixed"
            )
        sizes.append(size.dim_value)
    return torch.zeros(sizes, dtype=TYPES.get(kind.elem_type, torch.float32))


class OnnxNode(nn.Module):
    """One node: its operator, its attributes, and the weights that it reads."""

    def __init__(self, node: Any, version: int) -> None:
        super().__init__()
        from onnx import helper

        self.kind: str = node.op_type
        self.attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        self.outputs: list[str] = list(node.output)
        self._proto, self._version = node, version

    def forward(self, *values: Any) -> Any:
        """The operator's result."""
        return OPERATORS[self.kind](values, self.attributes)

    def on_host(self, values: Sequence[Any]) -> Any:
        """The result of an operator on sizes and constants, by ONNX's own reference."""
        if self.kind == "Shape":
            start, end = self.attributes.get("start", 0), self.attributes.get("end")
            return np.array(list(values[0].shape)[start:end], dtype=np.int64)
        from onnx import helper
        from onnx.reference import ReferenceEvaluator

        names = [name for name in self._proto.input if name]
        given = {name: np.asarray(v) for name, v in zip(self._proto.input, values, strict=True)
                 if name}  # fmt: skip
        infos = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(
            given[name].dtype), None) for name in dict.fromkeys(names)]  # fmt: skip
        results = [helper.make_empty_tensor_value_info(name) for name in self.outputs]
        graph = helper.make_graph([self._proto], "one", infos, results)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self._version)])
        found = ReferenceEvaluator(model).run(None, given)
        return tuple(found) if len(found) > 1 else next(iter(found))


class OnnxGraph(nn.Module):
    """The nodes of a graph in their order; weights are those of the nodes that read them."""

    def __init__(self, graph: Any, version: int) -> None:
        super().__init__()
        self._inputs = [one.name for one in graph.input]
        self._results = [one.name for one in graph.output]
        self._reads: list[list[str]] = []
        self._constants: dict[str, Any] = {}
        self._weights: dict[str, Tensor] = {}
        floats = self._keep(graph.initializer)
        self._inputs = [n for n in self._inputs if n not in floats and n not in self._constants]
        self.nodes = nn.ModuleDict()
        for place, node in enumerate(graph.node):
            module = OnnxNode(node, version)
            for index, name in enumerate(node.input):
                if name in self._weights:
                    self._register(module, f"input{index}", self._weights[name])
            self._reads.append(list(node.input))
            self.nodes[self._name(node, place)] = module

    def _keep(self, initializers: Any) -> set[str]:
        """Host arrays of whole numbers and scalars; parameters of all other weights."""
        from onnx import numpy_helper

        names = set()
        for one in initializers:
            sizes = list(one.dims)
            if one.data_type in FLOATS and sizes:
                self._weights[one.name] = nn.Parameter(torch.empty(sizes, device="meta"))
                names.add(one.name)
            else:
                self._constants[one.name] = numpy_helper.to_array(one)
        return names

    @staticmethod
    def _register(module: OnnxNode, name: str, weight: Tensor) -> None:
        place = int(name.removeprefix("input"))
        if place in STATISTICS.get(module.kind, ()):
            module.register_buffer(name, weight.detach())
        else:
            module.register_parameter(name, weight)  # type: ignore[arg-type]

    def _name(self, node: Any, place: int) -> str:
        """A name of letters, digits and `_` that no other node has."""
        told = re.sub(r"\W+", "_", node.name or f"{node.op_type}_{place}").strip("_")
        return told if told and told not in self.nodes else f"{told}_{place}"

    def forward(self, *inputs: Tensor) -> Any:
        """The graph's results."""
        known: dict[str, Any] = {**dict(zip(self._inputs, inputs, strict=True)), **self._constants}
        for reads, node in zip(self._reads, self.nodes.values(), strict=True):
            assert isinstance(node, OnnxNode)
            values = [self._value(node, place, name, known) for place, name in enumerate(reads)]
            found = self._run(node, values)
            made = found if isinstance(found, tuple) else (found,)
            known.update(zip(node.outputs, made, strict=False))
        results = tuple(known[name] for name in self._results)
        return results[0] if len(results) == 1 else results

    @staticmethod
    def _run(node: OnnxNode, values: list[Any]) -> Any:
        tensors = [v for v in values if isinstance(v, Tensor)]
        if node.kind in HOST or not tensors:
            return node.on_host(values)
        try:
            return node(*values)
        except ValueError as error:
            raise ValueError(f"operator {node.kind} {node.outputs}: {error}") from None

    @staticmethod
    def _value(node: OnnxNode, place: int, name: str, known: Mapping[str, Any]) -> Any:
        if not name:
            return None
        own = getattr(node, f"input{place}", None)
        return known[name] if own is None else own
