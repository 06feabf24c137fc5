"""What is designed: the array, one memory region for each kind of data, and how bits are written.

Everything here is a frozen description. Scores live in `evaluators.evaluate`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from evaluators.checks import check_choice, check_range

WriteSchemeName = Literal["single", "terminated", "verified"]
EccName = Literal["none", "secded", "bch2"]
WRITE_SCHEMES: Final[tuple[WriteSchemeName, ...]] = ("single", "terminated", "verified")
ECCS: Final[tuple[EccName, ...]] = ("none", "secded", "bch2")
MOST_ATTEMPTS: Final = 3


class DataKind(StrEnum):
    """The three kinds of data that a training step keeps in the scratchpad."""

    ACTIVATION = "activation"
    WEIGHT = "weight"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCondition:
    """How hard a bit is written: the voltage across cell and transistor, and for how long."""

    voltage_v: float
    pulse_width_s: float

    def __post_init__(self) -> None:
        check_range("voltage_v", self.voltage_v, 0.05, 3.0, "1.1 V is written 1.1")
        check_range("pulse_width_s", self.pulse_width_s, 1e-10, 1e-6, "4 ns is written 4e-9")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """The memory that holds one kind of data.

    `write` is None for a technology that has no write condition (SRAM). The `reliable_bits` most
    significant bits are written at the technology's nominal condition, or live in an SRAM beside
    it when `reliable_in` says so; the others are written at `write`. `capacity_bytes` holds both.
    `error_probability` gives the other bits' failures in both directions instead of `write`: for
    studies of tolerance, whatever cell might cause them.

    The region is `banks` equal banks, each a grid of mats of `mat_kib` with a port of its own; it
    has at most as many banks as mats, and mats of 128 KiB where its capacity is no multiple of
    `mat_kib`. None is what a design has that says nothing of it: as many banks as mats up to the
    scenario's `max_banks`, mats of 128 KiB for SRAM and 512 KiB for STT-MRAM.

    `diameter_m` makes the scenario's cell as large; its bits then decay while they are held. None
    is that cell, whose retention counts as endless. Words are written as `write_scheme` says, in
    up to `attempts` under `verified`; `ecc` stores check bits beside `capacity_bytes`.

    `buffer_bytes` is an SRAM in front of the region, which the array reads and writes in its
    place; 0, or no less than the region holds, is none.
    """

    technology: str
    capacity_bytes: int
    write: WriteCondition | None = None
    reliable_bits: int = 0
    reliable_in: Literal["stt_mram", "sram"] = "stt_mram"
    error_probability: float | None = None
    banks: int | None = None
    mat_kib: Literal[128, 512] | None = None
    diameter_m: float | None = None
    write_scheme: WriteSchemeName = "single"
    attempts: int = 1
    ecc: EccName = "none"
    buffer_bytes: int = 0

    def __post_init__(self) -> None:
        check_buffer(self.buffer_bytes)
        if self.diameter_m is not None:
            check_range("diameter_m", self.diameter_m, 5e-9, 200e-9, "45 nm is written 45e-9")
        check_choice("write_scheme", self.write_scheme, WRITE_SCHEMES)
        check_choice("ecc", self.ecc, ECCS)
        check_attempts(self.attempts, self.write_scheme)
        if self.banks is not None:
            check_range("banks", self.banks, 1, 1024)
        check_range("capacity_bytes", self.capacity_bytes, 1, 2**40, "8 MiB is written 8388608")
        check_range("reliable_bits", self.reliable_bits, 0, 64)
        if self.error_probability is not None:
            check_range("error_probability", self.error_probability, 0.0, 1.0)

    @property
    def buffered(self) -> bool:
        """Whether the array uses an SRAM in front of it: one that holds less than the region."""
        return 0 < self.buffer_bytes < self.capacity_bytes

    @property
    def own_cell(self) -> bool:
        """Whether its bits are stored otherwise than by single writes of the scenario's cell."""
        plain = self.write_scheme == "single" and self.ecc == "none"
        return self.diameter_m is not None or not plain


BUFFER_STEP_BYTES: Final = 2**17  # a mat of SRAM
MOST_BUFFER_BYTES: Final = 2**26


def check_buffer(buffer_bytes: int) -> None:
    """Refuse an SRAM in front of a region that is no whole number of mats. [bytes]

    Raises:
        ValueError: with the nearest that are.
    """
    if buffer_bytes == 0:
        return
    check_range("buffer_bytes", buffer_bytes, 0, MOST_BUFFER_BYTES,
                "0 is no buffer, 512 KiB is written 524288")  # fmt: skip
    if buffer_bytes % BUFFER_STEP_BYTES:
        below = int(buffer_bytes) // BUFFER_STEP_BYTES * BUFFER_STEP_BYTES
        raise ValueError(
            f"`buffer_bytes` must be 0, which is no buffer, or a multiple of {BUFFER_STEP_BYTES}, "
            f"a mat of SRAM (nearest {below} and {below + BUFFER_STEP_BYTES}), got {buffer_bytes}"
        )


def check_attempts(attempts: int, write_scheme: str) -> None:
    """Refuse a number of writes of a word that its scheme does not have. [-]

    Raises:
        ValueError: with the range, or the scheme that writes again.
    """
    check_range("attempts", attempts, 1, MOST_ATTEMPTS, "1 writes once, without reading back")
    if attempts > 1 and write_scheme != "verified":
        raise ValueError(
            f"`attempts` must be 1 where `write_scheme` is {write_scheme!r}; take "
            f"`write_scheme` 'verified' to write again what failed, got {attempts}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlan:
    """One region for each kind of data."""

    activation: Region
    weight: Region
    error: Region

    def __getitem__(self, kind: DataKind) -> Region:
        region: Region = getattr(self, kind.value)
        return region

    def each(self, change: Callable[[DataKind, Region], Region]) -> "MemoryPlan":
        """The plan with every region changed: `change` takes a kind and its region."""
        return MemoryPlan(**{kind.value: change(kind, self[kind]) for kind in DataKind})

    @property
    def capacity_bytes(self) -> int:
        """Sum of the three regions. [bytes]"""
        return sum(self[kind].capacity_bytes for kind in DataKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystolicArray:
    """A grid of multiply-accumulate units, and the partial sums that a column's accumulator holds.

    `accumulator_depth_words` None takes the scenario's.
    """

    rows: int
    cols: int
    clock_hz: float = 1e9
    accumulator_depth_words: int | None = None

    def __post_init__(self) -> None:
        check_range("rows", self.rows, 1, 65536)
        check_range("cols", self.cols, 1, 65536)
        check_range("clock_hz", self.clock_hz, 1e6, 1e11, "1 GHz is written 1e9")
        if self.accumulator_depth_words is not None:
            check_range("accumulator_depth_words", self.accumulator_depth_words, 2, 2**24)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignPoint:
    """One design: an array and its memories.

    `number_format` and `encoding` replace the scenario's where a space varies them.
    """

    array: SystolicArray
    memory: MemoryPlan
    number_format: Literal["", "int8", "int16", "bf16", "fp8_e4m3", "fp8_e5m2"] = ""
    encoding: Literal["", "twos_complement", "sign_magnitude"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BitErrors:
    """Failure probabilities of one kind's written bits; bit 0 is the least significant.

    `to_one[b]` is P(the write fails | bit b must go 0 -> 1), the parallel to antiparallel
    direction; `to_zero[b]` likewise for 1 -> 0. Shape `(bits,)`. [-]

    `decay_to_one[b]` is P(a stored 0 of bit b reads as 1), whatever was to be written, and
    `decay_to_zero[b]` likewise of a stored 1. Shape `(bits,)`; empty where no bit decays. [-]
    """

    to_one: tuple[float, ...]
    to_zero: tuple[float, ...]
    decay_to_one: tuple[float, ...] = ()
    decay_to_zero: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        self._one_form_of_decay()
        if len(self.to_one) != len(self.to_zero):
            raise ValueError(
                f"`to_one` and `to_zero` must be equally long, "
                f"got {len(self.to_one)} and {len(self.to_zero)} bits"
            )
        check_range("to_one", self.to_one, 0.0, 1.0)
        check_range("to_zero", self.to_zero, 0.0, 1.0)

    @property
    def bits(self) -> int:
        """Number of bits in one stored value. [bits]"""
        return len(self.to_one)

    def _one_form_of_decay(self) -> None:
        """Empty, or both as long as the writes': equal errors are equal, and known by one key."""
        decays = (self.decay_to_one, self.decay_to_zero)
        if decays == ((), ()):  # as nearly always, and read by the thousand
            return
        filled = [rates or (0.0,) * len(self.to_one) for rates in decays]
        filled = filled if any(map(any, filled)) else [(), ()]
        for name, rates in zip(("decay_to_one", "decay_to_zero"), filled, strict=True):
            if rates and len(rates) != len(self.to_one):
                raise ValueError(
                    f"`{name}` must be as long as `to_one`, {len(self.to_one)} bits, "
                    f"got {len(rates)}"
                )
            check_range(name, rates, 0.0, 1.0)
            object.__setattr__(self, name, rates)

    @property
    def decays(self) -> bool:
        """Whether stored bits flip."""
        return bool(self.decay_to_one)

    @property
    def error_free(self) -> bool:
        """Whether no write can fail and no bit decays."""
        return not any(self.to_one) and not any(self.to_zero) and not self.decays

    @classmethod
    def none(cls, bits: int) -> "BitErrors":
        """Writes that never fail, and no decay. [bits]"""
        return cls(to_one=(0.0,) * bits, to_zero=(0.0,) * bits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorProfile:
    """All that training can see of a design: what every written bit suffers until it is read.

    Two designs with the same profile share one training run.
    """

    activation: BitErrors = field()
    weight: BitErrors = field()
    error: BitErrors = field()

    def __getitem__(self, kind: DataKind) -> BitErrors:
        errors: BitErrors = getattr(self, kind.value)
        return errors

    def __iter__(self) -> Iterator[tuple[DataKind, BitErrors]]:
        return iter((kind, self[kind]) for kind in DataKind)

    @property
    def error_free(self) -> bool:
        """Whether no write of any kind can fail, and no bit decays."""
        return all(errors.error_free for _, errors in self)

    @classmethod
    def none(cls, bits: int) -> "ErrorProfile":
        """The profile of error-free memories, for a format of `bits` bits. [bits]"""
        free = BitErrors.none(bits)
        return cls(activation=free, weight=free, error=free)
