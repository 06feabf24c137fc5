"""A network of the user's own: any PyTorch module, with inputs of one training step."""

import torch
from torch import Tensor, nn


class MyNetwork(nn.Module):
    """A small convolutional network for images of 32 x 32 pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 32, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 64, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64 * 16 * 16, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Scores of ten classes."""
        scores: Tensor = self.layers(images)
        return scores


def build(batch_size: int) -> tuple[nn.Module, Tensor]:
    """The module and example inputs; `dse` captures what a training step computes."""
    return MyNetwork(), torch.zeros(batch_size, 3, 32, 32)
