"""One design's training step in plain Python: loops and scalars, no arrays, no merging."""

from math import ceil, floor, inf

from evaluators.accelerator import AcceleratorOptions
from evaluators.accelerator.placed import phased
from evaluators.accelerator.residency import NOWHERE, Lifetimes, Tensor, lifetimes
from evaluators.accelerator.training_step import MASTER_BYTES, UPDATE_PASSES
from evaluators.design import DataKind, DesignPoint, Region
from evaluators.energy import DesignBatch, region_costs
from evaluators.energy.step import ACCUMULATOR_BYTES
from evaluators.memories import array_cost, dram, small_sram_cost
from evaluators.scenario import Scenario
from evaluators.workload import Gemm, Layer, Network, Operand, Phase

KINDS = ("activation", "weight", "error")
PASSES = ("forward", "input_gradient", "weight_gradient", "update")
Told = dict[str, float]
LADDER = [1]
while LADDER[-1] < 10**7:
    LADDER.append(max(LADDER[-1] + 1, round(1.5 * LADDER[-1])))


def cd(value: float, by: float) -> int:
    return ceil(value / by)


class Step:
    """Counts of one network's step for one design at a time."""

    def __init__(
        self, network: Network, options: AcceleratorOptions, element_bytes: float
    ) -> None:
        self.network, self.options, self.element_bytes = network, options, element_bytes
        self.lives: Lifetimes = lifetimes(network, branches=options.branches)
        self.tensors = list(self.lives.tensors)
        self.places: dict[str, int] = {}
        before = 0
        for layer in network.layers:
            before += bool(layer.gemms)
            if not layer.gemms and options.elementwise == "unfused":
                self.places[layer.name] = len(self.tensors)
                self.tensors += self.beside(layer, max(before - 1, 0))

    def beside(self, layer: Layer, step: int) -> list[Tensor]:
        """Input and error of an element-wise layer that is not fused."""
        back, kept = self.lives.steps - 1 - step, layer.elementwise_backward * layer.stash_elements
        moves = sum([layer.elementwise_forward * layer.input_elements > 0,
                     layer.elementwise_forward * layer.output_elements > 0, kept > 0])  # fmt: skip
        errors = (layer.elementwise_backward > 0) * 2
        return [
            Tensor(operand=Operand.ACTIVATION, elements=layer.input_elements, accesses=moves,
                   first_step=step, last_step=back if kept else step),
            Tensor(operand=Operand.ERROR, elements=layer.output_elements, accesses=errors,
                   first_step=back, last_step=back),
        ]  # fmt: skip

    def counts(
        self, rows: int, cols: int, capacity_bytes: dict[str, int], depth: int | None = None,
        buffer_bytes: dict[str, int] | None = None,
    ) -> dict[str, Told]:  # fmt: skip
        """Counts by pass; `KIND_buffer_reads` are of the buffer in front of a region."""
        buffers = {k: b for k, b in (buffer_bytes or {}).items() if 0 < b < capacity_bytes[k]}
        self.depth = depth or self.options.accumulator_depth_words
        names = ["cycles", "accumulator_reads", "accumulator_writes", "dram_bytes"]
        names += [f"{kind}_{level}{what}" for kind in KINDS for level in ("", "buffer_")
                  for what in ("reads", "writes")]  # fmt: skip
        self.buffered = set(buffers)
        told = {name: dict.fromkeys(names, 0.0) for name in PASSES}
        capacity = {kind: size / self.element_bytes for kind, size in capacity_bytes.items()}
        self.kept = self.kept_in(capacity)
        first = {k: buffers[k] / self.element_bytes if k in buffers else capacity[k]
                 for k in KINDS}  # fmt: skip
        self.kept_first = self.kept_in(first) if buffers else self.kept
        accumulator = cols * self.depth
        for used in self.lives.layers:
            for gemm in used.layer.gemms:
                shaped = phased(gemm)
                self.on_array(told[gemm.phase], shaped, gemm.phase, rows, cols)
                backward = any(g.phase is Phase.INPUT_GRADIENT for g in used.layer.gemms)
                self.offchip(told[gemm.phase], shaped, gemm.phase, used.places(gemm),
                             {**capacity, "weight_gradient": accumulator}, backward)  # fmt: skip
                if buffers:
                    self.behind(told[gemm.phase], shaped, gemm.phase, used.places(gemm),
                                {**first, "weight_gradient": accumulator}, backward)  # fmt: skip
        self.rest(told, cols)
        return told

    def on_array(self, told: Told, gemm: Gemm, phase: Phase, rows: int, cols: int) -> None:
        m, n, k, count = gemm.m, gemm.n, gemm.k, gemm.count
        if phase is Phase.WEIGHT_GRADIENT:  # os
            across, down = m, n
            stream, a, b, partial = (
                k + rows + cols - 2,
                m * k * cd(n, cols),
                k * n * cd(m, rows),
                1,
            )
        else:  # ws
            across, down = k, n
            cuts = cd(m, self.depth / 2)
            stream = m + cuts * (2 * rows + cols - 2)
            a, b, partial = m * k * cd(n, cols), k * n * cuts, cd(k, rows)
        fit = min(rows // across, cols // down) if self.options.depthwise == "packed" else 1
        rounds = cd(count, fit) if fit > 1 else count  # groups that lie side by side
        told["cycles"] += rounds * cd(across, rows) * cd(down, cols) * stream
        told[self.first(gemm.a.value, "reads")] += count * a
        told[self.first(gemm.b.value, "reads")] += count * b
        if gemm.c.value in KINDS:
            told[self.first(gemm.c.value, "writes")] += count * m * n
        told["accumulator_writes"] += count * m * n * partial
        told["accumulator_reads"] += count * (m * n * (partial - 1) + m * n)

    def kept_in(self, capacity: dict[str, float]) -> set[int]:
        return {
            place
            for kind in KINDS
            for place in kept(
                self.tensors, self.lives.steps, Operand(kind), capacity[kind], self.element_bytes
            )
        }

    def first(self, kind: str, what: str) -> str:
        """Of the memory that the array itself uses."""
        return f"{kind}_buffer_{what}" if kind in self.buffered else f"{kind}_{what}"

    def sides(
        self, gemm: Gemm, phase: Phase, places: tuple[int, int, int], capacity: dict[str, float]
    ) -> tuple[list[int], list[float]]:
        """True sizes of A, B and C, and the tiles' room for each."""
        output = gemm.c_elements
        if phase is Phase.FORWARD and places[2] != NOWHERE:
            output = min(output, self.lives.tensors[places[2]].elements)
        sizes = [cd(size, gemm.count) for size in (gemm.a_elements, gemm.b_elements, output)]
        kinds = [gemm.a.value, gemm.b.value, gemm.c.value]
        return sizes, [0.5 * capacity[kind] / kinds.count(kind) for kind in kinds]

    def behind(
        self, told: Told, gemm: Gemm, phase: Phase, places: tuple[int, int, int],
        capacity: dict[str, float], backward: bool,
    ) -> None:  # fmt: skip
        """What moves between buffers and the regions behind them."""
        sizes, caps = self.sides(gemm, phase, places, capacity)
        a, b, c = (gemm.count * moved for moved in traffic(gemm, sizes, caps, 1e6))
        c_writes = 0.5 * (c + gemm.count * sizes[2])
        before = gemm.count * sizes[1] if phase is Phase.WEIGHT_GRADIENT and backward else 0
        for kind, place, fetched, back in (
            (gemm.a.value, places[0], a, 0.0), (gemm.b.value, places[1], b - before, 0.0),
            (gemm.c.value, places[2], c - c_writes, c_writes),
        ):  # fmt: skip
            if place not in self.kept_first:
                self.between(told, kind, fetched, back)

    def between(self, told: Told, kind: str, fetched: float, back: float) -> None:
        if kind in self.buffered:
            told[f"{kind}_reads"] += fetched
            told[f"{kind}_buffer_writes"] += fetched
            told[f"{kind}_writes"] += back
            told[f"{kind}_buffer_reads"] += back

    def offchip(
        self, told: Told, gemm: Gemm, phase: Phase, places: tuple[int, int, int],
        capacity: dict[str, float], backward: bool,
    ) -> None:  # fmt: skip
        sizes, caps = self.sides(gemm, phase, places, capacity)
        weight = MASTER_BYTES / self.element_bytes if gemm.c.value not in KINDS else 1.0
        a, b, c = (gemm.count * moved for moved in traffic(gemm, sizes, caps, weight))
        c_writes = 0.5 * (c + gemm.count * sizes[2])
        if places[0] not in self.kept:
            self.fill(told, gemm.a.value, a)
        if places[1] not in self.kept:
            before = gemm.count * sizes[1] if phase is Phase.WEIGHT_GRADIENT and backward else 0
            self.fill(told, gemm.b.value, b - before)
        if gemm.c.value not in KINDS:
            told["dram_bytes"] += (c - gemm.count * sizes[2]) * MASTER_BYTES
        elif places[2] not in self.kept:
            self.fill(told, gemm.c.value, c - c_writes)
            told[f"{gemm.c.value}_reads"] += c_writes
            told["dram_bytes"] += c_writes * self.element_bytes

    def fill(self, told: Told, kind: str, elements: float) -> None:
        told[f"{kind}_writes"] += elements
        told["dram_bytes"] += elements * self.element_bytes

    def rest(self, passes: dict[str, Told], cols: int) -> None:
        """Element-wise layers and the update."""
        forward, backward, told = (
            passes[name] for name in ("forward", "input_gradient", "update")
        )
        for layer in self.network.layers:
            if layer.gemms or self.options.elementwise == "fused":
                continue
            place = self.places[layer.name]
            if layer.elementwise_forward:
                self.touch(forward, "activation", place, layer.input_elements,
                           layer.output_elements)  # fmt: skip
            if layer.elementwise_backward:
                self.touch(backward, "activation", place, layer.stash_elements, 0)
                self.touch(backward, "error", place + 1, layer.output_elements,
                           layer.input_elements)  # fmt: skip
        layers = self.network.layers
        forward["cycles"] += cd(sum(layer.elementwise_forward for layer in layers), cols)
        backward["cycles"] += cd(sum(layer.elementwise_backward for layer in layers), cols)
        told["cycles"] += cd(self.network.parameters, cols)
        weights = {p: t for p, t in enumerate(self.tensors) if t.operand is Operand.WEIGHT}
        moved = sum(t.elements for p, t in weights.items() if p not in self.kept)
        told["weight_writes"] += sum(t.elements for t in weights.values()) - moved
        told["dram_bytes"] += moved * self.element_bytes
        moves = UPDATE_PASSES[self.options.optimizer]
        told["dram_bytes"] += self.network.parameters * moves * MASTER_BYTES

    def touch(self, told: Told, kind: str, place: int, reads: int, writes: int) -> None:
        """On the chip, and off it where the tensor is not kept."""
        told[self.first(kind, "reads")] += reads
        told[self.first(kind, "writes")] += writes
        if place not in self.kept_first:
            self.between(told, kind, reads, writes)
        if place not in self.kept:
            self.fill(told, kind, reads)
            told[f"{kind}_reads"] += writes
            told["dram_bytes"] += writes * self.element_bytes


def kept(
    every: list[Tensor], steps: int, operand: Operand, capacity: float, element_bytes: float
) -> set[int]:
    """Best greedy choice among all sixteenths of an octave up to half of this capacity."""
    tensors = [(p, t) for p, t in enumerate(every) if t.operand is operand]
    tensors.sort(key=lambda pair: -pair[1].accesses / (pair[1].last_step - pair[1].first_step + 1))
    best: set[int] = set()
    most = 0
    for sixteenth in range(177):
        size = 2.0 ** (16 + sixteenth / 16) / element_bytes
        if size > 0.5 * capacity * (1 + 1e-12):
            break
        choice = greedy(tensors, size, steps)
        saved = sum(t.elements * t.accesses for p, t in tensors if p in choice)
        if saved > most:
            best, most = choice, saved
    return best


def greedy(tensors: list[tuple[int, Tensor]], capacity: float, steps: int) -> set[int]:
    occupied = [0.0] * steps
    choice = set()
    for place, tensor in tensors:
        life = range(tensor.first_step, tensor.last_step + 1)
        if all(occupied[step] + tensor.elements <= capacity for step in life):
            for step in life:
                occupied[step] += tensor.elements
            choice.add(place)
    return choice


def traffic(gemm: Gemm, sizes: list[int], caps: list[float], weight: float) -> list[float]:
    """Elements of A, B and C moved by the best of the three loop orders, C's bytes by weight."""
    m, n, k = gemm.m, gemm.n, gemm.k
    orders = []
    for stays, sides, streams, moves in (
        (0, (m, k), (2, 1), (1, 2)), (1, (n, k), (2, 0), (0, 2)), (2, (m, n), (0, 1), (1, 0)),
    ):  # fmt: skip
        clamps = (caps[streams[0]], caps[streams[1]])
        costs = [sizes[operand] * (2 * weight if operand == 2 else 1) for operand in moves]
        passes = best_passes(sides, costs, caps[stays], clamps)
        fewest = [
            cd(side, min(side, caps[stays], clamp))
            for side, clamp in zip(sides, clamps, strict=True)
        ]
        fits = [sizes[operand] <= caps[operand] for operand in moves]
        moved = [float(size) for size in sizes]
        for place, operand in enumerate(moves):
            times = 1 if fits[place] else fewest[place] if fits[1 - place] else passes[place]
            moved[operand] *= 2 * times - 1 if operand == 2 else times
        orders.append(moved)
    return min(orders, key=lambda moved: moved[0] + moved[1] + weight * moved[2])


def best_passes(
    sides: tuple[int, int], costs: list[float], capacity: float, clamps: tuple[float, float]
) -> tuple[int, int]:
    best, found = inf, (0, 0)
    for along in (0, 1):
        across = 1 - along
        for step in LADDER:
            tile = cd(sides[along], step)
            if tile > min(capacity, clamps[along]):
                continue
            other = max(1.0, min(floor(capacity / tile), clamps[across], sides[across]))
            passes = [0, 0]
            passes[along], passes[across] = cd(sides[along], tile), cd(sides[across], other)
            cost = costs[0] * passes[0] + costs[1] * passes[1]
            if cost < best:
                best, found = cost, (passes[0], passes[1])
    return found


def sram_in_front(region: Region, scenario: Scenario) -> tuple[Told, int]:
    """One access of the SRAM in front of a region, and its banks."""
    if not 0 < region.buffer_bytes < region.capacity_bytes:
        return dict.fromkeys(
            ("read_energy_j", "write_energy_j", "busy_read_s", "busy_write_s"), 0.0
        ), 1
    banks = min(region.banks or 16, region.buffer_bytes // 2**17)
    told = array_cost(
        "sram", region.buffer_bytes, node_nm=22, roadmap=scenario.roadmap, banks=banks
    )
    return {name: float(getattr(told, name)[0]) for name in told.__dataclass_fields__}, banks


def energy(design: DesignPoint, scenario: Scenario, step: Step) -> dict[str, float]:
    """Energy by component, time and area of one design, summed by hand from its counts."""
    plan = {kind.value: design.memory[kind] for kind in DataKind}
    array = design.array
    told = step.counts(
        array.rows,
        array.cols,
        {kind: region.capacity_bytes for kind, region in plan.items()},
        array.accumulator_depth_words,
        {kind: region.buffer_bytes for kind, region in plan.items()},
    )
    costs = region_costs(DesignBatch.of([design]), scenario)
    words = scenario.bits / scenario.memory.word_bits
    found, leakage_w, area_m2 = {}, 0.0, 0.0
    busy: dict[str, list[float]] = {name: [0.0] for name in PASSES}
    for kind in DataKind:
        cost = costs[kind]
        found[f"{kind}_read_j"] = found[f"{kind}_write_j"] = 0.0
        for name in PASSES:
            reads, writes = (
                ceil(told[name][f"{kind}_{what}"] * words) for what in ("reads", "writes")
            )
            found[f"{kind}_read_j"] += reads * float(cost.read_energy_j[0])
            found[f"{kind}_write_j"] += writes * float(cost.write_energy_j[0])
            busy[name] += [
                reads * float(cost.read_s[part, 0]) + writes * float(cost.write_s[part, 0])
                for part in (0, 1)
            ]
            reads, writes = (
                ceil(told[name][f"{kind}_buffer_{what}"] * words) for what in ("reads", "writes")
            )
            front, banks = sram_in_front(plan[kind], scenario)
            found[f"{kind}_read_j"] += reads * front["read_energy_j"]
            found[f"{kind}_write_j"] += writes * front["write_energy_j"]
            busy[name].append(
                (reads * front["busy_read_s"] + writes * front["busy_write_s"]) / banks
            )
        leakage_w += float(cost.leakage_w[0])
        area_m2 += float(cost.area_m2[0])
    column = small_sram_cost(
        step.depth * ACCUMULATOR_BYTES,
        node_nm=scenario.node_nm, roadmap=scenario.roadmap, word_bits=8 * ACCUMULATOR_BYTES,
        temperature_k=scenario.temperature_k,
    )  # fmt: skip
    found["accumulator_j"] = sum(
        told[name]["accumulator_reads"] * float(column.read_energy_j[0])
        + told[name]["accumulator_writes"] * float(column.write_energy_j[0])
        for name in PASSES
    )
    elements = array.rows * array.cols
    mat = array_cost("sram", 2**17, node_nm=22, roadmap=scenario.roadmap)
    density = float(mat.leakage_w[0] / mat.area_m2[0])
    leakage_w += array.cols * float(column.leakage_w[0]) + elements * 0.3 * density * 300e-12
    area_m2 += array.cols * float(column.area_m2[0]) + elements * 300e-12
    layers = step.network.layers
    operations = sum(gemm.macs for layer in layers for gemm in layer.gemms)
    operations += step.network.parameters
    operations += sum(x.elementwise_forward + x.elementwise_backward for x in layers)
    arithmetic_j, bits = {"int8": (0.3e-12, 48), "bf16": (2e-12, 64)}[scenario.number_format]
    scale = 0.39 * {"HP": 1.0, "LOP": 0.64, "LSTP": 0.79}[scenario.roadmap]
    found["mac_j"] = operations * (arithmetic_j + bits * 7.5e-15) * scale
    dram_bytes = {name: told[name]["dram_bytes"] for name in PASSES}
    found["dram_j"] = sum(dram_bytes.values()) * 8 * dram(scenario.memory.dram).energy_j_per_bit
    bandwidth = scenario.accelerator.dram_bandwidth_bytes_per_s
    by_pass = {
        name: max(told[name]["cycles"] / array.clock_hz, dram_bytes[name] / bandwidth, *busy[name])
        for name in PASSES
    }
    time_s = sum(by_pass.values())
    found["dram_j"] += dram(scenario.memory.dram).background_w * time_s
    found["leakage_j"] = leakage_w * time_s
    whole = {"energy_j": sum(found.values()), "time_s": time_s, "area_m2": area_m2}
    return {**found, **whole, **{f"{name}_time_s": by_pass[name] for name in PASSES}}
