"""Figures for people: prefixes exist only where something is printed."""

import math
from typing import Final

PREFIXES: Final = {
    -18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m",
    0: "", 3: "k", 6: "M", 9: "G", 12: "T",
}  # fmt: skip

YEAR_S: Final = 365.25 * 86_400.0
"""From it on times are said in years."""


def si(value: float, unit: str, digits: int = 3) -> str:
    """`si(3.2e-12, "J")` is `3.20 pJ`. [as given, -]"""
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {unit}"
    if unit == "s" and value >= YEAR_S:
        return f"{value / YEAR_S:.{digits}g} years"
    exponent = 3 * math.floor(math.log10(abs(value)) / 3 + 1e-12)
    exponent = min(max(exponent, min(PREFIXES)), max(PREFIXES))
    text = _rounded(value / 10.0**exponent, digits)
    if abs(float(text)) >= 1000.0 and exponent < max(PREFIXES):  # 999.96 n rounds to 1.00 u
        exponent += 3
        text = _rounded(value / 10.0**exponent, digits)
    return f"{text} {PREFIXES[exponent]}{unit}"


def _rounded(scaled: float, digits: int) -> str:
    """So many digits, those before the point at least; by the figure as it is once rounded."""
    whole = len(str(int(abs(scaled))))
    text = f"{scaled:.{max(digits - whole, 0)}f}"
    grown = len(text.lstrip("-").partition(".")[0])
    return text if grown == whole else f"{scaled:.{max(digits - grown, 0)}f}"


def binary(size_bytes: int) -> str:
    """`binary(8 * 2**20)` is `8 MiB`."""
    for power, name in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size_bytes >= 2**power:
            return f"{size_bytes / 2**power:g} {name}"
    return f"{size_bytes} B"


UNITS: Final = {"_js": "J s", "_j": "J", "_s": "s", "_w": "W", "_hz": "Hz", "_bytes": "B",
                "_v": "V", "_a": "A", "_ohm": "ohm"}  # fmt: skip
"""What the end of a figure's name says of its unit."""


def in_words(name: str, value: float | None) -> str:
    """A figure as text, by the unit at the end of its name. [-]"""
    if value is None:
        return "-"
    match name:
        case "accuracy_loss" | "accuracy_loss_sd":
            return f"{100 * value:.2f} pt"
        case "accuracy":
            return f"{100 * value:.1f} %"
        case _ if name.endswith("_m2"):
            return f"{value * 1e6:.3g} mm²"
        case _:
            unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")
            return si(value, unit) if unit else f"{value:.4g}"


def rate(probability: float) -> str:
    """A probability in as many digits as it was given with, at most three: `1e-05`, `2.5e-03`.

    The probability: [-].
    """
    if not probability:
        return "0"
    mantissa, exponent = f"{probability:.2e}".split("e")
    return f"{float(mantissa):g}e{exponent}"
