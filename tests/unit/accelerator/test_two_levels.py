"""A buffer in front of each region: counts by a walk of the tiles, energy in plain Python."""

from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
import pytest

from evaluators.accelerator import AcceleratorOptions, TrainingStep
from evaluators.accelerator.placed import phased
from evaluators.accelerator.residency import NOWHERE, lifetimes
from evaluators.design import DataKind, DesignPoint, MemoryPlan, Region, SystolicArray
from evaluators.energy import DesignBatch, evaluate_batch, levels
from evaluators.networks import network
from evaluators.scenario import Scenario
from evaluators.workload import Gemm, Operand, Phase
from tests.unit.accelerator.scalar_reference import KINDS, Step, energy, kept, traffic
from tests.unit.accelerator.tile_walk import walked

KIB, MIB = 2**10, 2**20
SIZES = (128 * KIB, 256 * KIB, 512 * KIB, MIB, 3 * MIB)


def design(
    technology: str = "stt_mram", *, capacity: int = 4 * MIB, buffer: int = 0, **own: Any
) -> DesignPoint:
    region = Region(technology=technology, capacity_bytes=capacity, buffer_bytes=buffer, **own)
    plan = MemoryPlan(activation=region, weight=region, error=region)
    return DesignPoint(array=SystolicArray(rows=128, cols=128), memory=plan)


def one(point: DesignPoint, scenario: Scenario) -> dict[str, float]:
    report = evaluate_batch(DesignBatch.of([point]), scenario)
    return {name: float(column[0]) for name, column in report.columns.items()}


@pytest.mark.parametrize(
    ("name", "batch", "count", "elementwise"),
    [("resnet18", 8, 8, "fused"), ("lenet5", 64, 20, "unfused"), ("vit_b_16", 2, 3, "fused"),
     ("mobilenet_v2", 4, 4, "fused")],
)  # fmt: skip
def test_arrays_equal_plain_python(name: str, batch: int, count: int, elementwise: Any) -> None:
    """Buffers of any size, some kinds without one."""
    random = np.random.default_rng(3)
    options = AcceleratorOptions(elementwise=elementwise)
    vectorised = TrainingStep(network(name, batch), options, element_bytes=1.0)
    plain = Step(network(name, batch), options, 1.0)
    rows, cols = random.integers(4, 300, (2, count))
    capacity = random.integers(1, 65, (3, count)) * 2**18
    buffers = random.choice([0, *SIZES], (3, count))
    buffers = np.where(buffers < capacity, buffers, 0)
    found = vectorised.counts(
        rows, cols, capacity.astype(float), buffer_bytes=buffers.astype(float)
    )
    names = ("reads", "writes", "buffer_reads", "buffer_writes")
    arrays = {name: getattr(found, name) for name in names}
    for place in range(count):
        region, buffer = ({kind: int(sizes[row, place]) for row, kind in enumerate(KINDS)}
                          for sizes in (capacity, buffers))  # fmt: skip
        told = plain.counts(int(rows[place]), int(cols[place]), region, None, buffer)
        for part, by_pass in enumerate(told.values()):
            assert found.dram_bytes[part, place] == pytest.approx(by_pass["dram_bytes"], rel=1e-9)
            for row, kind in enumerate(KINDS):
                for what, both in arrays.items():
                    wanted = by_pass[f"{kind}_{what}"]
                    assert both[part, row, place] == pytest.approx(wanted, rel=1e-9), what


def test_every_layer_moves_what_a_walk_of_its_tiles_does() -> None:
    """21 layers of ResNet-18, the three products of each, tile by tile.

    Regions are so large that they keep everything but the network's input and output.
    """
    whole, buffer, cols, count = network("resnet18", 4), 256 * KIB, 64, 21
    options = AcceleratorOptions(overlap="layer")
    counts = TrainingStep(whole, options, element_bytes=1.0).counts(
        np.array([64]), np.array([cols]), np.full((3, 1), 2.0**40),
        buffer_bytes=np.full((3, 1), float(buffer)),
    )  # fmt: skip
    lives = lifetimes(whole)
    in_buffer = {
        place for kind in KINDS
        for place in kept(list(lives.tensors), lives.steps, Operand(kind), buffer, 1.0)
    }  # fmt: skip
    assert len(lives.layers) == count
    room = {**dict.fromkeys(KINDS, buffer),
            "weight_gradient": cols * options.accumulator_depth_words}  # fmt: skip
    for number, used in enumerate(lives.layers):
        told = dict.fromkeys([(kind, what) for kind in KINDS for what in ("reads", "writes")], 0.0)
        for gemm in used.layer.gemms:
            add_walk(told, gemm, used, lives, in_buffer, room)
        parts = [place * count + number for place in range(3)]
        for row, kind in enumerate(KINDS):
            for what, found in (("reads", counts.reads), ("writes", counts.writes)):
                moved = found[parts, row, 0].sum()
                assert moved == pytest.approx(told[kind, what], rel=1e-9), (kind, what, number)


def add_walk(
    told: dict[tuple[str, str], float], gemm: Gemm, used: Any, lives: Any, in_buffer: set[int],
    room: dict[str, int],
) -> None:  # fmt: skip
    """What one product's tiles read of its regions and write into them."""
    shaped, places = phased(gemm), used.places(gemm)
    output = shaped.c_elements
    if gemm.phase is Phase.FORWARD and places[2] != NOWHERE:
        output = min(output, lives.tensors[places[2]].elements)
    sizes = [ceil(size / shaped.count) for size in (shaped.a_elements, shaped.b_elements, output)]
    kinds = [shaped.a.value, shaped.b.value, shaped.c.value]
    moved = walked(shaped, sizes, [0.5 * room[k] / kinds.count(k) for k in kinds])
    both = any(g.phase is Phase.INPUT_GRADIENT for g in used.layer.gemms)
    shared = sizes[1] if gemm.phase is Phase.WEIGHT_GRADIENT and both else 0
    for operand, (kind, place) in enumerate(zip(kinds, places, strict=True)):
        fetched, back = moved[operand]
        if place in in_buffer or kind not in KINDS:
            continue
        told[kind, "reads"] += shaped.count * (fetched - (shared if operand == 1 else 0))
        told[kind, "writes"] += shaped.count * back
        if place == NOWHERE:  # comes from off the chip, or goes there
            told[kind, "writes" if operand < 2 else "reads"] += shaped.count * sizes[operand]


def test_the_walk_is_what_the_formula_says() -> None:
    """Of one product whose tiles do not divide its sides."""
    gemm = next(g for layer in network("resnet18", 2).layers[3:] for g in layer.gemms)
    sizes = [gemm.m * gemm.k, gemm.k * gemm.n, gemm.m * gemm.n]
    room = [3000.0, 2000.0, 5000.0]
    a, b, c = traffic(gemm, sizes, room, 1.0)
    moved = walked(gemm, sizes, room, 1.0)
    assert [sum(both) for both in moved] == pytest.approx([a, b, c])


@pytest.mark.parametrize("number_format", ["int8", "bf16"])
def test_energy_time_and_area_equal_plain_python(number_format: Any) -> None:
    scenario = Scenario(network="lenet5", batch_size=64, number_format=number_format)
    random = np.random.default_rng(2)
    designs = []
    for _ in range(15):
        regions = {
            kind: Region(
                technology=str(random.choice(["sram", "stt_mram"])),
                capacity_bytes=int(random.choice([512 * KIB, MIB, 4 * MIB])),
                banks=int(random.choice([1, 4, 16])),
                buffer_bytes=int(random.choice([0, 128 * KIB, 512 * KIB])),
            )
            for kind in KINDS
        }
        array = SystolicArray(rows=int(random.choice([16, 128])), cols=32)
        designs.append(DesignPoint(array=array, memory=MemoryPlan(**regions)))
    found = evaluate_batch(DesignBatch.of(designs), scenario)
    step = Step(network("lenet5", 64), scenario.accelerator, scenario.bits / 8)
    for place, point in enumerate(designs):
        for name, told in energy(point, scenario, step).items():
            assert found[name][place] == pytest.approx(told, rel=1e-9), name


@pytest.mark.parametrize("technology", ["sram", "stt_mram"])
def test_a_buffer_as_large_as_its_region_is_the_single_level(technology: str) -> None:
    scenario = Scenario(network="lenet5")
    single = one(design(technology), scenario)
    assert one(design(technology, buffer=4 * MIB), scenario) == single
    assert one(design(technology, buffer=8 * MIB), scenario) == single
    assert one(design(technology, buffer=MIB), scenario) != single


def test_a_larger_buffer_asks_less_of_its_region_and_none_of_it_more_of_dram() -> None:
    """Nothing that the network has is more than a buffer of 3 MiB holds."""
    step = TrainingStep(network("resnet18", 4), AcceleratorOptions(), element_bytes=1.0)
    sizes = np.array([float(size) for size in SIZES])
    counts = step.counts(
        np.full(len(sizes), 64), np.full(len(sizes), 64), np.full((3, len(sizes)), 4.0 * MIB),
        buffer_bytes=np.tile(sizes, (3, 1)),
    )  # fmt: skip
    moved = (counts.reads + counts.writes).sum(axis=(0, 1))
    assert (np.diff(moved) <= 0.0).all()
    assert moved[0] > moved[-1]
    assert len(set(counts.dram_bytes.sum(axis=0))) == 1


def test_a_buffer_hides_the_pulse_and_takes_writes_off_the_cells() -> None:
    scenario = Scenario(network="resnet18")
    alone = one(design(banks=4, mat_kib=128), scenario)
    behind = one(design(buffer=MIB, banks=4, mat_kib=128), scenario)
    slow = one(design(buffer=MIB, banks=1, mat_kib=128), scenario)
    assert slow["time_s"] > 2.0 * behind["time_s"]  # the pulses' bandwidth counts
    assert behind["time_s"] < 0.8 * alone["time_s"]
    assert behind["write_energy_j"] < alone["write_energy_j"]
    assert behind["writes_per_cell"] < alone["writes_per_cell"]
    assert behind["memory_area_m2"] > alone["memory_area_m2"]
    assert behind["dram_bytes"] == alone["dram_bytes"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [(1000, "multiple of 131072"), (-1, "buffer_bytes"), (2**30, "buffer_bytes"),
     (True, "buffer_bytes")],
)  # fmt: skip
def test_a_buffer_that_cannot_be_is_refused(wrong: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told) as error:
        design(buffer=wrong)
    assert "\n" not in str(error.value)
    assert f"got {wrong}" in str(error.value)


def test_kinds_may_have_a_buffer_each() -> None:
    """One kind's buffer leaves what the other kinds ask of their regions."""
    scenario = Scenario(network="lenet5")
    plain = design()
    weights = replace(
        plain, memory=plain.memory.each(
            lambda kind, region: replace(region, buffer_bytes=MIB)
            if kind is DataKind.WEIGHT else region)
    )  # fmt: skip
    alone, behind = one(plain, scenario), one(weights, scenario)
    for name in ("activation_read_j", "activation_write_j", "error_read_j", "error_write_j"):
        assert behind[name] == alone[name]
    assert behind["weight_read_j"] != alone["weight_read_j"]


def test_levels_add_up_to_the_report() -> None:
    scenario = Scenario(network="lenet5", batch_size=64)
    made = design(buffer=512 * KIB, banks=4)
    report = evaluate_batch(DesignBatch.of([made]), scenario).row(0)
    found = levels.levels(made, scenario)
    assert [(one.kind.value, one.level) for one in found] == [
        (kind, level) for kind in KINDS for level in ("buffer", "region")
    ]
    for kind in DataKind:
        own = [one for one in found if one.kind is kind]
        told = getattr(report, f"{kind}_read_j") + getattr(report, f"{kind}_write_j")
        assert sum(one.access_energy_j for one in own) == pytest.approx(told, rel=1e-12)
        area = getattr(report, f"{kind}_area_m2")
        assert sum(one.area_m2 for one in own) == pytest.approx(area, rel=1e-12)
    assert max(one.busy_s for one in found) <= report.scratchpad_time_s * (1 + 1e-12)
    assert levels.levels(design(), scenario) == []
