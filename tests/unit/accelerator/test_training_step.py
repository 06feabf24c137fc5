"""A whole training step: against plain Python, against the known curve, and its laws."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.accelerator import (
    PASSES,
    AcceleratorOptions,
    TrainingStep,
    offchip_curve,
)
from evaluators.accelerator.placed import ROWS, grouped, phased
from evaluators.accelerator.residency import KINDS as KINDS_OF_DATA
from evaluators.accelerator.residency import Residency, lifetimes, resident
from evaluators.accelerator.training_step import placed_products
from evaluators.design import DesignPoint, MemoryPlan, Region, SystolicArray
from evaluators.energy import DesignBatch, evaluate_batch
from evaluators.memories import dram
from evaluators.networks import network
from evaluators.scenario import NumberFormat, Scenario
from evaluators.workload import Phase
from search_spaces.axes import Choice
from search_spaces.heterogeneous_writes import SPACE
from tests.unit.accelerator.scalar_reference import Step, energy

MIB = 2**20
KINDS = ("activation", "weight", "error")

# Origin: a prototype of the same model; ResNet-18 on ImageNet, batch 32, bf16, momentum, no
# residual branches; GB off the chip in a step by MB of scratchpad.
RESNET18_CURVE_GB = {2: 0.991, 8: 0.810, 24: 0.598, 32: 0.546, 64: 0.353, 128: 0.161}


@pytest.mark.parametrize(
    ("name", "batch", "count", "element_bytes", "elementwise", "depthwise"),
    [
        ("resnet18", 8, 60, 1.0, "fused", "packed"),
        ("resnet18", 8, 30, 1.0, "unfused", "packed"),
        ("lenet5", 64, 40, 2.0, "fused", "packed"),
        ("lenet5", 64, 20, 1.0, "unfused", "single"),
        ("vit_b_16", 2, 20, 1.0, "unfused", "packed"),
        ("mobilenet_v2", 4, 20, 1.0, "fused", "packed"),
        ("mobilenet_v2", 4, 10, 2.0, "fused", "single"),
    ],
)
def test_arrays_equal_plain_python(
    name: str, batch: int, count: int, element_bytes: float, elementwise: Any, depthwise: Any
) -> None:
    """200 random designs in all."""
    random = np.random.default_rng(0)
    options = AcceleratorOptions(elementwise=elementwise, depthwise=depthwise)
    vectorised = TrainingStep(network(name, batch), options, element_bytes=element_bytes)
    plain = Step(network(name, batch), options, element_bytes)
    rows, cols = random.integers(4, 300, (2, count))
    capacity = random.integers(1, 129, (3, count)) * 2 ** random.integers(17, 19, (3, count))
    depth = random.choice([512, 1024, 2048, 4096], count)
    found = vectorised.counts(rows, cols, capacity.astype(float), depth=depth)
    for place in range(count):
        sizes = {kind: int(capacity[row, place]) for row, kind in enumerate(KINDS)}
        told = plain.counts(int(rows[place]), int(cols[place]), sizes, int(depth[place]))
        for part, by_pass in enumerate(told.values()):
            for field in ("cycles", "accumulator_reads", "accumulator_writes", "dram_bytes"):
                found_here = getattr(found, field)[part, place]
                assert found_here == pytest.approx(by_pass[field], rel=1e-9), field
            for row, kind in enumerate(KINDS):
                for what, both in (("reads", found.reads), ("writes", found.writes)):
                    told_here = by_pass[f"{kind}_{what}"]
                    assert both[part, row, place] == pytest.approx(told_here, rel=1e-9), what


@pytest.mark.parametrize("number_format", ["int8", "bf16"])
def test_energy_time_and_area_equal_plain_python(number_format: NumberFormat) -> None:
    """200 random designs in all, every component."""
    scenario = Scenario(
        network="lenet5", batch_size=16, number_format=number_format,
        accelerator=AcceleratorOptions(
            elementwise="unfused" if number_format == "bf16" else "fused"),
    )  # fmt: skip
    axes = SPACE.axes(bits=scenario.bits)
    random = np.random.default_rng(1)
    designs = [
        SPACE.decode({
            a.name: a.options[random.integers(len(a.options))] if isinstance(a, Choice)
            else float(random.uniform(a.low, a.high))
            for a in axes
        })
        for _ in range(100)
    ]  # fmt: skip
    step = Step(network("lenet5", 16), scenario.accelerator, scenario.bits / 8)
    found = evaluate_batch(DesignBatch.of(designs), scenario)
    for place, design in enumerate(designs):
        for name, told in energy(design, scenario, step).items():
            assert found[name][place] == pytest.approx(told, rel=1e-9), name


@pytest.mark.parametrize("name", ["lenet5", "vit_b_16"])
def test_finer_overlap_takes_longer_and_moves_the_same(name: str) -> None:
    """A sum of maxima is at least the maximum of the sums, layer by layer as well."""
    designs = DesignBatch.of([
        SPACE.decode({a.name: a.options[-1] if isinstance(a, Choice) else a.low
                      for a in SPACE.axes(bits=8)} | {"array_rows": size})
        for size in (16, 64, 256)
    ])  # fmt: skip
    whole, by_pass, by_layer = (
        evaluate_batch(designs, Scenario(
            network=name, batch_size=4, accelerator=AcceleratorOptions(overlap=overlap)))
        for overlap in ("step", "pass", "layer")
    )  # fmt: skip
    assert (whole["time_s"] <= by_pass["time_s"] * (1 + 1e-12)).all()
    assert (by_pass["time_s"] <= by_layer["time_s"] * (1 + 1e-4)).all()  # whole words and lanes
    assert (by_layer["time_s"] > whole["time_s"]).all()
    for report in (by_pass, by_layer):
        for field in ("mac_j", "accumulator_j"):
            assert report[field] == pytest.approx(whole[field], rel=1e-12)
        # DRAM's background lasts as long as the step: what it moves is the rest.
        background_w = dram(Scenario(network=name).memory.dram).background_w
        longer_s = report["time_s"] - whole["time_s"]
        assert report["dram_j"] - background_w * longer_s == pytest.approx(
            whole["dram_j"], rel=1e-12
        )
        times = sum(report[f"{part}_time_s"] for part in PASSES)
        assert times == pytest.approx(report["time_s"], rel=1e-12)
        assert (report["update_time_s"] > 0.0).all()


def test_the_known_curve_of_resnet18() -> None:
    capacities = [size * MIB for size in RESNET18_CURVE_GB]
    curve = offchip_curve(network("resnet18", 32), capacities, element_bytes=2, branches=False)
    for found, told in zip(curve, RESNET18_CURVE_GB.values(), strict=True):
        assert found / 1e9 == pytest.approx(told, rel=0.10)


def test_cycles_of_resnet50_by_phase() -> None:
    """Origin: the same prototype; 128 x 128, batch 32, Mcycles without element-wise work, strides
    multiplying their zeros, partial sums unbounded.
    """
    whole = network("resnet50", 32)
    for phase, told in ((Phase.FORWARD, 10.7), (Phase.INPUT_GRADIENT, 13.7),
                        (Phase.WEIGHT_GRADIENT, 10.5)):  # fmt: skip
        layers = tuple(
            replace(layer, gemms=tuple(g for g in layer.gemms if g.phase is phase),
                    elementwise_forward=0, elementwise_backward=0, parameters=0)
            for layer in whole.layers
        )  # fmt: skip
        step = TrainingStep(
            replace(whole, layers=layers),
            AcceleratorOptions(accumulator_depth_words=2**24, stride="naive"),
            element_bytes=1,
        )
        size = np.array([128])
        cycles = step.counts(size, size, np.full((3, 1), 8.0 * MIB)).cycles.sum()
        assert cycles / 1e6 == pytest.approx(told, abs=0.06)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["lenet5", "resnet18"]), st.integers(0, 2), st.integers(4, 500),
       st.integers(1, 400))  # fmt: skip
def test_more_capacity_never_moves_more(name: str, row: int, mats: int, more: int) -> None:
    step = TrainingStep(network(name, 16), AcceleratorOptions(), element_bytes=1)
    capacity = np.full((3, 2), 8.0 * MIB)
    capacity[row] = [mats * 2**17, (mats + more) * 2**17]
    counts = step.counts(np.array([32, 32]), np.array([32, 32]), capacity)
    before, after = counts.dram_bytes.sum(axis=0)
    assert after <= before * (1 + 1e-12)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=12), st.booleans())
def test_what_is_kept_fits_at_every_step(sizes: list[int], branches: bool) -> None:
    lives = lifetimes(network("lenet5", 4), branches=branches)
    capacities = np.sort(np.array(sizes, dtype=float)) * 50
    kept = resident(lives.tensors, capacities, steps=lives.steps)
    for column, capacity in enumerate(capacities):
        occupied = np.zeros(lives.steps)
        for tensor, stays in zip(lives.tensors, kept[:, column], strict=True):
            occupied[tensor.first_step : tensor.last_step + 1] += stays * tensor.elements
        assert occupied.max() <= capacity


def test_a_phased_stride_computes_no_zeros() -> None:
    """A 3 x 3 window at stride 2 has four phases, a 1 x 1 window one."""
    layers = {layer.name: layer for layer in network("resnet18", 1).layers}
    for name, phases in (("layer2.0.conv1", 4), ("layer2.0.downsample.0", 1)):
        (gemm,) = [g for g in layers[name].gemms if g.phase is Phase.INPUT_GRADIENT]
        assert phased(gemm).count == phases
        assert phased(gemm).m * 4 == gemm.m


def test_residual_branches_lengthen_the_lives_of_errors() -> None:
    whole = network("resnet18", 1)
    chain, graph = lifetimes(whole, branches=False), lifetimes(whole)

    def life(lives: object) -> int:
        return sum(
            t.last_step - t.first_step
            for t in lives.tensors  # type: ignore[attr-defined]
            if t.operand.value == "error"
        )

    assert life(graph) > life(chain)
    assert len(graph.tensors) < len(chain.tensors)  # a block's two convolutions read one tensor


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(["lenet5", "vit_b_16"]), st.integers(1, 300), st.sampled_from([1.0, 2.0]))
def test_kept_tensors_and_tiles_never_exceed_a_region_together(
    name: str, mats: int, element_bytes: float
) -> None:
    lives = lifetimes(network(name, 8))
    residency = Residency.by_kind(lives, element_bytes=element_bytes)
    capacity = mats * 2**17 / element_bytes
    point = residency.point(np.array([capacity]))[0]
    for operand in KINDS_OF_DATA:
        occupied = np.zeros(lives.steps)
        for place, tensor in enumerate(lives.tensors):
            if tensor.operand is operand and residency.moved(place)[point] == 0.0:
                occupied[tensor.first_step : tensor.last_step + 1] += tensor.elements
        for group in grouped(placed_products(lives, AcceleratorOptions()), residency):
            region = list(ROWS.values())[list(ROWS).index(operand)]
            tiles = sum(0.5 * capacity / group._shared[place]
                        for place, row in enumerate(group._rows) if row == region)  # fmt: skip
            assert occupied.max() + tiles <= capacity * (1 + 1e-9)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5), st.sampled_from([128, 512]), st.sampled_from(["sram", "stt_mram"]))
def test_more_banks_are_never_slower(power: int, mat_kib: Any, technology: str) -> None:
    few, many = (
        DesignPoint(array=SystolicArray(rows=64, cols=64), memory=MemoryPlan(**{
            kind: Region(technology=technology, capacity_bytes=3 * MIB, banks=banks,
                         mat_kib=mat_kib) for kind in KINDS
        }))
        for banks in (2 ** (power - 1), 2**power)
    )  # fmt: skip
    report = evaluate_batch(DesignBatch.of([few, many]), Scenario(network="lenet5"))
    assert report["time_s"][1] <= report["time_s"][0]
    for field in ("activation_read_j", "mac_j", "dram_bytes"):
        assert report[field][1] == report[field][0]
