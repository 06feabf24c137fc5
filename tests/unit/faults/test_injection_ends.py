"""Models that are evaluated, copied, saved, looked at, refused and given back."""

import copy
import io
import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from evaluators.design import BitErrors, ErrorProfile
from evaluators.faults import inject
from tests.unit.faults.injected import FREE, backward, counts, gradients, profile, stepped


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_the_gradient_of_a_gradient() -> None:
    """A gradient penalty trains the weights as in the quantised model, and near the plain one."""

    def penalty(model: Callable[[Tensor], Tensor], weights: Sequence[Tensor]) -> list[float]:
        x = torch.tensor([[2.0]], requires_grad=True)
        (slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        found = torch.autograd.grad((slope**2).sum(), weights)
        return [float(each) for each in found]

    model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Tanh(), nn.Linear(1, 1, bias=False))
    for place, value in ((0, 0.5), (2, 0.25)):
        nn.init.constant_(model.get_parameter(f"{place}.weight"), value)
    weights = list(model.parameters())
    plain = penalty(model, weights)
    assert plain == pytest.approx([-0.00577, 0.02205], abs=1e-5)
    inject(model, FREE, seed=0)
    assert penalty(model, weights) == pytest.approx(plain, abs=1e-3)


def test_evaluation_neither_fails_nor_moves_a_scale() -> None:
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    x = torch.randn(32, 64)
    injection = inject(model, profile(0.1), seed=0)
    model.eval()
    with torch.no_grad():
        early = model(x)  # before any scale is known
        assert torch.equal(model(x), early)
    assert counts(injection) == [0, 0, 0]
    model.train()
    backward(model(x))
    written = counts(injection)
    model.eval()
    with torch.no_grad():
        told = model(x)
        for _ in range(40):
            injection.advance()
            model(100.0 * x)
        assert torch.equal(model(x), told)
    backward(model(x))
    assert counts(injection) == written
    twin = copy.deepcopy(model).train()
    assert not torch.equal(told, twin(x))


def test_evaluated_transformers_compute_as_in_training() -> None:
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
    model, x = nn.TransformerEncoder(layer, 2), torch.randn(2, 5, 16)
    injection = inject(model, FREE, seed=0)
    told = model(x)
    written = counts(injection)
    with torch.no_grad():
        assert torch.equal(model.eval()(x), told)
    assert counts(injection) == written


def nets() -> nn.Sequential:
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def test_copies_and_files_have_no_faults_and_the_plain_keys() -> None:
    model, plain, x = nets(), nets(), torch.randn(8, 64)
    keys = list(plain.state_dict())
    injection = inject(model, profile(0.1), seed=0)
    told = copy.deepcopy(model)
    assert torch.equal(told(x), told(x))
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    assert torch.equal(loaded(x), told(x))
    assert list(model.state_dict()) == list(loaded.state_dict()) == keys
    average = torch.optim.swa_utils.AveragedModel(model)
    average.update_parameters(model)
    assert torch.equal(average(x), average(x))
    model.load_state_dict(plain.state_dict())
    plain.load_state_dict(model.state_dict())
    assert counts(injection) == [0, 0, 0]
    assert not torch.equal(model(x), model(x))
    inject(told, profile(0.1), seed=0)
    assert not torch.equal(told(x), told(x))


def test_faults_that_are_in_already() -> None:
    model = nn.Sequential(OrderedDict(encoder=nets()))
    injection = inject(model.encoder, profile(), seed=0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"faults are in `encoder.0` \(Linear\) already"):
        inject(model, profile(), seed=1)
    injection.remove()
    inject(model, profile(), seed=1)


def test_removing_leaves_nothing_behind() -> None:
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.MultiheadAttention(4, 2), nets())
    told = copy.deepcopy(model)

    def state(module: nn.Module) -> list[Any]:
        return [
            (name, sorted(part.__dict__), list(part._parameters), type(part),
             len(part._forward_hooks) + len(part._forward_pre_hooks))
            for name, part in module.named_modules()
        ]  # fmt: skip

    names = [name for name, _ in model.named_parameters()]
    injection = inject(model, profile(), seed=0)
    assert [name for name, _ in model.named_parameters()] == names
    backward(model[2](torch.randn(2, 64)))
    injection.remove()
    assert state(model) == state(told)
    assert [name for name, _ in model.named_parameters()] == names


def test_looking_at_a_weight_writes_nothing() -> None:
    model = nets()
    injection = inject(model, profile(0.1), seed=0)
    master = model.get_parameter("0.weight")
    for _ in range(3):
        assert model[0].weight is master
    assert counts(injection) == [0, 0, 0]
    with pytest.raises(RuntimeError, match="shapes"):
        model(torch.randn(4, 7))
    assert model[0].weight is master


def test_shared_weights_and_gathered_gradients() -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
    model[2].weight = model[0].weight
    assert stepped(model, torch.randn(4, 8)) == [64, 128, 64]
    whole, parts = (nn.Linear(8, 4), nn.Linear(8, 4))
    parts.load_state_dict(whole.state_dict())
    x = torch.randn(6, 8)
    first = inject(whole, profile(0.0), seed=0)
    second = inject(parts, profile(0.0), seed=0)
    torch.autograd.backward(whole(x).sum())
    for part in torch.split(x, 2):
        torch.autograd.backward(parts(part).sum())
    assert counts(first) == [48, 32, 24]
    assert counts(second) == [48, 96, 24]
    torch.testing.assert_close(gradients(whole)[0], gradients(parts)[0], atol=0.1, rtol=0.0)


def test_without_gradients_values_are_written_all_the_same() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(64, 4))
    injection = inject(model, profile(0.1), seed=0)
    with torch.no_grad():
        model(torch.randn(2, 3, 6, 6))
    assert counts(injection) == [216 + 128, 108 + 256, 0]
    with torch.inference_mode():
        model(torch.randn(2, 3, 6, 6))
    assert counts(injection) == [2 * 344, 2 * 364, 0]


@pytest.mark.parametrize(("make", "words"), [
    (lambda: nn.Sequential(nn.LazyLinear(4)), r"`0` \(LazyLinear\) is lazy .* run the model once"),
    (lambda: nn.Linear(4, 4, dtype=torch.cfloat), "Linear has complex weights"),
    (lambda: nn.GRU(4, 4), "no convolution, linear, embedding or attention layer"),
])  # fmt: skip
def test_modules_that_are_refused(make: Callable[[], nn.Module], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        inject(make(), profile(), seed=0)


def test_a_compiled_module_is_refused_before_and_after() -> None:
    model = nets()
    model._compiled_call_impl = lambda *told: None  # what `Module.compile` leaves
    with pytest.raises(ValueError, match=r"compiled or traced module.* got Sequential"):
        inject(model, profile(), seed=0)
    traced = nets()
    inject(traced, profile(), seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(RuntimeError, match="compiled or traced module"):
            torch.jit.trace(traced, torch.randn(2, 64))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("rate", [0.0, 1e-3, 0.1])
@pytest.mark.parametrize("name", ["int8", "bf16", "fp8_e4m3"])
def test_a_device_that_is_not_the_cpu_is_never_waited_for(name: str, rate: float) -> None:
    """Tensors of the meta device have no values: any look at one raises."""
    bits = 16 if name == "bf16" else 8
    errors = BitErrors(to_one=(rate,) * bits, to_zero=(rate / 3,) * bits)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 4))
    injection = inject(
        model.to("meta"), ErrorProfile(activation=errors, weight=errors, error=errors), seed=0,
        number_format_name=name,
    )  # fmt: skip
    for _ in range(20):
        torch.autograd.backward(model(torch.randn(2, 1, 8, 8, device="meta")).sum())
        injection.advance()
    assert counts(injection) == [20 * 416, 20 * 612, 20 * 296]
