"""Layer tables, SCALE-Sim topologies, and networks that the user brings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluators import plugins
from evaluators.capture.scaling import NotAffineError, extrapolate
from evaluators.networks import network
from evaluators.networks.layers import Stream, Table
from evaluators.workload import Gemm, Layer, Operand, Phase

OURS = plugins.names("evaluators.networks", "build")


@pytest.mark.parametrize("name", OURS)
def test_every_network_is_well_formed(name: str) -> None:
    found = network(name, batch_size=2)
    assert (found.name, found.batch_size) == (name, 2)
    before: set[str] = set()
    for layer in found.layers:
        assert layer.name not in before
        assert set(layer.inputs) <= before
        before.add(layer.name)
    first = next(layer for layer in found.layers if layer.gemms)
    learned_input = bool(first.inputs)
    phases = {gemm.phase for gemm in first.gemms}
    assert (Phase.INPUT_GRADIENT in phases) == learned_input


@pytest.mark.parametrize("name", OURS)
def test_work_grows_with_the_batch(name: str) -> None:
    one, three = network(name, batch_size=1), network(name, batch_size=3)
    assert three.macs() == 3 * one.macs()
    assert three.parameters == one.parameters


def test_the_ten_networks_are_there() -> None:
    wanted = (
        "alexnet bert_base googlenet gpt2 lenet5 mobilenet_v2 resnet18 resnet50 vgg16 vit_b_16"
    )
    assert set(wanted.split()) <= set(OURS)


def test_strided_convolution_by_hand() -> None:
    net = Table("one", 2)
    x = net.conv("first", net.image(3, 8, 8), 4, kernel=1)
    net.conv("second", x, 8, kernel=3, stride=2, padding=1)
    forward, towards_input, towards_weight = net.network().layers[1].gemms
    assert (forward.m, forward.n, forward.k) == (2 * 4 * 4, 8, 4 * 9)
    assert (towards_input.m, towards_input.n, towards_input.k) == (2 * 8 * 8, 4, 8 * 9)
    assert (towards_weight.m, towards_weight.n, towards_weight.k) == (4 * 9, 8, 2 * 4 * 4)
    assert {g.macs for g in (forward, towards_input, towards_weight)} == {32 * 8 * 36}
    assert (forward.a_elements, forward.b_elements) == (2 * 4 * 64, 8 * 4 * 9)


def test_tied_embedding_counts_once() -> None:
    gpt2 = network("gpt2", batch_size=1)
    sharing = [layer for layer in gpt2.layers if layer.weight == "wte"]
    assert [layer.name for layer in sharing] == ["wte", "lm_head"]
    assert [layer.parameters for layer in sharing] == [50_257 * 768, 0]


def test_a_tensor_is_kept_once() -> None:
    net = Table("kept", 1)
    x = net.relu("relu", net.conv("conv", net.image(1, 4, 4), 2, kernel=1))
    net.linear("left", x.reshaped(32), 3)
    net.linear("right", x.reshaped(32), 3)
    assert [layer.stash_elements for layer in net.network().layers] == [16, 32, 0, 0]


def test_reshape_keeps_the_elements() -> None:
    with pytest.raises(ValueError, match="`shape` must hold 12 elements"):
        Stream(layer="x", shape=(3, 4)).reshaped(13)


def write(folder: Path, text: str) -> str:
    file = folder / "topology.csv"
    file.write_text(text, encoding="utf-8")
    return str(file)


HEAD = "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "


def test_topology_of_convolutions(tmp_path: Path) -> None:
    rows = "Conv1, 226, 226, 3, 3, 3, 64, 2, 2,\nConv2, 114, 114, 3, 3, 64, 32, 1, 2\n"
    strides = "Stride Height, Stride Width"
    found = network(write(tmp_path, f"{HEAD}{strides},\n{rows}"), batch_size=2)
    first, second = found.layers
    forward = first.gemms[0]
    # Source: SCALE-Sim 3.0.0: output height = ceil((image - filter + stride) / stride).
    assert (forward.m, forward.n, forward.k) == (2 * 113 * 113, 64, 27)
    assert [g.phase for g in first.gemms] == [Phase.FORWARD, Phase.WEIGHT_GRADIENT]
    assert second.inputs == ("Conv1",)
    assert second.gemms[0].m == 2 * 112 * 57
    assert found.parameters == 64 * 27 + 32 * 9 * 64


def test_topology_of_products(tmp_path: Path) -> None:
    text = "Layer, M, N, K,\nqkv, 197, 2304, 768,\nqkv, 197, 768, 768,\n"
    found = network(write(tmp_path, text), batch_size=4)
    forward = found.layers[0].gemms[0]
    assert (forward.m, forward.n, forward.k) == (4 * 197, 2304, 768)
    assert [layer.name for layer in found.layers] == ["qkv", "qkv#2"]


USERS = """
import torch
from evaluators.networks.layers import Table

def table(batch_size):
    net = Table("mine", batch_size)
    net.linear("only", net.image(1, 1, 8), 4)
    return net.network()

def pair(batch_size):
    return torch.nn.Linear(8, 4), (torch.empty(batch_size, 8, device="meta"),)

def factory():
    return torch.nn.Linear(8, 4)

def example_inputs(batch_size):
    return torch.empty(batch_size, 8, device="meta")

def fixed():
    return torch.nn.Linear(8, 4), torch.empty(3, 8)

def wrong(batch_size):
    return 7
"""


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "users_network.py").write_text(USERS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    monkeypatch.delitem(__import__("sys").modules, "users_network")


@pytest.mark.usefixtures("users")
@pytest.mark.parametrize("builder", ["table", "pair", "factory"])
def test_users_network(builder: str) -> None:
    found = network(f"users_network:{builder}", batch_size=5)
    assert found.batch_size == 5
    assert found.macs() == 2 * 5 * 8 * 4


@pytest.mark.usefixtures("users")
@pytest.mark.parametrize(
    ("builder", "rule"),
    [
        ("fixed", "`batch_size` of network .* must be 5 .* got 3"),
        ("wrong", "must return a Network, .* got int"),
        ("absent", "has no 'absent'"),
    ],
)
def test_users_mistakes_are_explained(builder: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        network(f"users_network:{builder}", batch_size=5)


def test_unknown_network_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'resnet18'"):
        network("resnet81")


def test_batch_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="`batch_size` must be in"):
        network("lenet5", batch_size=0)


def record(batch: int, *, curve: int = 0) -> tuple[Layer, ...]:
    kinds = (Operand.ACTIVATION, Operand.ACTIVATION, Operand.ACTIVATION)
    gemm = Gemm(
        phase=Phase.FORWARD, m=batch, n=batch, k=7 + curve * batch**2, a=kinds[0], b=kinds[1],
        c=kinds[2],
    )  # fmt: skip
    return (Layer(name="x", gemms=(gemm,), stash_elements=3 * batch + 1),)


def test_extrapolation_follows_lines_and_their_products() -> None:
    found = extrapolate((record(2), record(3), record(4)), 100)
    assert found == record(100)


def test_extrapolation_refuses_what_is_no_line() -> None:
    records = (record(2, curve=1), record(3, curve=1), record(4, curve=1))
    with pytest.raises(NotAffineError, match="`k` is 11, 16, 23"):
        extrapolate(records, 100)
    with pytest.raises(NotAffineError, match="another number of layers"):
        extrapolate((record(2), record(3) * 2, record(4)), 100)
