"""A technology and an objective of a user's, for studies of the tests."""

from dse.study import energy_objective
from evaluators.memories import FixedWrite, Technology

TECHNOLOGY = Technology(
    name="spin_orbit", family="stt_mram", cell_area_f2=60.0,
    fixed_write=FixedWrite(energy_j=0.15e-12, pulse_width_s=1e-9), source="assumed",
)  # fmt: skip

OBJECTIVE = energy_objective(
    "energy_area", "minimize", lambda figures: figures["energy_j"] * figures["area_m2"]
)

EDAP = energy_objective("edap", "minimize", lambda f: f["energy_j"] * f["time_s"] * f["area_m2"])
