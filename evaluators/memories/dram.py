"""Off-chip memory: energy of a moved bit, and power that it takes whatever it does."""

from dataclasses import dataclass
from typing import Final

from evaluators.plugins import unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Dram:
    """An off-chip memory.

    `background_w` is what its standing banks, refresh and interface take all the time.
    """

    name: str
    energy_j_per_bit: float
    source: str
    background_w: float


# Background power is assumed: half a watt a stack, channel or module, a tenth where low power is
# the purpose.
DRAMS: Final = {
    dram.name: dram
    for dram in (
        Dram(name="hbm2", energy_j_per_bit=3.9e-12, background_w=0.5,
             source="Chatterjee et al., MICRO 2017"),
        Dram(name="lpddr4", energy_j_per_bit=8e-12, background_w=0.1,
             source="Accelergy CACTI plug-in's list"),
        Dram(name="gddr5", energy_j_per_bit=14e-12, background_w=0.5,
             source="Chatterjee et al., MICRO 2017"),
        Dram(name="ddr3", energy_j_per_bit=70e-12, background_w=0.5,
             source="Malladi et al., ISCA 2012"),
    )
}  # fmt: skip


def dram(name: str) -> Dram:
    """The off-chip memory called `name`.

    Raises:
        UnknownNameError: no such memory; names the known ones and the nearest.
    """
    if name not in DRAMS:
        raise unknown("`dram`", name, tuple(DRAMS), users="")
    return DRAMS[name]
