"""GoogLeNet for 224 x 224 images, 1,000 classes: 6,624,904 parameters.

Source: Szegedy et al., arXiv 1409.4842, table 1, as torchvision 0.2x defines it: batch
normalisation behind each convolution, 3 x 3 instead of 5 x 5 windows, no auxiliary classifiers.
"""

from evaluators.networks.layers import Stream, Table
from evaluators.workload import Network

# Channels: 1x1; 3x3 reduced, 3x3; "5x5" reduced, "5x5"; pool projection.
INCEPTIONS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
POOL_WINDOW_AFTER = {"3b": 3, "4e": 2}


def build(batch_size: int) -> Network:
    """The network at a batch size. [-]"""
    net = Table("googlenet", batch_size)
    x = _conv(net, "conv1", net.image(3, 224, 224), 64, kernel=7, stride=2)
    x = net.max_pool("maxpool1", x, kernel=3, stride=2, up=True)
    x = _conv(net, "conv3", _conv(net, "conv2", x, 64), 192, kernel=3)
    x = net.max_pool("maxpool2", x, kernel=3, stride=2, up=True)
    for name, channels in INCEPTIONS.items():
        x = _inception(net, f"inception{name}", x, channels)
        if name in POOL_WINDOW_AFTER:
            window = POOL_WINDOW_AFTER[name]
            x = net.max_pool(f"maxpool_{name}", x, kernel=window, stride=2, up=True)
    x = net.dropout("dropout", net.mean_pool("avgpool", x).reshaped(1024))
    net.linear("fc", x, 1000)
    return net.network()


def _inception(net: Table, name: str, x: Stream, channels: tuple[int, ...]) -> Stream:
    one, three_reduced, three, five_reduced, five, projected = channels
    left = _conv(net, f"{name}.branch1", x, one)
    middle = _conv(net, f"{name}.branch2.0", x, three_reduced)
    middle = _conv(net, f"{name}.branch2.1", middle, three, kernel=3)
    right = _conv(net, f"{name}.branch3.0", x, five_reduced)
    right = _conv(net, f"{name}.branch3.1", right, five, kernel=3)
    pooled = net.max_pool(f"{name}.branch4.0", x, kernel=3, stride=1, padding=1, up=True)
    pooled = _conv(net, f"{name}.branch4.1", pooled, projected)
    return net.concat(f"{name}.concat", left, middle, right, pooled)


def _conv(
    net: Table, name: str, x: Stream, channels: int, *, kernel: int = 1, stride: int = 1
) -> Stream:
    x = net.conv(f"{name}.conv", x, channels, kernel=kernel, stride=stride, padding=kernel // 2)
    return net.relu(f"{name}.relu", net.norm(f"{name}.bn", x))
