"""A design in the words of other tools: SCALE-Sim's configuration, Accelergy's tables in YAML."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from dse.files import write_atomically
from dse.mistakes import UserError
from dse.study import DesignFile, design_file
from evaluators.design import DataKind, DesignPoint
from evaluators.energy import DesignBatch, region_costs
from evaluators.memories import dram
from evaluators.scenario import Scenario

ENDINGS: Final = (".toml", ".json", ".cfg", ".yaml")

BUFFERS: Final = {DataKind.ACTIVATION: "Ifmap", DataKind.WEIGHT: "Filter", DataKind.ERROR: "Ofmap"}
"""Which of SCALE-Sim's three buffers holds a kind of data; errors are its outputs: assumed."""

OFFSETS: Final = {"Ifmap": 0, "Filter": 10_000_000, "Ofmap": 20_000_000}
"""Addresses at which SCALE-Sim's own configurations begin."""

REQUESTS: Final = 60
"""Outstanding requests, as in SCALE-Sim's own configurations."""


def write_as(told: DesignFile, file: Path, name: str) -> None:
    """Write a design as the ending of its file says.

    Args:
        told: the design and its scenario.
        file: `.toml` or `.json` for `dse evaluate`, `.cfg` for SCALE-Sim 3, `.yaml` for Accelergy.
        name: of the design.

    Raises:
        UserError: another ending, or it cannot be written.
    """
    match file.suffix.lower():
        case ".toml" | ".json":
            design_file.write_design(told, file)
        case ".cfg":
            write_atomically(file, scalesim_cfg(told.design, told.scenario, name).encode())
        case ".yaml":
            write_atomically(file, accelergy_yaml(told.design, told.scenario, name).encode())
        case _:
            raise UserError(
                f"a design is written as FILE with one of the endings {', '.join(ENDINGS)}, got "
                f"{str(file)!r}"
            )


def scalesim_cfg(design: DesignPoint, scenario: Scenario, name: str) -> str:
    """The configuration of SCALE-Sim 3: array, buffers, dataflow of the forward phase, bandwidth.

    A kibibyte is SCALE-Sim's kB, and its bandwidth counts values a cycle.
    """
    options = scenario.accelerator
    values = options.dram_bandwidth_bytes_per_s / (scenario.bits / 8) / design.array.clock_hz
    architecture: dict[str, object] = {
        "ArrayHeight": design.array.rows, "ArrayWidth": design.array.cols,
        **{f"{buffer}SramSzkB": max(design.memory[kind].capacity_bytes // 1024, 1)
           for kind, buffer in BUFFERS.items()},
        **{f"{buffer}Offset": offset for buffer, offset in OFFSETS.items()},
        "Dataflow": options.dataflow_forward, "Bandwidth": max(round(values), 1),
        "ReadRequestBuffer": REQUESTS, "WriteRequestBuffer": REQUESTS,
    }  # fmt: skip
    layout: dict[str, object] = {}
    for kind, buffer in [*BUFFERS.items()][:2]:
        banks = design.memory[kind].banks or options.max_banks
        width = max(scenario.memory.word_bits // scenario.bits, 1)
        layout |= {f"{buffer}CustomLayout": False, f"{buffer}SRAMBankBandwidth": width,
                   f"{buffer}SRAMBankNum": banks, f"{buffer}SRAMBankPort": 1}  # fmt: skip
    sections: dict[str, Mapping[str, object]] = {
        "general": {"run_name": name},
        "architecture_presets": architecture,
        "layout": layout,
        "sparsity": {"SparsitySupport": "false", "SparseRep": "ellpack_block",
                     "OptimizedMapping": "false", "BlockSize": 8, "RandomNumberGeneratorSeed": 40},
        "run_presets": {"InterfaceBandwidth": "USER", "UseRamulatorTrace": False},
    }  # fmt: skip
    parts = [
        "\n".join([f"[{head}]", *(f"{key} = {value}" for key, value in told.items()), ""])
        for head, told in sections.items()
    ]
    return "\n".join(parts)


def accelergy_yaml(design: DesignPoint, scenario: Scenario, name: str) -> str:
    """The architecture, and its energies (pJ) and areas (um^2), in the form of Accelergy 0.3.

    Energies are those of one access of a word; leakage is that of one cycle.
    """
    costs = region_costs(DesignBatch.of([design]), scenario)
    width = scenario.memory.word_bits
    memories = [
        {"name": f"{kind}_memory", "class": "smartbuffer_SRAM"
         if design.memory[kind].technology == "sram" else "smartbuffer_RF",
         "attributes": {"technology": design.memory[kind].technology.replace(":", "."),
                        "width": width,
                        "depth": 8 * design.memory[kind].capacity_bytes // width,
                        "n_banks": int(design.memory[kind].banks or 0)}}
        for kind in DataKind
    ]  # fmt: skip
    cycle_s = 1.0 / design.array.clock_hz
    tables = [
        {"name": f"{name}.chip.{kind}_memory", "actions": [
            {"name": "read", "arguments": {}, "energy": _pj(cost.read_energy_j)},
            {"name": "write", "arguments": {}, "energy": _pj(cost.write_energy_j)},
            {"name": "leak", "arguments": {}, "energy": _pj(cost.leakage_w * cycle_s)},
        ]}
        for kind, cost in costs.items()
    ]  # fmt: skip
    off_chip = dram(scenario.memory.dram)
    tables.append({"name": f"{name}.DRAM", "actions": [
        {"name": action, "arguments": {}, "energy": _pj([off_chip.energy_j_per_bit * width])}
        for action in ("read", "write")
    ]})  # fmt: skip
    areas = [
        {"name": f"{name}.chip.{kind}_memory", "area": float(cost.area_m2[0]) * 1e12}
        for kind, cost in costs.items()
    ]
    elements = design.array.rows * design.array.cols
    told = {
        "architecture": {"version": 0.3, "subtree": [{
            "name": name,
            "attributes": {"technology": f"{scenario.node_nm}nm",
                           "global_cycle_seconds": cycle_s},
            "local": [{"name": "DRAM", "class": "DRAM", "attributes": {
                "type": scenario.memory.dram, "width": width}}],
            "subtree": [{
                "name": "chip", "local": memories,
                "subtree": [{"name": f"PE[0..{elements - 1}]", "local": [
                    {"name": "mac", "class": "intmac", "attributes": {
                        "datawidth": scenario.bits, "meshX": design.array.cols,
                        "meshY": design.array.rows}}]}],
            }],
        }]},
        "ERT": {"version": 0.3, "tables": tables},
        "ART": {"version": 0.3, "tables": areas},
    }  # fmt: skip
    head = "# Energies in pJ an access of a word, areas in um^2; written by mram-dse.\n"
    return head + "\n".join(_yaml(told, 0)) + "\n"


def _pj(energy_j: Any) -> float:
    return float(f"{float(energy_j[0]) * 1e12:.9g}")


def _yaml(value: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Plain data as YAML in blocks: mappings, lists of mappings, texts, numbers."""
    space = "  " * depth
    for key, item in value.items():
        if isinstance(item, Mapping) and item:
            yield f"{space}{key}:"
            yield from _yaml(item, depth + 1)
        elif isinstance(item, list):
            yield f"{space}{key}:"
            for member in item:
                first, *rest = _yaml(member, depth + 1)
                yield f"{space}- {first.strip()}"
                yield from rest
        elif isinstance(item, str):
            yield f'{space}{key}: "{item}"'
        else:
            yield f"{space}{key}: {item if item != {} else '{}'}"
