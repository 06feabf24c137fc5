"""What every memory technology promises."""

import math

from evaluators.memories import MAT_BYTES, ROADMAPS, Technology, array_cost, grids, technology
from evaluators.plugins import UnknownNameError
from evaluators.testing.expect import expect

FIGURES = (
    "area_m2",
    "read_energy_j",
    "write_energy_j",
    "read_latency_s",
    "write_latency_s",
    "leakage_w",
)


def check_technology(name: str) -> None:
    """A source, a cell, and costs from one mat to the largest array, for every transistor.

    Args:
        name: a technology of ours, or `module:TECHNOLOGY`.

    Raises:
        AssertionError: a broken promise.
        UnknownNameError: no such technology.
    """
    try:
        tech = technology(name)
    except UnknownNameError:
        raise
    except ValueError as error:
        raise AssertionError(str(error)) from None
    expect(tech.name == name, f"technology {name!r} must bear its name, got {tech.name!r}")
    expect(
        len(tech.source) > 10,
        f"technology {name!r}: `source` must say where its figures come from or `assumed`, got "
        f"{tech.source!r}",
    )
    _check_fixed_write(tech)
    for roadmap in ROADMAPS:
        _check_costs(tech, roadmap)
    _check_gate(tech)


def _check_fixed_write(tech: Technology) -> None:
    if tech.fixed_write is not None:
        for field in ("energy_j", "pulse_width_s"):
            value = getattr(tech.fixed_write, field)
            expect(
                math.isfinite(value) and value > 0.0,
                f"technology {tech.name!r}: `fixed_write.{field}` must be finite and above 0, got "
                f"{value}",
            )


def _check_costs(tech: Technology, roadmap: str) -> None:
    sizes = [MAT_BYTES[tech.family], grids.LARGEST_BYTES]
    cost = array_cost(tech.name, sizes, node_nm=22, roadmap=roadmap)
    for name in FIGURES:
        small, large = (float(value) for value in getattr(cost, name))
        where = f"technology {tech.name!r}, {roadmap}: `{name}`"
        expect(
            math.isfinite(small) and math.isfinite(large) and min(small, large) > 0.0,
            f"{where} must be finite and above 0 at {sizes} bytes, got {small}, {large}",
        )
        expect(large >= small, f"{where} must not fall with the capacity, got {small}, {large}")


def _check_gate(tech: Technology) -> None:
    """Only what forgets nothing may be switched off."""

    def leakage_w(gate: float) -> float:
        cost = array_cost(tech.name, 2**20, node_nm=22, roadmap="HP", gate=gate)
        return float(cost.leakage_w[0])

    wanted = 0.0 if tech.non_volatile else leakage_w(1.0)
    expect(
        leakage_w(0.0) == wanted,
        f"technology {tech.name!r}: fully gated it must leak {wanted} W, got {leakage_w(0.0)}",
    )
