"""A fast cell for last-level caches: less barrier, more field, so that it switches in 2-5 ns."""

from typing import Final

from evaluators.device.cell import Cell

CELL: Final = Cell(
    name="llc_fast",
    diameter_m=38e-9,  # assumed
    free_layer_thickness_m=1.2e-9,  # assumed
    saturation_magnetization_a_per_m=0.60e6,  # assumed
    anisotropy_field_t=0.48,  # mu0 Hk; assumed
    damping=0.028,  # assumed, so that tau_D is 0.42 ns
    resistance_area_ohm_m2=4e-12,  # 4 ohm um^2; assumed
    tmr_ratio=1.5,  # assumed
    tmr_half_voltage_v=0.5,  # assumed
    transistor_p_to_ap_ohm=2000.0,  # assumed
    transistor_ap_to_p_ohm=1800.0,  # assumed
    curie_temperature_k=1120.0,  # assumed
    overdrive_spread=0.05,  # assumed
    margin_voltage_v=1.2,  # assumed
    margin_pulse_width_s=5e-9,  # assumed
    source="assumed: a cell in the range of reported last-level-cache STT-MRAM (docs/physics)",
)
