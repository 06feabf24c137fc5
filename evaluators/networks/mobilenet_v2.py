"""MobileNetV2 (width 1.0) for 224 x 224 images, 1,000 classes: 3,504,872 parameters.

Source: Sandler et al., arXiv 1801.04381, table 2, as torchvision 0.2x defines it.
"""

from evaluators.networks.layers import Stream, Table
from evaluators.workload import Network

# Expansion, channels, blocks, stride of the first block.
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def build(batch_size: int) -> Network:
    """The network at a batch size. [-]"""
    net = Table("mobilenet_v2", batch_size)
    x = _conv(net, "features.0", net.image(3, 224, 224), 32, kernel=3, stride=2)
    index = 1
    for expansion, channels, blocks, first_stride in STAGES:
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            name = f"features.{index}"
            x = _inverted(net, name, x, channels, expansion=expansion, stride=stride)
            index += 1
    x = net.mean_pool("avgpool", _conv(net, f"features.{index}", x, 1280))
    net.linear("classifier", net.dropout("dropout", x.reshaped(1280)), 1000)
    return net.network()


def _inverted(
    net: Table, name: str, x: Stream, channels: int, *, expansion: int, stride: int
) -> Stream:
    width = x.shape[0] * expansion
    y = x if expansion == 1 else _conv(net, f"{name}.expand", x, width)
    y = _conv(net, f"{name}.depthwise", y, width, kernel=3, stride=stride, groups=width)
    y = net.norm(f"{name}.project.bn", net.conv(f"{name}.project.conv", y, channels, kernel=1))
    return net.add(f"{name}.add", x, y) if x.shape == y.shape else y


def _conv(
    net: Table,
    name: str,
    x: Stream,
    channels: int,
    *,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
) -> Stream:
    padding = kernel // 2
    x = net.conv(
        f"{name}.conv", x, channels, kernel=kernel, stride=stride, padding=padding, groups=groups
    )
    return net.relu6(f"{name}.relu6", net.norm(f"{name}.bn", x))
