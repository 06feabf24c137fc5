"""SCALE-Sim topology files: what the header says, what is no layer, what is refused and how."""

import os
from pathlib import Path

import pytest

from dse.commands.network import show_network
from dse.mistakes import UserError
from evaluators.networks import network
from evaluators.networks.topology import MOST_LAYERS, TopologyError
from evaluators.workload import Network, Phase

CASES = Path(__file__).parents[1] / "cases"
FIRST = (
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
)
HEAD = f"{FIRST}Strides,\n"
ROW = "Conv1,34,34,3,3,16,32,1,\n"
MACS = 32 * 32 * 9 * 16 * 32


def read(folder: Path, text: str | bytes, batch_size: int = 1) -> Network:
    file = folder / "topology.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return network(str(file), batch_size)


@pytest.mark.parametrize(
    ("case", "macs"),
    [
        ("01-topology-spreadsheet-columns/sheet.csv", 4_718_592 + 2_097_152),
        ("02-topology-comment-section-tab/comment.csv", 4_718_592),
        ("02-topology-comment-section-tab/section.csv", 4_718_592),
        ("02-topology-comment-section-tab/tab.csv", 4_718_592),
        ("04-topology-header-order/mkn.csv", 784 * 256),
        ("04-topology-header-order/mnk.csv", 784 * 256),
        ("05-topology-depthwise/dp.csv", 64 * 1024 * 9 + 1024 * 64 * 128),
        ("07-topology-gemm-comma/gemm.csv", 50_528_256),
        ("08-topology-sparse/dense.csv", 240),
    ],
)
def test_tables_that_users_brought(case: str, macs: int) -> None:
    assert network(str(CASES / case), batch_size=1).forward_macs == macs


def test_sparse_table_is_refused_with_the_reason() -> None:
    rule = r"sparse\.csv, line 2, column 5 \('Sparsity'\): .* not modelled\), got '3:4'; write 1:1"
    with pytest.raises(TopologyError, match=rule):
        network(str(CASES / "08-topology-sparse/sparse.csv"))


def test_columns_are_named_by_the_header() -> None:
    for name in ("mkn", "mnk"):
        found = network(str(CASES / f"04-topology-header-order/{name}.csv"), batch_size=1)
        (layer,) = found.layers
        assert (layer.gemms[0].m, layer.gemms[0].n, layer.gemms[0].k) == (1, 256, 784)
        assert layer.stash_elements == 784


def test_depthwise_layer_is_one_product_for_each_channel() -> None:
    first, second = network(str(CASES / "05-topology-depthwise/dp.csv"), batch_size=1).layers
    forward = first.gemms[0]
    assert (forward.m, forward.n, forward.k, forward.count) == (1024, 1, 9, 64)
    assert (first.output_elements, first.parameters) == (65_536, 64 * 9)
    assert second.input_elements == first.output_elements


def test_depthwise_filters_are_filters_of_each_channel(tmp_path: Path) -> None:
    (layer,) = read(tmp_path, f"{HEAD}DP1, 10, 10, 3, 3, 4, 2, 1,\n", batch_size=3).layers
    forward = layer.gemms[0]
    assert (forward.m, forward.n, forward.k, forward.count) == (3 * 64, 2, 9, 4)
    assert layer.output_elements == 3 * 64 * 8


@pytest.mark.parametrize(
    "text",
    [
        HEAD + ROW,
        "\ufeff" + HEAD + ROW,
        "\n,,,,\n" + HEAD + ",,,,,,,,\n" + ROW + ",,\n\n",
        (HEAD + ROW).replace("\n", "\r\n"),
        (HEAD + ROW).replace("\n", "\r"),
        (HEAD + ROW).replace(",", ";"),
        (HEAD + ";;;;\n" + ROW).replace(",", "\t"),
        "sep=,\n" + HEAD + ROW,
        "MyNet\n" + HEAD + "# all of it\n// and more\nStage 1,\n" + ROW + "Total,,,,,,,,12\n",
        "# " + HEAD + ROW,
        HEAD.rstrip(",\n") + "\n" + ROW.rstrip(",\n"),
        HEAD + ROW.replace("1,\n", "1,   # the first\n"),
        HEAD + '"Conv1",34.0,"34",3,3,16,32,1,\n',
        HEAD + ROW.replace("1,\n", "1, 1\n"),
        HEAD.replace("Strides", "Stride height, stride_w, Eh") + "a,34,34,3,3,16,32,1,1,12100,7\n",
        "Layer, IFMAP Width, IFMAP Width, Filter H, Filter W, channels, num filters, Stride\n"
        + ROW,
        "Strides, Num Filter, Channels, note, Filter Width, Filter Height, IFMAP Width, "
        "IFMAP Height, Layer name\n1, 32, 16, 5, 3, 3, 34, 34, Conv1\n",
        HEAD.replace("Strides", "Strides, Padding, Dilation, Sparsity")
        + ROW.replace("1,\n", "1, 0, 1, 2 : 2\n"),
    ],
)
def test_forms_of_one_table(tmp_path: Path, text: str) -> None:
    (layer,) = read(tmp_path, text).layers
    assert layer.gemms[0].macs == MACS
    assert (layer.gemms[0].m, layer.gemms[0].n, layer.gemms[0].k) == (1024, 32, 144)


def test_spreadsheets_unicode_text_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, (HEAD + ROW).replace(",", "\t").encode("utf-16")).forward_macs == MACS


def test_batch_of_a_product_is_as_many_products(tmp_path: Path) -> None:
    text = "Layer,M,N,K,Batch,\nscores,128,64,32,12,\nplain,128,64,32,,\n"
    first, second = read(tmp_path, text, batch_size=2).layers
    forward = first.gemms[0]
    assert (forward.m, forward.n, forward.k, forward.count) == (256, 64, 32, 12)
    assert first.parameters == 12 * second.parameters == 12 * 64 * 32


def test_batch_and_groups_of_a_convolution(tmp_path: Path) -> None:
    head = HEAD.replace("Strides", "Strides, Batch, Groups")
    (layer,) = read(tmp_path, head + ROW.replace("1,\n", "1, 5, 4\n"), batch_size=2).layers
    forward = layer.gemms[0]
    assert (forward.m, forward.n, forward.k, forward.count) == (10 * 1024, 8, 36, 4)


def test_a_second_header_begins_another_table(tmp_path: Path) -> None:
    found = read(tmp_path, f"Layer,M,N,K,\na,2,3,4,\n{HEAD}{ROW}")
    assert found.forward_macs == 24 + MACS
    assert found.layers[1].inputs == ("a",)


def test_layers_without_a_name_and_of_one_name_are_numbered(tmp_path: Path) -> None:
    rows = "fc, 2, 3, 4\n, 2, 3, 4\nfc, 2, 3, 4\n"
    found = read(tmp_path, f"Layer, M, N, K\n{rows}")
    assert [layer.name for layer in found.layers] == ["fc", "layer2", "fc#3"]
    assert read(tmp_path, "M, N, K\n2, 3, 4\n").layers[0].name == "layer1"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (ROW, "line 1: no header above the first row, got 'Conv1, 34"),
        ("a, 1, 2, 3\n", "line 1: no header .* name the columns: `Layer, M, N, K`"),
        ("Layer, M, N\na, 1, 2\n", "line 1: .* it lacks 'K'"),
        (HEAD.replace("Channels", "Chanels"), r"lacks 'Channels' \(did you mean 'Chanels'\?\)"),
        ("Layer, M, N, K, K\na, 1, 2, 3, 4\n", "it names 'K' twice"),
        ("", "no header and no layers"),
        (HEAD, "no layers"),
        (f"{HEAD}a, 8, 8, 3, 3", r"line 2: .* got 4 numbers; fill in column 6 \('Channels'\)"),
        (f"{HEAD}a, 8, 0, 3, 3, 1, 1, 1", r"column 3 \('IFMAP Width'\): .* numbers from 1 .* '0'"),
        (f"{HEAD}a, 8, 8, 3, 3, 1, 1, 1.5", "whole numbers from 1 .* got '1.5'"),
        (f"{HEAD}a, 1, B, 1, 1, H, H, 1,", r"column 3 .* got 'B'; write the number alone"),
        (f"{HEAD}a, 8, 8, 3, 3, 1, 1, 1, 2:4", "sparse ratios are not modelled.* got '2:4'"),
        (f"{HEAD}a, 2, 8, 3, 3, 1, 1, 1", "line 2: a filter of 3 x 3 does not fit"),
        (f"{HEAD}a, 8, 8, 3, 3, 1, 1, 1, 2", r"column 9 \(no name\).* got '2'; .*`Stride Width`"),
        ("Layer,M,N,K,\na,1,2,3,12,\n", "got '12'; call the column `Batch`"),
        ("Layer,M,N,K,Sparsity\na,1,2,3,0:0\n", "must be N:M with N = M .* got '0:0'"),
        (f"{FIRST}Strides, Pad\na,8,8,3,3,1,1,1,1\n", "must be 0, got '1'; .* their padding"),
        (f"{FIRST}Strides, Groups\na,8,8,3,3,4,4,1,3\n", "`Groups` must divide .* got 3 for 4"),
        (f"{HEAD}a;8;8;3;3;1;1;1\n", "line 2: cells must be separated by commas"),
        (f'{HEAD}"a,8,8,3,3,1,1,1\n{ROW}', "line 2: a quote must be closed"),
        (f"{HEAD}{'x' * 200_000}", "line 2: a line has at most 20000 letters, got 200000"),
        (f"{HEAD}{'x' * 600},8,8,3,3,1,1,1", "column 1: a cell has at most 500 letters, got 600"),
        (f"Layer,M,N,K\na,{2**62},1,1\n", r"from 1 to 16777216, got '4611686018427387904'"),
        (f"Layer,M,N,K\na,{2**24},{2**24},{2**24}\n", r"line 2: .* at most 2\*\*60"),
        ("Layer,M,N,K\n" + "a,1,1,1\n" * 20_000, f"line 2002: .* at most {MOST_LAYERS} layers"),
        ("Layer,M,N,K\n" + "\n" * 200_000, "line 50001: a topology has at most 50000 lines"),
        ("Layer,M,N,K\n" + "a,1,1,1\n" * 600_000, "must have at most 4194304 bytes"),
        (f"{HEAD}{ROW}".encode().replace(b"C", b"\xc4"), "is not UTF-8 text, got byte 0xc4"),
    ],
)
def test_wrong_tables_name_line_column_value_and_remedy(
    tmp_path: Path, text: str | bytes, rule: str
) -> None:
    with pytest.raises(TopologyError, match=rule):
        read(tmp_path, text)


def test_all_wrong_lines_are_named_but_no_more_than_eight(tmp_path: Path) -> None:
    with pytest.raises(TopologyError) as refused:
        read(tmp_path, "Layer,M,N,K\n" + "a,1,x,1\n" * 12)
    lines = str(refused.value).splitlines()
    assert len(lines) == 9
    assert lines[-1] == "and 4 more lines"


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "folder.csv").mkdir()
    for name in ("fifo", "zero"):
        with pytest.raises(TopologyError, match="must be a regular file"):
            network(str(tmp_path / f"{name}.csv"))
    for name in ("folder.csv", "none.csv", "a\0b.csv"):
        with pytest.raises(TopologyError, match="cannot read topology"):
            network(str(tmp_path / name))


def test_a_refusal_is_the_users_mistake(tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text("a, 1, 2, 3\n", encoding="utf-8")
    with pytest.raises(UserError, match="line 1: no header"):
        show_network(str(file), 1, as_json=False)


def test_phases_of_a_chain(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + ROW + "DP2,32,32,3,3,32,1,1,\n")
    assert [gemm.phase for gemm in found.layers[0].gemms] == [
        Phase.FORWARD,
        Phase.WEIGHT_GRADIENT,
    ]
    assert {gemm.phase for gemm in found.layers[1].gemms} == set(Phase)
