"""GPT-2 (smallest) with its language-model head, 1,024 tokens: 124,439,808 parameters.

Source: Radford et al. (2019), table 2 and the released model; the head shares the word embedding.
Attention is counted over the whole square: the causal half that is masked away is computed too.
"""

from evaluators.networks.attention import attend, feed_forward
from evaluators.networks.layers import Stream, Table
from evaluators.workload import Network

WIDTH, HEADS, BLOCKS = 768, 12, 12
WORDS, TOKENS = 50_257, 1024


def build(batch_size: int) -> Network:
    """The network at a batch size. [-]"""
    net = Table("gpt2", batch_size)
    words = net.embedding("wte", WORDS, WIDTH, tokens=TOKENS)
    positions = net.embedding("wpe", TOKENS, WIDTH, tokens=TOKENS)
    x = net.dropout("drop", net.add("embeddings", words, positions))
    for index in range(BLOCKS):
        x = _block(net, f"h.{index}", x)
    x = net.norm("ln_f", x, axis=-1)
    net.linear("lm_head", x, WORDS, bias=False, weight="wte")
    return net.network()


def _block(net: Table, name: str, x: Stream) -> Stream:
    joint = net.linear(f"{name}.attn.c_attn", net.norm(f"{name}.ln_1", x, axis=-1), 3 * WIDTH)
    y = attend(net, f"{name}.attn", (joint, joint, joint), heads=HEADS, dropout=True)
    y = net.dropout(f"{name}.attn.resid_dropout", net.linear(f"{name}.attn.c_proj", y, WIDTH))
    x = net.add(f"{name}.add_1", y, x)
    y = net.norm(f"{name}.ln_2", x, axis=-1)
    y = feed_forward(net, (f"{name}.mlp.c_fc", f"{name}.mlp.c_proj"), y, 4 * WIDTH)
    return net.add(f"{name}.add_2", net.dropout(f"{name}.mlp.dropout", y), x)
