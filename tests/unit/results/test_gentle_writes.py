"""What gentler writes save, by kind of data, against the same memories written error-free."""

from dataclasses import replace
from typing import Literal

import pytest

from dse.results import write_gains
from dse.results.gentle_writes import WriteGain, gentlest
from dse.store import Candidate
from evaluators.design import DataKind, DesignPoint, MemoryPlan, SystolicArray, WriteCondition
from evaluators.energy import baseline_design, nominal_design, sram_twin
from evaluators.evaluate import score
from evaluators.scenario import Scenario

SCENARIO = Scenario(network="lenet5")
ARRAY = SystolicArray(rows=32, cols=32)
GENTLE = WriteCondition(voltage_v=0.758, pulse_width_s=9e-9)


def gain(design: DesignPoint, number: int = 2) -> WriteGain:
    (evaluation,) = score([design], SCENARIO)
    candidate = Candidate(number=number, source="user", values={}, evaluation=evaluation)
    (found,) = write_gains([candidate], SCENARIO)
    return found


def written(
    write: WriteCondition,
    *,
    bits: int = 0,
    reliable_in: Literal["stt_mram", "sram"] = "stt_mram",
    **technology: str,
) -> DesignPoint:
    nominal = nominal_design(SCENARIO, ARRAY)
    regions = {
        kind.value: replace(
            nominal.memory[kind], write=write, reliable_bits=bits, reliable_in=reliable_in,
            capacity_bytes=4 * 2**20,
        )
        for kind in DataKind
    }  # fmt: skip
    for kind, name in technology.items():
        regions[kind] = replace(regions[kind], technology=name, write=None, reliable_bits=0)
    return replace(nominal, memory=MemoryPlan(**regions))


def cells_j(design: DesignPoint) -> float:
    (found,) = score([design], SCENARIO)
    assert found.energy is not None
    return found.energy.write_energy_j


def test_the_sum_over_kinds_is_the_reports_write_energy() -> None:
    design = written(GENTLE)
    found = gain(design)
    assert found.write_j == pytest.approx(cells_j(design), rel=1e-12)
    nominal = replace(design, memory=MemoryPlan(**{
        kind.value: replace(design.memory[kind], write=None) for kind in DataKind}))  # fmt: skip
    assert found.nominal_j == pytest.approx(cells_j(nominal), rel=1e-12)
    assert found.all_mram_j == pytest.approx(found.nominal_j, rel=1e-12)
    assert found.gain == pytest.approx(2.0, rel=0.05)
    assert sum(found.share(kind) for kind in found.kinds) == pytest.approx(1.0)
    assert found.allowed_by.saved_j == max(kind.saved_j for kind in found.kinds)
    for kind in found.kinds:
        assert kind.error_rate == pytest.approx(7e-5, rel=0.6)


def test_what_moves_to_sram_is_no_gentler_write() -> None:
    found = gain(written(GENTLE, activation="sram"))
    assert [kind.sram for kind in found.kinds] == [True, False, False]
    assert found.kinds[0].write_j == found.kinds[0].nominal_j == 0.0
    assert found.gain == pytest.approx(gain(written(GENTLE)).gain, rel=1e-6)
    assert found.all_mram_j / found.write_j > found.gain
    assert "activations in SRAM" in found.in_words()
    split = gain(written(GENTLE, bits=4, reliable_in="sram"))
    assert split.gain == pytest.approx(found.gain, rel=1e-6)
    assert split.all_mram_j / split.write_j > 1.5 * split.gain


def test_reliable_bits_save_nothing_and_have_no_error_rate() -> None:
    half = gain(written(GENTLE, bits=4))
    assert half.gain == pytest.approx(4.0 / 3.0, rel=0.05)
    assert half.kinds[0].error_rate == pytest.approx(gain(written(GENTLE)).kinds[0].error_rate)
    mixed = written(GENTLE)
    sure = replace(mixed.memory, error=replace(mixed.memory.error, reliable_bits=8))
    error = gain(replace(mixed, memory=sure)).kinds[2]
    assert error.gain == pytest.approx(1.0)
    assert error.error_rate == 0.0


def test_designs_without_a_write_condition_have_no_gain() -> None:
    given = written(GENTLE)
    regions = {kind.value: replace(given.memory[kind], technology="stt_mram_34f2")
               for kind in DataKind}  # fmt: skip
    evaluations = score(
        [baseline_design(SCENARIO, ARRAY), nominal_design(SCENARIO, ARRAY),
         sram_twin(written(GENTLE), SCENARIO), written(GENTLE, bits=8),
         replace(given, memory=MemoryPlan(**regions))],
        SCENARIO)  # fmt: skip
    candidates = [Candidate(number=place, source="user", values={}, evaluation=evaluation)
                  for place, evaluation in enumerate(evaluations)]  # fmt: skip
    assert write_gains(candidates, SCENARIO) == []
    assert gentlest([]) is None


def test_the_gentlest_saves_most_of_those_that_reach_the_factor() -> None:
    hard = gain(written(WriteCondition(voltage_v=0.9, pulse_width_s=1e-8)))
    all_kinds = gain(written(GENTLE))
    one_kind = gain(written(WriteCondition(voltage_v=0.7, pulse_width_s=6e-9),
                            activation="sram", error="sram"))  # fmt: skip
    assert hard.gain < 2.0 <= all_kinds.gain < one_kind.gain
    assert gentlest([hard, one_kind, all_kinds]) is all_kinds
    assert gentlest([hard]) is hard
