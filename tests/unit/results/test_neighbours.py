"""Designs as SCALE-Sim and Accelergy read them, read back."""

import configparser
import re
from pathlib import Path

import pytest
import yaml

from dse.mistakes import UserError
from dse.results.neighbours import accelergy_yaml, scalesim_cfg, write_as
from dse.study import DesignFile
from dse.study.design_file import read_design
from evaluators.design import DesignPoint, MemoryPlan, Region, SystolicArray, WriteCondition
from evaluators.energy import DesignBatch, region_costs
from evaluators.scenario import Scenario

SCENARIO = Scenario(network="lenet5")
MRAM = Region(technology="stt_mram", capacity_bytes=2**20,
              write=WriteCondition(voltage_v=0.8, pulse_width_s=10e-9))  # fmt: skip
SRAM = Region(technology="sram", capacity_bytes=2**19, banks=4)
DESIGN = DesignPoint(array=SystolicArray(rows=64, cols=32),
                     memory=MemoryPlan(activation=SRAM, weight=MRAM, error=SRAM))  # fmt: skip
READ_BY_SCALESIM = {
    "general": ("run_name",),
    "run_presets": ("InterfaceBandwidth", "UseRamulatorTrace"),
    "architecture_presets": (
        "ArrayHeight", "ArrayWidth", "ifmapsramszkB", "filtersramszkB", "ofmapsramszkB",
        "IfmapOffset", "FilterOffset", "OfmapOffset", "Dataflow", "ReadRequestBuffer",
        "WriteRequestBuffer", "Bandwidth"),
    "layout": (
        "IfmapCustomLayout", "FilterCustomLayout", "IfmapSRAMBankBandwidth", "IfmapSRAMBankNum",
        "IfmapSRAMBankPort", "FilterSRAMBankBandwidth", "FilterSRAMBankNum", "FilterSRAMBankPort"),
    "sparsity": ("SparsitySupport", "SparseRep", "OptimizedMapping", "BlockSize",
                 "RandomNumberGeneratorSeed"),
}  # fmt: skip
"""What `scale_config.read_conf_file` of SCALE-Sim 3.0.0 asks for."""


def test_scalesim_s_configuration_has_the_same_array(tmp_path: Path) -> None:
    file = tmp_path / "design.cfg"
    write_as(DesignFile(scenario=SCENARIO, design=DESIGN), file, "30-70ae")
    config = configparser.ConfigParser()
    config.read(file)
    for section, keys in READ_BY_SCALESIM.items():
        assert [key for key in keys if not config.has_option(section, key)] == []
    told = config["architecture_presets"]
    assert (int(told["ArrayHeight"]), int(told["ArrayWidth"])) == (64, 32)
    assert [int(told[f"{b}SramSzkB"]) for b in ("Ifmap", "Filter", "Ofmap")] == [512, 1024, 512]
    assert told["Dataflow"] == "ws"
    assert int(told["Bandwidth"]) == 300  # bytes a nanosecond at one byte a value


def test_scalesim_itself_reads_it(tmp_path: Path) -> None:
    scalesim = pytest.importorskip("scalesim.scale_config")
    file = tmp_path / "design.cfg"
    file.write_text(scalesim_cfg(DESIGN, SCENARIO, "x"))
    read = scalesim.scale_config()
    read.read_conf_file(str(file))
    assert (read.array_rows, read.array_cols) == (64, 32)
    assert (read.ifmap_sz_kb, read.filter_sz_kb, read.ofmap_sz_kb) == (512, 1024, 512)
    assert read.bandwidths == [300]


def test_accelergy_s_tables_have_the_same_figures() -> None:
    told = yaml.safe_load(accelergy_yaml(DESIGN, SCENARIO, "d"))
    costs = region_costs(DesignBatch.of([DESIGN]), SCENARIO)
    energies = {table["name"]: {a["name"]: a["energy"] for a in table["actions"]}
                for table in told["ERT"]["tables"]}  # fmt: skip
    areas = {table["name"]: table["area"] for table in told["ART"]["tables"]}
    for kind, cost in costs.items():
        name = f"d.chip.{kind}_memory"
        assert energies[name]["read"] == pytest.approx(cost.read_energy_j[0] * 1e12)
        assert energies[name]["write"] == pytest.approx(cost.write_energy_j[0] * 1e12)
        assert areas[name] == pytest.approx(cost.area_m2[0] * 1e12)
    chip = told["architecture"]["subtree"][0]["subtree"][0]
    depths = [m["attributes"]["depth"] * m["attributes"]["width"] // 8 for m in chip["local"]]
    assert depths == [2**19, 2**20, 2**19]
    last = re.fullmatch(r"PE\[0\.\.(\d+)\]", chip["subtree"][0]["name"])
    assert last is not None
    assert int(last[1]) + 1 == 64 * 32


def test_a_file_of_ours_comes_back_and_other_endings_are_refused(tmp_path: Path) -> None:
    told = DesignFile(scenario=SCENARIO, design=DESIGN, seed=3)
    for name in ("d.toml", "d.json"):
        write_as(told, tmp_path / name, "d")
        assert read_design(tmp_path / name) == told
    with pytest.raises(UserError, match=r"one of the endings .toml, .json, .cfg, .yaml"):
        write_as(told, tmp_path / "d.xml", "d")
