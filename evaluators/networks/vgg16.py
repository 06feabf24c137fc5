"""VGG-16 (configuration D) for 224 x 224 images, 1,000 classes: 138,357,544 parameters.

Source: Simonyan and Zisserman, arXiv 1409.1556, table 1, without normalisation.
"""

from evaluators.networks.layers import Table
from evaluators.workload import Network

STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


def build(batch_size: int) -> Network:
    """The network at a batch size. [-]"""
    net = Table("vgg16", batch_size)
    x = net.image(3, 224, 224)
    for stage, (channels, convolutions) in enumerate(STAGES, start=1):
        for index in range(1, convolutions + 1):
            x = net.conv(f"conv{stage}_{index}", x, channels, kernel=3, padding=1, bias=True)
            x = net.relu(f"relu{stage}_{index}", x)
        x = net.max_pool(f"pool{stage}", x, kernel=2, stride=2)
    x = x.reshaped(512 * 7 * 7)
    for index in (6, 7):
        x = net.relu(f"relu{index}", net.linear(f"fc{index}", x, 4096))
        x = net.dropout(f"dropout{index}", x)
    net.linear("fc8", x, 1000)
    return net.network()
