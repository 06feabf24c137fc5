"""What no fault of a recipe's training will reach, found before anything is trained."""

import warnings

import torch

from evaluators.design import ErrorProfile
from evaluators.faults import UninjectedLayerWarning, inject, number_format
from evaluators.training.data import data_set
from evaluators.training.models import MODELS, builder
from evaluators.training.recipe import TrainingRecipe

SAMPLES = 2


def never_faulted(recipe: TrainingRecipe, format_name: str) -> tuple[tuple[str, ...], float]:
    """The warnings of a training, and the share of the parameters that they are about. [-]

    The model is built and takes one step on two samples. Nothing is known of a trainer of one's
    own; of our own models each layer is faulted.
    """
    if recipe.trainer or recipe.model in MODELS:
        return (), 0.0
    data = data_set(recipe.data, recipe.data_folder)
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UninjectedLayerWarning)
        torch.manual_seed(0)
        model = builder(recipe.model)(data.shape, data.classes)
        bits = number_format(format_name, recipe.encoding).bits
        injection = inject(
            model, ErrorProfile.none(bits), seed=0,
            number_format_name=format_name, encoding=recipe.encoding,
        )  # fmt: skip
        scores = model(data.train_images[:SAMPLES])
        torch.autograd.backward(
            torch.nn.functional.cross_entropy(scores, data.train_labels[:SAMPLES])
        )
    return injection.warnings, injection.unfaulted_share
