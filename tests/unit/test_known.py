"""Operators that cost a few operations an element: against PyTorch's own schema, tags, counter."""

import torch
from torch.utils.flop_counter import flop_registry

from evaluators.capture.events import TAGS, is_known
from evaluators.capture.known import BLANKS, CHEAP, COPIES, ENDINGS, PICKS, is_cheap
from evaluators.capture.operators import MATRICES, TABLE

SCHEMAS = {
    schema.name.removeprefix("aten::")
    for schema in torch._C._jit_get_all_schemas()
    if schema.name.startswith("aten::")
}
PACKETS = [
    packet
    for name in sorted(SCHEMAS)
    if isinstance(packet := getattr(torch.ops.aten, name, None), torch._ops.OpOverloadPacket)
]
OVERLOADS = [getattr(packet, name) for packet in PACKETS for name in packet._overload_names]
COUNTED = {str(packet).removeprefix("aten.") for packet in flop_registry if "aten" in str(packet)}


def test_schema_is_read() -> None:
    assert len(OVERLOADS) > 2000


def test_every_listed_name_is_an_operator_of_pytorch() -> None:
    forms = ("{}", "_{}", *(f"{start}{{}}{end}" for start in ("", "_") for end in ENDINGS))
    stale = {name for name in CHEAP if not any(form.format(name) in SCHEMAS for form in forms)}
    assert stale == set()
    assert set(COPIES | BLANKS | PICKS) <= SCHEMAS


def test_no_listed_name_is_a_product() -> None:
    products = COUNTED | set(MATRICES) | set(TABLE)
    assert {name for name in products if is_cheap(f"aten.{name}")} == set()


def test_every_product_that_pytorch_counts_is_counted_or_named() -> None:
    known = {name for name in COUNTED if is_known(getattr(torch.ops.aten, name).default)}
    assert known <= set(MATRICES) | set(TABLE)


def test_views_in_place_and_what_pytorch_tags_are_known() -> None:
    unknown = [op for op in OVERLOADS if TAGS & set(op.tags) and not is_known(op)]
    assert unknown == []
    in_place = {op._opname for op in OVERLOADS if torch.Tag.inplace_view in op.tags}
    assert {"transpose_", "unsqueeze_", "squeeze_", "t_", "swapaxes_", "detach_"} <= in_place


def test_in_place_and_backward_forms_of_pointwise_operators_are_known() -> None:
    pointwise = {op._opname for op in OVERLOADS if torch.Tag.pointwise in op.tags}
    forms = [
        op
        for op in OVERLOADS
        if op._opname.removesuffix("_") in pointwise
        or op._opname.removesuffix("_backward") in pointwise
        or op._opname.removeprefix("_foreach_").removesuffix("_") in pointwise
    ]
    assert len(forms) > 500
    assert [op for op in forms if not is_known(op)] == []


def test_operators_that_multiply_unseen_are_not_known() -> None:
    for name in ("_trilinear", "_fft_r2c", "_linalg_svd", "linalg_lu", "_cdist_forward"):
        assert not is_known(getattr(torch.ops.aten, name).default)
