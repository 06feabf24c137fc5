"""ONNX models: the same products, parameters and stash as the modules that they were made of."""

import warnings
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dse.mistakes import StudyError
from dse.study import parse_study
from evaluators.networks import capture, network
from evaluators.workload import Network
from tests.unit.capture.model_families import InvertedResidual
from tests.unit.capture.torch_models import resnet18

DATA = Path(__file__).parent / "data"


class Transformer(nn.Module):
    """A small encoder with an embedding and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(500, 32)
        layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(32, 500)

    def forward(self, tokens: Tensor) -> Tensor:
        scores: Tensor = self.head(self.layers(self.embedding(tokens)))
        return scores


class MobileNetV2(nn.Module):
    """Width 1.0, as torchvision has it."""

    PLAN = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
            (6, 160, 3, 2), (6, 320, 1, 1))  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = [self._unit(3, 32, 3, stride=2)]
        width = 32
        for factor, wide, count, first in self.PLAN:
            for place in range(count):
                blocks.append(Block(width, wide, factor, stride=1 if place else first))
                width = wide
        self.features = nn.Sequential(*blocks, self._unit(width, 1280, 1))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))

    @staticmethod
    def _unit(c: int, n: int, kernel: int, *, stride: int = 1, groups: int = 1) -> nn.Sequential:
        convolution = nn.Conv2d(c, n, kernel, stride, kernel // 2, groups=groups, bias=False)
        return nn.Sequential(convolution, nn.BatchNorm2d(n), nn.ReLU6())

    def forward(self, images: Tensor) -> Tensor:
        pooled = self.features(images).mean([2, 3])
        scores: Tensor = self.classifier(pooled)
        return scores


class Block(nn.Module):
    """An inverted residual."""

    def __init__(self, c: int, n: int, factor: int, *, stride: int) -> None:
        super().__init__()
        wide, unit = c * factor, MobileNetV2._unit
        first = [unit(c, wide, 1)] if factor > 1 else []
        self.adds = stride == 1 and c == n
        depthwise = unit(wide, wide, 3, stride=stride, groups=wide)
        last = (nn.Conv2d(wide, n, 1, bias=False), nn.BatchNorm2d(n))
        self.layers = nn.Sequential(*first, depthwise, *last)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return x + y if self.adds else y


def exported(module: nn.Module, inputs: Tensor, file: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter
        torch.onnx.export(module, (inputs,), str(file), dynamo=False, do_constant_folding=False,
                          training=torch.onnx.TrainingMode.TRAINING, input_names=["x"],
                          dynamic_axes={"x": {0: "batch"}})  # fmt: skip
    return file


def macs(found: Network) -> Counter[tuple[str, int, int, int]]:
    """Products by phase and shape, with how often each is done."""
    counted: Counter[tuple[str, int, int, int]] = Counter()
    for layer in found.layers:
        for gemm in layer.gemms:
            counted[gemm.phase, gemm.m, gemm.n, gemm.k] += gemm.macs
    return counted


def parameters(found: Network) -> int:
    return sum(layer.parameters for layer in found.layers)


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        pytest.param(resnet18, torch.zeros(2, 3, 224, 224), marks=pytest.mark.slow),
        pytest.param(MobileNetV2, torch.zeros(2, 3, 224, 224), marks=pytest.mark.slow),
        (Transformer, torch.zeros(2, 16, dtype=torch.long)),
        (InvertedResidual, torch.zeros(2, 8, 16, 16)),
    ],
)
def test_products_are_those_of_the_module(module: type[nn.Module], inputs: Tensor,
                                          tmp_path: Path) -> None:  # fmt: skip
    built = module()
    found = network(str(exported(built, inputs, tmp_path / "model.onnx")), 4)
    wanted = capture(built, torch.zeros(4, *inputs.shape[1:], dtype=inputs.dtype))
    assert macs(found) == macs(wanted)
    assert parameters(found) == parameters(wanted)
    assert found.batch_size == 4
    assert found.name == "model"


@pytest.mark.soak
def test_mobilenet_is_the_table_s(tmp_path: Path) -> None:
    file = exported(MobileNetV2(), torch.zeros(1, 3, 224, 224), tmp_path / "m.onnx")
    assert macs(network(str(file), 2)) == macs(network("mobilenet_v2", 2))


def test_a_file_with_names_of_its_own_is_a_study_s_network() -> None:
    found = network(str(DATA / "small.onnx"), 8)
    forward = sum(g.macs for layer in found.layers for g in layer.gemms if g.phase == "forward")
    assert forward == 8 * (28 * 28 * 25 * 4 + 6 * 6 * 9 * 4 * 8 + 288 * 10)
    told = {"name": "own", "space": "sram_only", "objectives": ["energy_j"],
            "scenario": {"network": str(DATA / "small.onnx")}}  # fmt: skip
    assert parse_study(told, "x.toml").scenario.network.endswith("small.onnx")
    told["scenario"] = {"network": "nothing.onnx"}
    with pytest.raises(StudyError, match=r"there is no file 'nothing.onnx'"):
        parse_study(told, "x.toml")


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.onnx"
    file.write_bytes(b"no model")
    with pytest.raises(ValueError, match="is no ONNX model"):
        network(str(file), 1)
    with pytest.raises(ValueError, match="cannot be read"):
        network(str(tmp_path / "none.onnx"), 1)


def test_operators_that_are_not_known_are_named(tmp_path: Path) -> None:
    from onnx import TensorProto, helper, save

    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", "s"])
    free = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", "s"])
    node = helper.make_node("Det", ["x"], ["y"])
    for inputs, kind, words in (
        (x, node, "not known: Det"),
        (free, helper.make_node("Relu", ["x"], ["y"]), "has no size"),
    ):
        graph = helper.make_graph([kind], "g", [inputs], [y])
        save(helper.make_model(graph), tmp_path / "x.onnx")
        with pytest.raises(ValueError, match=words):
            network(str(tmp_path / "x.onnx"), 1)
