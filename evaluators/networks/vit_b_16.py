"""ViT-B/16 for 224 x 224 images, 1,000 classes: 86,567,656 parameters.

Source: Dosovitskiy et al., arXiv 2010.11929, table 1, as torchvision 0.2x defines it. The
products of attention count (17.564 giga multiply-accumulates; 16.85 without them).
"""

from evaluators.networks.attention import attend, feed_forward
from evaluators.networks.layers import Stream, Table
from evaluators.workload import Network

WIDTH, HEADS, HIDDEN, BLOCKS = 768, 12, 3072, 12
TOKENS = 14 * 14 + 1


def build(batch_size: int) -> Network:
    """The network at a batch size. [-]"""
    net = Table("vit_b_16", batch_size)
    x = net.conv("conv_proj", net.image(3, 224, 224), WIDTH, kernel=16, stride=16, bias=True)
    x = net.parameter("class_token", x, WIDTH, shape=(TOKENS, WIDTH))
    x = net.parameter("pos_embedding", x, TOKENS * WIDTH, shape=(TOKENS, WIDTH))
    for index in range(BLOCKS):
        x = _block(net, f"encoder.{index}", x)
    x = net.norm("encoder.ln", x, axis=-1)
    first = net.token("class_output", x)
    net.linear("head", first, 1000)
    return net.network()


def _block(net: Table, name: str, x: Stream) -> Stream:
    y = net.norm(f"{name}.ln_1", x, axis=-1)
    joint = net.linear(f"{name}.in_proj", y, 3 * WIDTH)
    y = attend(net, f"{name}.attention", (joint, joint, joint), heads=HEADS, dropout=False)
    x = net.add(f"{name}.add_1", net.linear(f"{name}.out_proj", y, WIDTH), x)
    y = net.norm(f"{name}.ln_2", x, axis=-1)
    y = feed_forward(net, (f"{name}.mlp.0", f"{name}.mlp.3"), y, HIDDEN)
    return net.add(f"{name}.add_2", y, x)
