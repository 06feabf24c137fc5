"""Every memory technology of ours keeps its promises; a wrong one is told."""

from dataclasses import replace

import pytest

from evaluators import plugins
from evaluators.memories import FixedWrite, technology
from evaluators.testing import check_technology

NAMES = plugins.names("evaluators.memories", "TECHNOLOGY")

UNNAMED_SOURCE = replace(technology("sram"), source="?")
FREE_WRITE = replace(
    technology("stt_mram"), fixed_write=FixedWrite(energy_j=0.0, pulse_width_s=6e-9)
)


def test_the_folder_is_listed() -> None:
    assert {"sot_mram", "sram", "sram_silicon", "stt_mram", "stt_mram_34f2", "stt_mram_54f2",
            "stt_mram_silicon"} <= set(NAMES)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_its_promises(name: str) -> None:
    check_technology(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [("UNNAMED_SOURCE", "`source` must say"), ("FREE_WRITE", "`fixed_write.energy_j` must be")],
)
def test_a_wrong_one_is_told(name: str, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_technology(f"{__name__}:{name}")
