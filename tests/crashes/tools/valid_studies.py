"""Studies drawn from the schema: every field, space, sampler and strategy, at values it allows."""

import random
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final

from dse.study import SAMPLERS
from evaluators import plugins
from evaluators.device.emram_28nm import CELL
from evaluators.training.recipe import DATA_NAMES, MODEL_NAMES
from search_spaces.axes import Choice, Space, unsized

Draw = Callable[[random.Random], Any]
Table = dict[str, Any]

ANALYTIC: Final = ("energy_j", "area_m2", "time_s", "write_energy_j", "edp_js",
                   "leakage_energy_j", "dram_bytes", "lifetime_s")  # fmt: skip
LIMITS: Final = ("area_m2 <= 2e-4", "accuracy_loss<=0.05", " time_s <= 1 ", "lifetime_s >= 1e5",
                 "capacity_bytes <= 33554432", "accuracy >= 0.2", "energy_j<=+1.5e2",
                 "weight_capacity_bytes >= 0", "edp_js <= 1e9")  # fmt: skip
BITS: Final = {"int8": 8, "int16": 16, "bf16": 16, "fp8_e4m3": 8, "fp8_e5m2": 8}


def one_of(*options: Any) -> Draw:
    return lambda random: random.choice(options)


def whole(low: int, high: int) -> Draw:
    """Whole numbers, both ends more often than by chance."""
    return lambda random: random.choice((low, high, random.randint(low, high)))


def number(low: float, high: float) -> Draw:
    return lambda random: random.choice((low, high, random.uniform(low, high)))


def by_decade(low: float, high: float) -> Draw:
    return lambda random: low * (high / low) ** random.random()


TEXT: Final[Draw] = one_of("", "a folder/ünïcödé", "x" * 300, "'quoted' \"twice\" \\ # no comment")

RECIPE: Final[dict[str, Draw]] = {
    "data": one_of(*DATA_NAMES, "somebody.elses:data"),
    "data_folder": TEXT,
    "model": one_of(*MODEL_NAMES, "somebody.elses:model"),
    "trainer": one_of("", "tests.end_to_end.stub_trainer:quick"),
    "steps": whole(1, 10_000_000),
    "seeds": whole(1, 1000),
    "batch_size": whole(1, 65536),
    "learning_rate": by_decade(1e-9, 100.0),
    "momentum": number(0.0, 0.9999),
    "gradient_norm": by_decade(1e-9, 1e9),
    "encoding": one_of("twos_complement", "sign_magnitude"),
    "scaling": one_of("delayed", "static"),
    "scale_headroom_bits": whole(0, 6),
    "activations_at": one_of("inputs", "outputs"),
    "old_content_activation": one_of("same_tensor", "random", "flip"),
    "old_content_weight": one_of("same_tensor", "random", "flip"),
    "old_content_error": one_of("same_tensor", "random", "flip"),
    "time_limit_s": by_decade(0.1, 1e7),
    "device": one_of("auto", "cpu"),
    "random_zero_sign": one_of(True, False),
    "writes_per_value": one_of("counted", "once", 2.5),
}
ACCELERATOR: Final[dict[str, Draw]] = {
    **{f"dataflow_{phase}": one_of("os", "ws", "is")
       for phase in ("forward", "input_gradient", "weight_gradient")},
    "stride": one_of("phased", "naive"),
    "overlap": one_of("pass", "layer", "step"),
    "elementwise": one_of("fused", "unfused", "statistics_first"),
    "depthwise": one_of("packed", "single"),
    "optimizer": one_of("sgd", "momentum", "adam"),
    "branches": one_of(True, False),
    "accumulator_depth_words": whole(1, 2**24),
    "max_banks": whole(1, 1024),
    "dram_bandwidth_bytes_per_s": by_decade(1e6, 1e15),
}  # fmt: skip
STOP: Final[dict[str, Draw]] = {
    "time_s": number(0.0, 1e9),
    "plateau_candidates": whole(0, 1_000_000),
    "plateau_gain": number(0.0, 1.0),
}


def shares(random: random.Random) -> Table:
    ones = random.choice((0.0, 0.3, 0.5, 1.0))
    return {"ones": ones, "changed": random.uniform(0.0, 2.0 * min(ones, 1.0 - ones))}


MEMORY: Final[dict[str, Draw]] = {
    "word_bits": one_of(128, 256, 512),
    "wire": one_of("repeated", "unrepeated"),
    "leakage_source": one_of("nvsim", "cacti"),
    "leakage_scale": number(0.0, 1000.0),
    "gate": number(0.0, 1.0),
    "sram_gate": number(0.0, 1.0),
    "sram_cell": one_of("nvsim", "silicon_dense", "silicon_low_voltage"),
    "dram": one_of("hbm2", "lpddr4", "gddr5", "ddr3"),
    "cell_area_f2": number(30.0, 70.0),
    "bit_statistics": one_of("given", "measured"),
    **{f"{kind}_bits": shares for kind in ("activation", "weight", "error")},
}


def some(random: random.Random, draws: dict[str, Draw]) -> Table:
    """About half of the fields; a field that is left out has its default."""
    chosen = [name for name in draws if random.random() < 0.5]
    random.shuffle(chosen)
    return {name: draws[name](random) for name in chosen}


def own_cell(random: random.Random) -> Table:
    """The default cell with its figures moved by a twentieth."""
    table = {field.name: getattr(CELL, field.name) for field in fields(CELL)}
    return {
        name: value * random.uniform(0.97, 1.03) if isinstance(value, float) else value
        for name, value in table.items()
    }


SCENARIO: Final[dict[str, Draw]] = {
    "batch_size": whole(1, 4096),
    "number_format": one_of(*BITS),
    "cell": lambda r: own_cell(r) if r.random() < 0.2 else r.choice(("emram_28nm", "llc_fast")),
    "cells": one_of({"stt_mram": "llc_fast"}, {"stt_mram": "emram_28nm"}),
    "node_nm": one_of(22, 32, 45),
    "roadmap": one_of("HP", "LOP", "LSTP"),
    "temperature_k": number(300.0, 360.0),
    "write_corner_k": number(250.0, 360.0),
    "nominal_write": one_of("cell", "system"),
    "hold_corner_k": number(300.0, 360.0),
    "hold_time_s": number(1e-6, 1.0),
    "read_voltage_v": number(0.05, 0.12),
    "reads_per_value": number(0.0, 1e3),
    "sizing": one_of("free", "iso_capacity", "iso_area"),
    "baseline_capacity_bytes": one_of(4 * 2**20, 8 * 2**20, 16 * 2**20, 32 * 2**20),
    "memory": lambda r: some(r, MEMORY),
    "accelerator": lambda r: some(r, ACCELERATOR),
    "training": lambda r: some(r, RECIPE),
}
"""Narrower than the types allow: what the models are calibrated for."""

SEARCH: Final[dict[str, Draw]] = {
    "prefilter": one_of(True, False),
    "candidates": whole(1, 500),
    "seed": whole(0, 2**32 - 1),
    "batch": whole(1, 1000),
    "lookahead": whole(0, 4),
    "population": whole(2, 10_000),
    "least_gain": number(0.0, 0.1),
    "stop": lambda r: some(r, STOP),
}


def scenario(random: random.Random, space: str) -> Table:
    """A scenario whose capacities the space can split into whole mats."""
    drawn = some(random, SCENARIO)
    if drawn.get("node_nm", 22) != 22 and "memory" in drawn:
        drawn["memory"]["word_bits"] = 256
    if space == "split_bits":  # equal shares of large mats, none beyond what is calibrated
        equal_area = drawn.get("sizing") == "iso_area"
        drawn["baseline_capacity_bytes"] = (32 if equal_area else 64) * 2**20
    networks = ("lenet5", "lenet5", "lenet5", "resnet18", "alexnet", "bert_base")
    return {"network": random.choice(networks), **drawn}


def narrowing(random: random.Random, axis: Any) -> Any:
    if isinstance(axis, Choice):
        kept = random.sample(axis.options, random.randint(1, len(axis.options)))
        return kept[0] if len(kept) == 1 and random.random() < 0.5 else kept
    low, high = sorted(random.uniform(axis.low, axis.high) for _ in range(2))
    return random.choice(([axis.low, axis.high], [low, high], low, [high]))


def value(random: random.Random, axis: Any) -> Any:
    if isinstance(axis, Choice):
        return random.choice(axis.options)
    return random.choice((axis.low, axis.high, random.uniform(axis.low, axis.high)))


def valid_study(random: random.Random) -> Table:
    """A study file's tables, valid in all that they say."""
    space_name = random.choice(plugins.names("search_spaces", "SPACE"))
    space: Space = plugins.load("search_spaces", "SPACE", space_name, what="space")
    where = scenario(random, space_name)
    bits = BITS[where.get("number_format", "int8")]
    axes = unsized(space.axes(bits=bits), where.get("sizing", "free"))
    strategy = random.choice(("nested", "joint"))
    samplers = [n for n in SAMPLERS
                if strategy == "joint" or n != "grid"]  # fmt: skip
    search = {"sampler": random.choice(samplers), "strategy": strategy, **some(random, SEARCH)}
    narrowed = {a.name: narrowing(random, a) for a in axes if random.random() < 0.4}
    if search["sampler"] == "gain":
        search["first_seeds"] = search.get("candidates", 0) % 3
    if search["sampler"] == "grid":
        narrowed |= {a.name: [value(random, a)] for a in axes if not isinstance(a, Choice)}
    known = ANALYTIC if strategy == "nested" else (*ANALYTIC, "write_error_probability")
    return {
        "name": random.choice(("a", "A-1_b", "x" * 80)),
        "space": space_name,
        "objectives": random.sample(("accuracy_loss", *known), random.randint(1, 5)),
        "scenario": where,
        "search": search,
        "axes": narrowed,
        "designs": [{a.name: value(random, a) for a in axes} for _ in range(random.randint(0, 2))],
        **some(random, {
            "constraints": lambda r: r.sample(LIMITS, r.randint(0, 3)),
            "storage": one_of("", "memory", "sqlite:////tmp/a.db", "postgresql://me@host/x"),
        }),
    }  # fmt: skip
