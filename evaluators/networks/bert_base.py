"""BERT-base (uncased) without a task head, sequences of 128 tokens: 109,482,240 parameters.

Source: Devlin et al., arXiv 1810.04805, section 3; embeddings of 30,522 words, 512 positions and
2 segments, pooler included. 128 tokens is the length of 90 % of its pre-training steps.
"""

from evaluators.networks.attention import attend, feed_forward
from evaluators.networks.layers import Stream, Table
from evaluators.workload import Network

WIDTH, HEADS, HIDDEN, BLOCKS = 768, 12, 3072, 12
TOKENS = 128


def build(batch_size: int) -> Network:
    """The network at a batch size. [-]"""
    net = Table("bert_base", batch_size)
    words = net.embedding("embeddings.word", 30_522, WIDTH, tokens=TOKENS)
    segments = net.embedding("embeddings.segment", 2, WIDTH, tokens=TOKENS)
    positions = net.embedding("embeddings.position", 512, WIDTH, tokens=TOKENS)
    x = net.add("embeddings.sum", words, segments, positions)
    x = net.dropout("embeddings.dropout", net.norm("embeddings.norm", x, axis=-1))
    for index in range(BLOCKS):
        x = _block(net, f"encoder.{index}", x)
    net.relu("pooler.tanh", net.linear("pooler", net.token("first", x), WIDTH))
    return net.network()


def _block(net: Table, name: str, x: Stream) -> Stream:
    queries = net.linear(f"{name}.query", x, WIDTH)
    keys = net.linear(f"{name}.key", x, WIDTH)
    values = net.linear(f"{name}.value", x, WIDTH)
    y = attend(net, f"{name}.attention", (queries, keys, values), heads=HEADS, dropout=True)
    x = _joined(net, f"{name}.attention.output", net.linear(f"{name}.out", y, WIDTH), x)
    y = feed_forward(net, (f"{name}.intermediate", f"{name}.output"), x, HIDDEN)
    return _joined(net, f"{name}.output", y, x)


def _joined(net: Table, name: str, y: Stream, x: Stream) -> Stream:
    """The branch, partly dropped, is added to the trunk; the sum is normalised."""
    total = net.add(f"{name}.add", net.dropout(f"{name}.dropout", y), x)
    return net.norm(f"{name}.norm", total, axis=-1)
