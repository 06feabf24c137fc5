"""Two layers by hand: every count, energy and time of every pass by plain arithmetic.

ResNet-18's layer1.0.conv1 (m 100,352, n 64, k 576) and BERT's encoder.0.intermediate (4,096 x 768
by 768 x 3,072), each as a network of its own, batch 32, int8, a 128 x 128 array at 1 GHz with an
accumulator of 4,096 words, 3 MiB of activations, 2 MiB of weights, 3 MiB of errors. Only the unit
costs of an access are taken from the models.
"""

from dataclasses import replace

import pytest

from evaluators.accelerator import PASSES
from evaluators.design import DataKind, DesignPoint, SystolicArray
from evaluators.energy import (
    DesignBatch,
    baseline_design,
    evaluate_batch,
    nominal_design,
    region_costs,
    step_counts,
)
from evaluators.memories import array_cost, small_sram_cost
from evaluators.networks import network
from evaluators.scenario import Scenario
from evaluators.workload import Layer, Network

KINDS = ("activation", "weight", "error")
Row = dict[str, float]


def alone(name: str, layer_name: str, batch_size: int) -> Network:
    (layer,) = (x for x in network(name, batch_size).layers if x.name == layer_name)
    lone: Layer = replace(layer, inputs=())
    return Network(name=layer_name, batch_size=batch_size, layers=(lone,))


def conv1(batch_size: int) -> Network:
    return alone("resnet18", "layer1.0.conv1", batch_size)


def intermediate(batch_size: int) -> Network:
    return alone("bert_base", "encoder.0.intermediate", batch_size)


# Convolution. Forward and input gradient: 5 folds of k over the rows, one of n over the columns;
# half an accumulator, 2,048 words, cuts the stream of 100,352 into 49. The weights stay on the
# chip; image, output and errors of 6,422,528 elements do not, and move once, as the weights fit.
CONV1: dict[str, Row] = {
    "forward": {
        "cycles": 5 * (100_352 + 49 * (2 * 128 + 128 - 2)),
        "activation_reads": 100_352 * 576 + 6_422_528,  # by the array, and out to DRAM
        "weight_reads": 576 * 64 * 49,
        "activation_writes": 6_422_528 + 6_422_528,  # the output, and the image from DRAM
        "accumulator": 6_422_528 * 5,
        "dram_bytes": 6_422_528 + 6_422_528,
        "macs": 100_352 * 64 * 576,
    },
    "input_gradient": {
        "cycles": 5 * (100_352 + 49 * (2 * 128 + 128 - 2)),
        "error_reads": 100_352 * 576 + 6_422_528,
        "weight_reads": 576 * 64 * 49,
        "error_writes": 6_422_528 + 6_422_528,
        "accumulator": 6_422_528 * 5,
        "dram_bytes": 6_422_528 + 6_422_528,
        "macs": 100_352 * 64 * 576,
    },
    "weight_gradient": {
        "cycles": 5 * (100_352 + 128 + 128 - 2),
        "activation_reads": 576 * 100_352,
        "error_reads": 100_352 * 64 * 5,
        "activation_writes": 6_422_528,  # the image again; the error came for the input gradient
        "accumulator": 576 * 64,
        "dram_bytes": 6_422_528,
        "macs": 100_352 * 64 * 576,
    },
    "update": {
        "cycles": 36_864 / 128,
        "weight_writes": 36_864,
        "dram_bytes": 36_864 * 6 * 4,
        "macs": 36_864,
    },
}

# Linear layer. Forward: weights stay in tiles of 768 x 1,024 (1 MiB has 1,048,576), so the input
# moves three times. Input gradient: outputs stay in tiles of 1,024 x 768 (786,432 each for outputs
# and errors), so the weights move four times. Weight gradient: the input stays in tiles of 384 x
# 4,096 (1,572,864), so the errors move twice, once of which the input gradient has brought.
INTERMEDIATE: dict[str, Row] = {
    "forward": {
        "cycles": 6 * 24 * (4_096 + 2 * (2 * 128 + 128 - 2)),
        "activation_reads": 4_096 * 768 * 24 + 12_582_912,
        "weight_reads": 768 * 3_072 * 2,
        "activation_writes": 12_582_912 + 3 * 3_145_728,
        "weight_writes": 2_359_296,
        "accumulator": 12_582_912 * 6,
        "dram_bytes": 12_582_912 + 3 * 3_145_728 + 2_359_296,
        "macs": 4_096 * 768 * 3_072,
    },
    "input_gradient": {
        "cycles": 24 * 6 * (4_096 + 2 * (2 * 128 + 128 - 2)),
        "error_reads": 4_096 * 3_072 * 6 + 3_145_728,
        "weight_reads": 768 * 3_072 * 2,
        "error_writes": 3_145_728 + 12_582_912,
        "weight_writes": 4 * 2_359_296,
        "accumulator": 3_145_728 * 24,
        "dram_bytes": 3_145_728 + 12_582_912 + 4 * 2_359_296,
        "macs": 4_096 * 768 * 3_072,
    },
    "weight_gradient": {
        "cycles": 6 * 24 * (4_096 + 128 + 128 - 2),
        "activation_reads": 768 * 4_096 * 24,
        "error_reads": 4_096 * 3_072 * 6,
        "activation_writes": 3_145_728,
        "error_writes": 12_582_912,
        "accumulator": 768 * 3_072,
        "dram_bytes": 3_145_728 + 12_582_912,
        "macs": 4_096 * 768 * 3_072,
    },
    "update": {
        "cycles": 2_362_368 / 128,
        "weight_writes": 3_072,  # the biases, which stay; the weights go off the chip
        "dram_bytes": 2_359_296 + 2_362_368 * 6 * 4,
        "macs": 2_362_368,
    },
}

LAYERS = {"conv1": CONV1, "intermediate": INTERMEDIATE}


def scenario(layer: str, roadmap: str) -> Scenario:
    return Scenario(network=f"tests.unit.energy.test_spreadsheets:{layer}", roadmap=roadmap)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_counts_of_every_pass(layer: str) -> None:
    own = scenario(layer, "LOP")
    design = baseline_design(own, SystolicArray(rows=128, cols=128))
    counts = step_counts(DesignBatch.of([design]), own)
    for place, name in enumerate(PASSES):
        told = LAYERS[layer][name]
        assert counts.cycles[place, 0] == told["cycles"], name
        assert counts.dram_bytes[place, 0] == told["dram_bytes"], name
        assert counts.accumulator_reads[place, 0] == told.get("accumulator", 0), name
        assert counts.accumulator_writes[place, 0] == told.get("accumulator", 0), name
        assert counts.macs[place] + counts.vector_operations[place] == told["macs"], name
        for row, kind in enumerate(KINDS):
            assert counts.reads[place, row, 0] == told.get(f"{kind}_reads", 0), (name, kind)
            assert counts.writes[place, row, 0] == told.get(f"{kind}_writes", 0), (name, kind)


@pytest.mark.parametrize("roadmap", ["HP", "LOP", "LSTP"])
@pytest.mark.parametrize("layer", LAYERS)
def test_every_energy_and_time(layer: str, roadmap: str) -> None:
    own = scenario(layer, roadmap)
    array = SystolicArray(rows=128, cols=128)
    for design in (baseline_design(own, array), nominal_design(own, array)):
        report = evaluate_batch(DesignBatch.of([design]), own)
        for name, told in by_hand(design, own, LAYERS[layer]).items():
            assert report[name][0] == pytest.approx(told, rel=1e-9), name


def by_hand(design: DesignPoint, own: Scenario, table: dict[str, Row]) -> Row:
    regions = region_costs(DesignBatch.of([design]), own)
    told: Row = {}
    busy = {name: 0.0 for name in PASSES}
    for kind in DataKind:
        cost = regions[kind]
        words = {
            what: {name: -(-table[name].get(f"{kind}_{what}", 0) // 32) for name in PASSES}
            for what in ("reads", "writes")
        }  # 32 values of 8 bits in a word of 256
        told[f"{kind}_read_j"] = sum(words["reads"].values()) * float(cost.read_energy_j[0])
        told[f"{kind}_write_j"] = sum(words["writes"].values()) * float(cost.write_energy_j[0])
        for name in PASSES:
            spent = words["reads"][name] * float(cost.read_s[0, 0])
            spent += words["writes"][name] * float(cost.write_s[0, 0])
            busy[name] = max(busy[name], spent)
    scale = 0.39 * {"HP": 1.0, "LOP": 0.64, "LSTP": 0.79}[own.roadmap]
    operations = sum(table[name]["macs"] for name in PASSES)
    told["mac_j"] = operations * (0.2e-12 + 0.1e-12 + 48 * 7.5e-15) * scale
    column = small_sram_cost(4_096 * 4, node_nm=22, roadmap=own.roadmap, word_bits=32)
    each = float(column.read_energy_j[0] + column.write_energy_j[0])
    told["accumulator_j"] = each * sum(table[n].get("accumulator", 0) for n in PASSES)
    for name in PASSES:
        row = table[name]
        bounds = (row["cycles"] / 1e9, row["dram_bytes"] / 300e9, busy[name])
        told[f"{name}_time_s"] = max(bounds)
    time_s = sum(told[f"{name}_time_s"] for name in PASSES)
    moved = sum(table[name]["dram_bytes"] for name in PASSES)
    told["dram_j"] = moved * 8 * 3.9e-12 + 0.5 * time_s
    mat = array_cost("sram", 2**17, node_nm=22, roadmap=own.roadmap)
    element_w = 0.3 * float(mat.leakage_w[0] / mat.area_m2[0]) * 300e-12
    leaking_w = sum(float(regions[kind].leakage_w[0]) for kind in DataKind)
    leaking_w += 128 * float(column.leakage_w[0]) + 128 * 128 * element_w
    told["leakage_j"] = leaking_w * time_s
    told["energy_j"] = sum(told[n] for n in told if n.endswith("_j"))
    area_m2 = sum(float(regions[kind].area_m2[0]) for kind in DataKind)
    told["area_m2"] = area_m2 + 128 * float(column.area_m2[0]) + 128 * 128 * 300e-12
    told["time_s"], told["dram_bytes"] = time_s, moved
    told["compute_time_s"] = sum(table[name]["cycles"] for name in PASSES) / 1e9
    told["scratchpad_time_s"] = sum(busy.values())
    told["average_power_w"] = told["energy_j"] / time_s
    told["energy_delay_js"] = told["energy_j"] * time_s
    products = operations - table["update"]["macs"]
    told["utilization"] = products / (128 * 128 * 1e9 * time_s)
    return told
