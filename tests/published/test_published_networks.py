"""Published sizes: parameters exactly, multiply-accumulates to the printed digit."""

import pytest

from evaluators.networks import network

# Source: torchvision 0.2x, `meta` of each model's weights: num_params, and _ops in giga
# multiply-accumulates of one 224 x 224 image.
TORCHVISION = {
    "alexnet": (61_100_840, 0.714),
    "vgg16": (138_357_544, 15.470),
    "googlenet": (6_624_904, 1.498),
    "resnet18": (11_689_512, 1.814),
    "resnet50": (25_557_032, 4.089),
    "mobilenet_v2": (3_504_872, 0.301),
    "vit_b_16": (86_567_656, 17.564),
}

# Source: sizes of the released models `bert-base-uncased` (BertModel) and `gpt2`
# (GPT2LMHeadModel), as the transformers library counts them.
LANGUAGE = {"bert_base": 109_482_240, "gpt2": 124_439_808}


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision_networks_have_their_published_size(name: str) -> None:
    parameters, giga_macs = TORCHVISION[name]
    measured = network(name, batch_size=2)
    assert measured.parameters == parameters
    assert measured.forward_macs / 1e9 == pytest.approx(giga_macs, abs=0.0005)


def test_lenet5_has_its_known_size() -> None:
    # Source: LeCun et al. (1998), fig. 2, with full connections in C3: 61,706 = 156 + 2,416 +
    # 48,120 + 10,164 + 850.
    assert network("lenet5").parameters == 156 + 2_416 + 48_120 + 10_164 + 850


@pytest.mark.parametrize("name", LANGUAGE)
def test_language_models_have_their_published_parameters(name: str) -> None:
    assert network(name, batch_size=1).parameters == LANGUAGE[name]
