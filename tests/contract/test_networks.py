"""Every network of ours keeps what `evaluators.testing` promises; a wrong one does not."""

import pytest

from evaluators import plugins
from evaluators.networks.layers import Table
from evaluators.testing import check_network
from evaluators.workload import Network

NAMES = plugins.names("evaluators.networks", "build")


def perceptron(batch_size: int) -> Network:
    net = Table("perceptron", batch_size)
    net.linear("fc", net.image(1, 8, 8).reshaped(64), 10)
    return net.network()


def grows(batch_size: int) -> Network:
    """Wider with the batch."""
    net = Table("grows", batch_size)
    net.linear("fc", net.image(1, 8, 8).reshaped(64), 10 * batch_size)
    return net.network()


def learns_nothing(batch_size: int) -> Network:
    net = Table("learns_nothing", batch_size)
    net.relu("relu", net.image(1, 8, 8))
    return net.network()


def test_the_folder_is_listed() -> None:
    wanted = (
        "alexnet bert_base googlenet gpt2 lenet5 mobilenet_v2 resnet18 resnet50 vgg16 vit_b_16"
    )
    assert set(wanted.split()) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_its_promises(name: str) -> None:
    check_network(name)


@pytest.mark.parametrize("build", [perceptron, f"{__name__}:perceptron"])
def test_a_users_own_by_function_and_by_name(build: object) -> None:
    check_network(build)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (grows, "three times the work of one"),
        (learns_nothing, "must multiply something"),
        (lambda batch_size: perceptron(batch_size), "must stand at the top level"),
    ],
)
def test_a_wrong_one_is_told(build: object, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_network(build)  # type: ignore[arg-type]
