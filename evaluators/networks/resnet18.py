"""ResNet-18 for 224 x 224 images, 1,000 classes: 11,689,512 parameters.

Source: He et al., arXiv 1512.03385, table 1, as torchvision 0.2x defines it.
"""

from evaluators.networks.layers import Stream, Table
from evaluators.workload import Network


def build(batch_size: int) -> Network:
    """The network at a batch size. [-]"""
    net = Table("resnet18", batch_size)
    x = net.conv("conv1", net.image(3, 224, 224), 64, kernel=7, stride=2, padding=3)
    x = net.relu("relu", net.norm("bn1", x))
    x = net.max_pool("maxpool", x, kernel=3, stride=2, padding=1)
    for stage, channels in enumerate((64, 128, 256, 512), start=1):
        for block in range(2):
            stride = 2 if stage > 1 and block == 0 else 1
            x = _block(net, f"layer{stage}.{block}", x, channels=channels, stride=stride)
    net.linear("fc", net.mean_pool("avgpool", x).reshaped(512), 1000)
    return net.network()


def _block(net: Table, name: str, x: Stream, *, channels: int, stride: int) -> Stream:
    y = net.conv(f"{name}.conv1", x, channels, kernel=3, stride=stride, padding=1)
    y = net.relu(f"{name}.relu1", net.norm(f"{name}.bn1", y))
    y = net.conv(f"{name}.conv2", y, channels, kernel=3, padding=1)
    y = net.norm(f"{name}.bn2", y)
    if x.shape != y.shape:
        x = net.conv(f"{name}.downsample.0", x, channels, kernel=1, stride=stride)
        x = net.norm(f"{name}.downsample.1", x)
    return net.relu(f"{name}.relu2", net.add(f"{name}.add", y, x))
