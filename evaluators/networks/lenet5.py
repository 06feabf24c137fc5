"""LeNet-5 for 28 x 28 grey images: 61,706 parameters.

Source: LeCun et al., Proc. IEEE 86 (1998) 2278, with ReLU, full connections between the two
convolutions and a plain linear output, as it is written today.
"""

from evaluators.networks.layers import Table
from evaluators.workload import Network


def build(batch_size: int) -> Network:
    """The network at a batch size. [-]"""
    net = Table("lenet5", batch_size)
    x = net.conv("conv1", net.image(1, 28, 28), 6, kernel=5, padding=2, bias=True)
    x = net.max_pool("pool1", net.relu("relu1", x), kernel=2, stride=2)
    x = net.conv("conv2", x, 16, kernel=5, bias=True)
    x = net.max_pool("pool2", net.relu("relu2", x), kernel=2, stride=2)
    x = net.relu("relu3", net.linear("fc1", x.reshaped(400), 120))
    x = net.relu("relu4", net.linear("fc2", x, 84))
    net.linear("fc3", x, 10)
    return net.network()
