"""Embedded MRAM of the 28 nm generation: a 45 nm perpendicular junction. The default cell."""

from typing import Final

from evaluators.device.cell import Cell

CELL: Final = Cell(
    name="emram_28nm",
    diameter_m=45e-9,  # assumed
    free_layer_thickness_m=1.3e-9,  # assumed
    saturation_magnetization_a_per_m=0.90e6,  # assumed
    anisotropy_field_t=0.28,  # mu0 Hk; assumed
    damping=0.02,  # assumed
    resistance_area_ohm_m2=6e-12,  # 6 ohm um^2; assumed, typical 5-10
    tmr_ratio=1.5,  # assumed; Intel 22FFL reports 1.8 at 25 C
    tmr_half_voltage_v=0.5,  # assumed
    transistor_p_to_ap_ohm=2500.0,  # assumed
    transistor_ap_to_p_ohm=2200.0,  # assumed
    curie_temperature_k=1120.0,  # assumed
    overdrive_spread=0.05,  # assumed
    margin_voltage_v=1.1,  # a margined write: mean error rate 4e-11 at 300 K; assumed
    margin_pulse_width_s=10e-9,  # assumed
    source="assumed: engineering choices in the range of 28 nm embedded MRAM (docs/physics)",
)
