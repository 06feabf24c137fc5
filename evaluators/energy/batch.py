"""Many designs as arrays: what everything analytical takes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from evaluators.design import (
    ECCS,
    WRITE_SCHEMES,
    DataKind,
    DesignPoint,
    MemoryPlan,
    Region,
    SystolicArray,
    WriteCondition,
)

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionBatch:
    """One data kind's region of `n` designs.

    `voltage_v` and `pulse_width_s` are NaN where the region has no write condition of its own.
    `sram_bits` of the most significant bits live in an SRAM beside the region. `banks` and
    `mat_kib` are 0 where the design does not say them, `diameter_m` NaN. `scheme` and `ecc` index
    `WRITE_SCHEMES` and `ECCS`. `buffer_bytes` is as the design says; `buffer` is what is built.
    All shapes `(n,)`; `technology` indexes `DesignBatch.technologies`.
    """

    technology: Integers
    capacity_bytes: Integers
    voltage_v: Array
    pulse_width_s: Array
    reliable_bits: Integers
    sram_bits: Integers
    banks: Integers
    mat_kib: Integers
    diameter_m: Array
    scheme: Integers
    attempts: Integers
    ecc: Integers
    buffer_bytes: Integers

    @property
    def buffer(self) -> Integers:
        """The SRAM in front of the region; 0 where it would hold all of it. `(n,)`. [bytes]"""
        return np.where(self.buffer_bytes < self.capacity_bytes, self.buffer_bytes, 0)

    def part(self, members: slice | NDArray[np.intp]) -> "RegionBatch":
        """The region of some of the designs, by place. [-]"""
        return RegionBatch(**{f.name: getattr(self, f.name)[members] for f in fields(self)})

    def region(self, place: int, technologies: Sequence[str]) -> Region:
        """The region of one design, by place. [-]"""
        voltage_v, pulse_s = float(self.voltage_v[place]), float(self.pulse_width_s[place])
        write = None
        if not np.isnan(voltage_v):
            write = WriteCondition(voltage_v=voltage_v, pulse_width_s=pulse_s)
        sram_bits = int(self.sram_bits[place])
        mat_kib, diameter_m = int(self.mat_kib[place]), float(self.diameter_m[place])
        return Region(
            technology=technologies[self.technology[place]],
            capacity_bytes=int(self.capacity_bytes[place]),
            write=write,
            reliable_bits=sram_bits or int(self.reliable_bits[place]),
            reliable_in="sram" if sram_bits else "stt_mram",
            banks=int(self.banks[place]) or None,
            mat_kib=None if mat_kib == 0 else 128 if mat_kib == 128 else 512,
            diameter_m=None if np.isnan(diameter_m) else diameter_m,
            write_scheme=WRITE_SCHEMES[self.scheme[place]],
            attempts=int(self.attempts[place]),
            ecc=ECCS[self.ecc[place]],
            buffer_bytes=int(self.buffer_bytes[place]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignBatch:
    """Designs as a struct of arrays. All shapes `(n,)`.

    `depth_words` is 0 where the design leaves the accumulator's depth to the scenario.
    """

    technologies: tuple[str, ...]
    rows: Integers
    cols: Integers
    clock_hz: Array
    depth_words: Integers
    regions: dict[DataKind, RegionBatch]

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def of(cls, designs: Sequence[DesignPoint]) -> "DesignBatch":
        """A batch of designs, in order."""
        names = tuple(
            dict.fromkeys(d.memory[kind].technology for d in designs for kind in DataKind)
        )
        return cls(
            technologies=names,
            rows=np.array([d.array.rows for d in designs], dtype=np.int64),
            cols=np.array([d.array.cols for d in designs], dtype=np.int64),
            clock_hz=np.array([d.array.clock_hz for d in designs], dtype=float),
            depth_words=np.array(
                [d.array.accumulator_depth_words or 0 for d in designs], dtype=np.int64
            ),
            regions={kind: _regions(designs, kind, names) for kind in DataKind},
        )

    def design(self, place: int) -> DesignPoint:
        """One of the designs, as far as the energy model sees it. [-]"""
        regions = {kind.value: self.regions[kind].region(place, self.technologies)
                   for kind in DataKind}  # fmt: skip
        array = SystolicArray(
            rows=int(self.rows[place]),
            cols=int(self.cols[place]),
            clock_hz=float(self.clock_hz[place]),
            accumulator_depth_words=int(self.depth_words[place]) or None,
        )
        return DesignPoint(array=array, memory=MemoryPlan(**regions))

    def equals(self, other: "DesignBatch") -> bool:
        """Whether both hold the same designs, whatever the order of their technologies."""
        return (
            np.array_equal(self.rows, other.rows)
            and np.array_equal(self.cols, other.cols)
            and np.array_equal(self.clock_hz, other.clock_hz)
            and np.array_equal(self.depth_words, other.depth_words)
            and all(self._region(kind) == other._region(kind) for kind in DataKind)
        )

    def _region(self, kind: DataKind) -> list[tuple[object, ...]]:
        """A region's designs as plain values."""
        region = self.regions[kind]
        numbers = [
            np.nan_to_num(getattr(region, f.name), nan=-1.0).tolist()
            for f in fields(region)
            if f.name != "technology"
        ]
        names = [self.technologies[place] for place in region.technology]
        return list(zip(names, *numbers, strict=True))

    def part(self, members: slice | NDArray[np.intp]) -> "DesignBatch":
        """Some of the designs, by place. [-]"""
        return DesignBatch(
            technologies=self.technologies,
            rows=self.rows[members],
            cols=self.cols[members],
            clock_hz=self.clock_hz[members],
            depth_words=self.depth_words[members],
            regions={kind: region.part(members) for kind, region in self.regions.items()},
        )


def _regions(
    designs: Sequence[DesignPoint], kind: DataKind, names: tuple[str, ...]
) -> RegionBatch:
    regions = [design.memory[kind] for design in designs]
    return RegionBatch(
        technology=np.array([names.index(r.technology) for r in regions], dtype=np.int64),
        capacity_bytes=np.array([r.capacity_bytes for r in regions], dtype=np.int64),
        voltage_v=np.array([r.write.voltage_v if r.write else np.nan for r in regions]),
        pulse_width_s=np.array([r.write.pulse_width_s if r.write else np.nan for r in regions]),
        reliable_bits=np.array(
            [r.reliable_bits * (r.reliable_in == "stt_mram") for r in regions], dtype=np.int64
        ),
        sram_bits=np.array(
            [r.reliable_bits * (r.reliable_in == "sram") for r in regions], dtype=np.int64
        ),
        banks=np.array([r.banks or 0 for r in regions], dtype=np.int64),
        mat_kib=np.array([r.mat_kib or 0 for r in regions], dtype=np.int64),
        diameter_m=np.array([r.diameter_m or np.nan for r in regions], dtype=float),
        scheme=np.array([WRITE_SCHEMES.index(r.write_scheme) for r in regions], dtype=np.int64),
        attempts=np.array([r.attempts for r in regions], dtype=np.int64),
        ecc=np.array([ECCS.index(r.ecc) for r in regions], dtype=np.int64),
        buffer_bytes=np.array([r.buffer_bytes for r in regions], dtype=np.int64),
    )
