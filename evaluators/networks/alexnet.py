"""AlexNet for 224 x 224 images, 1,000 classes: 61,100,840 parameters.

Source: Krizhevsky, arXiv 1404.5997 (the single-tower form), as torchvision 0.2x defines it.
"""

from evaluators.networks.layers import Table
from evaluators.workload import Network


def build(batch_size: int) -> Network:
    """The network at a batch size. [-]"""
    net = Table("alexnet", batch_size)
    x = net.image(3, 224, 224)
    x = net.conv("conv1", x, 64, kernel=11, stride=4, padding=2, bias=True)
    x = net.max_pool("pool1", net.relu("relu1", x), kernel=3, stride=2)
    x = net.conv("conv2", x, 192, kernel=5, padding=2, bias=True)
    x = net.max_pool("pool2", net.relu("relu2", x), kernel=3, stride=2)
    for index, channels in ((3, 384), (4, 256), (5, 256)):
        x = net.conv(f"conv{index}", x, channels, kernel=3, padding=1, bias=True)
        x = net.relu(f"relu{index}", x)
    x = net.max_pool("pool5", x, kernel=3, stride=2).reshaped(256 * 6 * 6)
    for index in (6, 7):
        x = net.linear(f"fc{index}", net.dropout(f"dropout{index}", x), 4096)
        x = net.relu(f"relu{index}", x)
    net.linear("fc8", x, 1000)
    return net.network()
