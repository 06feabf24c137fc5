"""Energies of a written bit by write scheme, and what is left wrong after several attempts.

Equations: docs/physics.md, "Energy of a written bit" and "Write schemes".
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from evaluators.device.decay import checked_stability
from evaluators.device.junction import Junctions, junctions
from evaluators.device.schemes import WriteScheme
from evaluators.device.switching import mean_switching_tau, median_tau
from evaluators.device.write_error_table import (
    OVERDRIVE_RANGE,
    mean_write_error_rate,
    write_error_rate,
)

if TYPE_CHECKING:
    from evaluators.device.cell import Cell

Array = NDArray[np.float64]

CELL_NODES: Final = 49
"""Cells of a spread, evenly over eight deviations: a power of the error rate weighs weak cells
that the quadrature of the plain mean reaches no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BitEnergies:
    """Mean energy of the four cases of old state and polarity. Shapes `(n,)`. [J]"""

    p_to_ap_j: Array
    ap_to_p_j: Array
    unchanged_ap_j: Array
    unchanged_p_j: Array

    def of_data_j(self, *, ones_share: float, changed_share: float) -> Array:
        """Mean over written bits; half of the changing ones go in each direction. [J]"""
        half = 0.5 * changed_share
        result: Array = (
            half * (self.p_to_ap_j + self.ap_to_p_j)
            + (ones_share - half) * self.unchanged_ap_j
            + (1.0 - ones_share - half) * self.unchanged_p_j
        )
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulses:
    """Writes of one cell at one temperature: pulse widths and circuits. Shapes `(n,)`.

    `stability` is Delta [-], `time_s` tau_D [s], `spread` that of the overdrive [-].
    """

    pulse_s: Array
    circuit: Junctions
    stability: float
    time_s: float
    spread: float

    @staticmethod
    def of(
        cell: "Cell", volts: Array, pulse_s: Array, *, temperature_k: float, spread: float
    ) -> "Pulses":
        """The writes at these voltages. [V], [s], [K], [-]"""
        return Pulses(
            pulse_s=pulse_s,
            circuit=junctions(cell, volts, temperature_k),
            stability=checked_stability(cell, temperature_k),
            time_s=cell.reduced_time_s(temperature_k),
            spread=spread,
        )

    def errors(self, overdrive: Array, attempts: int) -> Array:
        """Mean over cells of WER^attempts: a weak cell stays weak. Shape `(n,)`. [-]"""
        tau = self.pulse_s / self.time_s
        if attempts == 1:
            return mean_write_error_rate(
                overdrive, tau, thermal_stability=self.stability, spread=self.spread
            )
        # physics.md, "Write schemes": the mean of the power, never the power of the mean.
        rates, shares = self._of_cells(overdrive)
        result: Array = rates**attempts @ shares
        return result

    def energies(self, scheme: WriteScheme) -> BitEnergies:
        """The four cases under a scheme."""
        if scheme.kind == "terminated":
            return self._terminated(scheme)
        if scheme.kind == "verified" and scheme.attempts > 1:
            return self._verified(scheme.attempts)
        return self._single()

    def _single(self) -> BitEnergies:
        """Every bit gets the whole pulse; a bit that switches does so at the median time."""
        # E(old -> new) = V_w [I_old t_sw + I_new (t - t_sw)]; E(old -> old) = V_w I_old t.
        at, pulse = self.circuit, self.pulse_s
        hard_s, easy_s = (
            np.minimum(median_tau(self.stability, i) * self.time_s, pulse)
            for i in (at.hard_overdrive, at.easy_overdrive)
        )
        return BitEnergies(
            p_to_ap_j=at.p_hard_w * hard_s + at.ap_hard_w * (pulse - hard_s),
            ap_to_p_j=at.ap_easy_w * easy_s + at.p_easy_w * (pulse - easy_s),
            unchanged_ap_j=at.ap_hard_w * pulse,
            unchanged_p_j=at.p_easy_w * pulse,
        )

    def _terminated(self, scheme: WriteScheme) -> BitEnergies:
        """Pulses end `detect_time_s` after the switching; sensing takes more current throughout.

        A driver that would spend more on sensing than it saves leaves the pulse to its end, so no
        case costs more than under `single`.
        """
        at, whole = self.circuit, self._single()
        # A pulse shorter than the detection just ends.
        detect_s = np.minimum(scheme.detect_time_s, self.pulse_s)
        ratio = scheme.detect_current_ratio
        changed = []
        for i, old_w, new_w in (
            (at.hard_overdrive, at.p_hard_w, at.ap_hard_w),
            (at.easy_overdrive, at.ap_easy_w, at.p_easy_w),
        ):
            # E[min(t_sw + d, t)] - E[min(t_sw, t)] = d - integral of WER over the last d.
            before_s = self._switching_s(i, self.pulse_s)
            early_s = self._switching_s(i, self.pulse_s - detect_s)
            after_s = detect_s - (before_s - early_s)
            changed.append(ratio * (old_w * before_s + new_w * after_s))
        return BitEnergies(
            p_to_ap_j=np.minimum(changed[0], whole.p_to_ap_j),
            ap_to_p_j=np.minimum(changed[1], whole.ap_to_p_j),
            unchanged_ap_j=np.minimum(ratio * at.ap_hard_w * detect_s, whole.unchanged_ap_j),
            unchanged_p_j=np.minimum(ratio * at.p_easy_w * detect_s, whole.unchanged_p_j),
        )

    def _verified(self, attempts: int) -> BitEnergies:
        """The first write as `single`; then only the bits that failed, in their own weak cells."""
        at, first = self.circuit, self._single()
        again = []
        for i, old_w, new_w in (
            (at.hard_overdrive, at.p_hard_w, at.ap_hard_w),
            (at.easy_overdrive, at.ap_easy_w, at.p_easy_w),
        ):
            rates, shares = self._of_cells(i)
            switch_s = self._switching_s(self._cells(i), self.pulse_s[..., None], spread=0.0)
            each_j = old_w[..., None] * switch_s + new_w[..., None] * (
                self.pulse_s[..., None] - switch_s
            )
            # Attempt k + 1 meets a cell that failed k times: WER(i)^k.
            needed = sum((rates**k for k in range(1, attempts)), np.zeros(rates.shape))
            again.append((needed * each_j) @ shares)
        return BitEnergies(
            p_to_ap_j=first.p_to_ap_j + again[0],
            ap_to_p_j=first.ap_to_p_j + again[1],
            unchanged_ap_j=first.unchanged_ap_j,
            unchanged_p_j=first.unchanged_p_j,
        )

    def _switching_s(
        self, overdrive: Array, pulse_s: Array, *, spread: float | None = None
    ) -> Array:
        """E[min(t_sw, t)]. [s]"""
        tau = mean_switching_tau(
            overdrive,
            pulse_s / self.time_s,
            thermal_stability=self.stability,
            spread=self.spread if spread is None else spread,
        )
        return tau * self.time_s

    def _cells(self, overdrive: Array) -> Array:
        """Overdrive of each cell of the spread. Shape `(n, cells)`. [-]"""
        each = overdrive[..., None] * (1.0 + self.spread * _deviations())
        return np.clip(each, *OVERDRIVE_RANGE)

    def _of_cells(self, overdrive: Array) -> tuple[Array, Array]:
        """Write error rate of each cell of the spread, `(n, cells)`, and the cells' shares. [-]"""
        shares = np.exp(-0.5 * _deviations() ** 2)
        rates = write_error_rate(
            self._cells(overdrive),
            (self.pulse_s / self.time_s)[..., None],
            thermal_stability=self.stability,
        )
        return rates, shares / shares.sum()


def _deviations() -> Array:
    return np.linspace(-8.0, 8.0, CELL_NODES)


def words_that_need(error_probability: Array, word_bits: int) -> Array:
    """Chance that at least one bit of a word failed; random data, half of the bits change. [-]

    Args:
        error_probability: of a bit that changes, mean of both directions. Shape `(n,)`. [-]
        word_bits: bits of a word. [-]
    """
    result: Array = -np.expm1(word_bits * np.log1p(-0.5 * np.minimum(error_probability, 1.0)))
    return result
