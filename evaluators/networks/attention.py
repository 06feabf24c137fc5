"""Blocks that the transformers share."""

from evaluators.networks.layers import Stream, Table


def attend(
    net: Table, name: str, projections: tuple[Stream, Stream, Stream], *, heads: int, dropout: bool
) -> Stream:
    """Softmax attention of queries, keys and values of one width; returns (tokens, width). [-]

    One joint projection is passed as three times the same stream of three times the width.
    """
    queries, keys, values = projections
    tokens, width = queries.shape
    if queries is keys:
        width //= 3
    size = width // heads
    scores = net.product(f"{name}.scores", queries, keys, size=(tokens, tokens, size), count=heads)
    shares = net.softmax(f"{name}.softmax", scores)
    if dropout:
        shares = net.dropout(f"{name}.dropout", shares)
    mixed = net.product(
        f"{name}.context", shares, values, size=(tokens, size, tokens), count=heads
    )
    return mixed.reshaped(tokens, width)


def feed_forward(net: Table, names: tuple[str, str], x: Stream, hidden: int) -> Stream:
    """Two linear layers, named `names`, with a GELU between them. [-]"""
    first, second = names
    wide = net.gelu(f"{first}.gelu", net.linear(first, x, hidden))
    return net.linear(second, wide, x.shape[-1])
