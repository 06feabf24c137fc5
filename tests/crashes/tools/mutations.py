"""Study files gone wrong: bytes hit by chance, values and keys changed on purpose."""

import copy
import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.crashes.tools.other_words import other_words
from tests.crashes.tools.toml_text import toml_text

Table = dict[str, Any]
Path = tuple[Any, ...]

RANGES: Final = {
    "search.candidates": (1, 1_000_000), "search.seed": (0, 2**32 - 1),
    "search.batch": (1, 1000), "search.lookahead": (0, 4), "search.population": (2, 10_000),
    "search.least_gain": (0.0, 0.1), "search.first_seeds": (0, 1000),
    "search.stop.time_s": (0.0, 1e9),
    "search.stop.plateau_candidates": (0, 1_000_000), "search.stop.plateau_gain": (0.0, 1.0),
    "scenario.batch_size": (1, 2**20), "scenario.temperature_k": (200.0, 450.0),
    "scenario.write_corner_k": (200.0, 450.0),
    "scenario.baseline_capacity_bytes": (2**18, 2**36),
    "scenario.memory.leakage_scale": (0.0, 1000.0), "scenario.memory.gate": (0.0, 1.0),
    "scenario.memory.cell_area_f2": (4.0, 1000.0),
    "scenario.memory.weight_bits.ones": (0.0, 1.0),
    "scenario.accelerator.accumulator_depth_words": (1, 2**24),
    "scenario.accelerator.max_banks": (1, 1024),
    "scenario.accelerator.dram_bandwidth_bytes_per_s": (1e6, 1e15),
    "scenario.training.steps": (1, 10_000_000), "scenario.training.seeds": (1, 1000),
    "scenario.training.batch_size": (1, 65536), "scenario.training.learning_rate": (1e-9, 100.0),
    "scenario.training.momentum": (0.0, 0.9999), "scenario.training.gradient_norm": (1e-9, 1e9),
    "scenario.training.scale_headroom_bits": (0, 6),
    "scenario.training.time_limit_s": (0.1, 1e7),
}  # fmt: skip
"""What each number may be, as docs say it: written down a second time, to check the first."""

NAMES: Final = {
    "space": "heterogeneous", "scenario.network": "lenet5", "scenario.cell": "emram_28nm",
    "search.sampler": "nsga2", "search.strategy": "'joint'", "scenario.number_format": "'int8'",
    "scenario.roadmap": "HP", "scenario.sizing": "'iso_area'", "scenario.memory.dram": "hbm2",
    "scenario.memory.wire": "'repeated'", "scenario.training.data": "digits",
    "scenario.training.model": "small_cnn", "scenario.training.encoding": "'sign_magnitude'",
    "scenario.accelerator.optimizer": "'adam'", "scenario.training.scaling": "'static'",
    "scenario.training.trainer": "package.module:function",
}  # fmt: skip
"""Keys that hold a name, and one name that a refusal must offer."""

DOTTED: Final = ("space", "scenario.network", "scenario.cell", "search.sampler", "objectives")
HUGE: Final = (10**400, -(10**400), 10**20, 1e300, -1e300)
DATES: Final = (
    datetime.date(2026, 1, 2),
    datetime.time(3, 4),
    datetime.datetime(2026, 1, 2, 3, 4),
)
PLAIN: Final[tuple[Any, ...]] = (
    True, 7, 3.5, "word", [], [[]], [1, "a"], {}, {"a": {"b": 1}},
)  # fmt: skip
OTHERS: Final = (*PLAIN, *DATES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A file's bytes; `allowed` are words that its refusal must hold, `valid` forbids one.

    With neither, the file may be sound or not: a refusal names the file and a line or a key.
    """

    kind: str
    content: bytes
    allowed: tuple[str, ...] = ()
    valid: bool = False


def leaves(table: Table, path: Path = ()) -> list[Path]:
    """The place of every value that is no table."""
    found: list[Path] = []
    for key, value in table.items():
        found += leaves(value, (*path, key)) if isinstance(value, dict) else [(*path, key)]
    return found


def at(table: Table, path: Path) -> Any:
    for key in path:
        table = table[key]
    return table


def changed(table: Table, path: Path, value: Any) -> Table:
    """A copy with one value set; tables on the way are made."""
    new = copy.deepcopy(table)
    here = new
    for key in path[:-1]:
        here = here.setdefault(key, {}) if isinstance(here, dict) else here[key]
    here[path[-1]] = value
    return new


def misspelt(random: random.Random, word: str) -> str:
    place = random.randrange(len(word))
    return random.choice(
        (word[:place] + word[place] + word[place:], word[:place] + word[place + 1 :] + "q",
         word[:place] + "x" + word[place:], word.upper() + "_", "ü" + word)
    )  # fmt: skip


def _refused(kind: str, table: Table, *allowed: str) -> Mutation:
    return Mutation(kind=kind, content=toml_text(table).encode(), allowed=allowed)


def told_range(low: float, high: float) -> str:
    """A range as a refusal may write it."""
    return "|".join(f"[{low:{form}}, {high:{form}}]" for form in ("g", ".12g", ""))


def out_of_range(random: random.Random, table: Table) -> Mutation:
    path, (low, high) = random.choice(list(RANGES.items()))
    wrong = random.choice((low - abs(low) * 0.5 - 1, high * 2 + 1, *HUGE))
    wrong = wrong if isinstance(low, float) else int(wrong)
    table = changed(table, tuple(path.split(".")), wrong)
    told = f"{told_range(low, high)}|64 bits"
    return _refused("out of range", table, path.split(".")[-1], told)


def not_finite(random: random.Random, table: Table) -> Mutation:
    path, (low, high) = random.choice(list(RANGES.items()))
    wrong = random.choice((float("nan"), float("inf"), -float("inf")))
    whole = isinstance(low, int)
    table = changed(table, tuple(path.split(".")), wrong)
    rule = "a valid integer" if whole else told_range(low, high)
    return _refused("not finite", table, path.split(".")[-1], rule)


def wrong_type(random: random.Random, table: Table) -> Mutation:
    path = random.choice(leaves(table))
    now = at(table, path)
    wrong = [o for o in OTHERS if type(o) is not type(now) and not _fits(path, now, o)]
    table = changed(table, path, random.choice(wrong))
    return _refused("wrong type", table, str(path[-1]), "must|takes|no place")


def _fits(path: Path, now: Any, other: Any) -> bool:
    """Whether a value of another type has a meaning there."""
    number = isinstance(other, int | float) and not isinstance(other, bool)
    if path[0] == "axes":
        first = now[0] if isinstance(now, list) else now
        return number or (isinstance(other, str) and isinstance(first, str))
    if path in (("designs",), ("constraints",)):
        return bool(other == [])
    return bool(isinstance(now, float) and number)


def table_for_value(random: random.Random, table: Table) -> Mutation:
    path = random.choice(leaves(table))
    return _refused("table for a value", changed(table, path, {"value": 1}), str(path[-1]))


def value_for_table(random: random.Random, table: Table) -> Mutation:
    key = random.choice([k for k, v in table.items() if isinstance(v, dict)])
    return _refused("value for a table", {**table, key: random.choice((1, "x", [1], True))}, key,
                    "must")  # fmt: skip


def bool_for_whole(random: random.Random, table: Table) -> Mutation:
    path = random.choice([p for p, (low, _) in RANGES.items() if isinstance(low, int)])
    table = changed(table, tuple(path.split(".")), random.choice((True, False)))
    return _refused("bool for a whole number", table, path.split(".")[-1], "a valid integer")


def a_date(random: random.Random, table: Table) -> Mutation:
    path = random.choice(leaves(table))
    return _refused("date", changed(table, path, random.choice(DATES)), str(path[-1]))


def misspelt_key(random: random.Random, table: Table) -> Mutation:
    path = random.choice(leaves(table))
    new = copy.deepcopy(table)
    here = at(new, path[:-1])
    wrong = misspelt(random, path[-1])
    here[wrong] = here.pop(path[-1])
    known = "axes: " if path[0] == "axes" else "known here: "
    return _refused("misspelt key", new, wrong, path[-1], known)


def unknown_key(random: random.Random, table: Table) -> Mutation:
    key = random.choice(("leftover", "", "a.b", "ключ", 'with "quotes"', "x" * 5000))
    where = random.choice(([], ["scenario"], ["scenario", "training"], ["search"], ["axes"]))
    known = "axes: " if where == ["axes"] else "known here: "
    return _refused("unknown key", changed(table, (*where, key), 1), known)


def misspelt_name(random: random.Random, table: Table) -> Mutation:
    path, name = random.choice(list(NAMES.items()))
    wrong = misspelt(random, name.strip("'").replace(":", "").replace(".", ""))
    return _refused("misspelt name", changed(table, tuple(path.split(".")), wrong), wrong[:50],
                    path.split(".")[-1], name)  # fmt: skip


def long_name(random: random.Random, table: Table) -> Mutation:
    path = random.choice([*NAMES, "name"])
    wrong = random.choice(("x", "é", "a.", ":", "../", "\\")) * 20_000
    return _refused("very long name", changed(table, tuple(path.split(".")), wrong),
                    path.split(".")[-1])  # fmt: skip


def dotted(random: random.Random, table: Table) -> Mutation:
    """Names of modules that are not there, fail, end the program, or hold something else."""
    path = random.choice(DOTTED)
    names = ("nowhere.at_all:it", "raising_module:it", "exiting_module:it", "broken_syntax:it",
             "os:nothing", "os:path", "os:sep", ".x:y", "a..b:c", ":x", "x:", ".", "..", "a b:c",
             "raising_module", "exiting_module.it")  # fmt: skip
    name = random.choice([n for n in names if ":" in n or "." in n])
    value: Any = ["energy_j", name] if path == "objectives" else name
    return _refused("dotted name", changed(table, tuple(path.split(".")), value),
                    path.split(".")[-1], name)  # fmt: skip


def missing(random: random.Random, table: Table) -> Mutation:
    path = random.choice((("name",), ("space",), ("objectives",), ("scenario",),
                          ("scenario", "network")))  # fmt: skip
    new = copy.deepcopy(table)
    del at(new, path[:-1])[path[-1]]
    return _refused("missing", new, f"`{'.'.join(path)}` is missing")


def lists(random: random.Random, table: Table) -> Mutation:
    """Arrays that are empty, repeat themselves, or are upside down."""
    long = [["energy_j"] * 2, [], ["energy_j", "area_m2", "time_s", "edp_js", "dram_bytes",
                                   "write_energy_j"]]  # fmt: skip
    choices: list[tuple[Path, Any, tuple[str, ...]]] = [
        (("objectives",), random.choice(long), ("objectives", "one to five")),
        (("axes", "array_rows"), random.choice(([], [[]], [4], [16, "32"], [16.0], [True])),
         ("array_rows", "must lie in [8, 1024]|whole numbers|at least one")),
        (("axes", "array_cols"), random.choice((0, -32, 10**400, "32", 1e9)),
         ("array_cols", "must lie in [8, 1024]|64 bits")),
        (("constraints",), [random.choice(("area <= 1", "area_m2 < 1", "area_m2 <= nan", "",
                                           "area_m2 <= 1e999", "area_m2 <= " + "9" * 5000))],
         ("constraints[0]", "QUANTITY <= NUMBER|known: |finite number")),
        (("designs",), [{"array_rows": random.choice((16, 4, "x"))}],
         ("designs[0]", "must give `|must lie in")),
        (("designs",), [{}], ("designs[0]", "must give")),
    ]  # fmt: skip
    if table["space"] == "tolerance":  # has one array
        choices = [choice for choice in choices if choice[0][0] != "axes"]
    if table["space"] in ("heterogeneous", "homogeneous", "split_bits", "number_formats"):
        bounds: tuple[Any, ...] = (
            [1.2, 0.6],
            [0.7, 0.7],
            [0.7, 0.8, 0.9],
            [],
            [0.01, 1.0],
            [float("nan"), 1.0],
            ["0.7", 0.9],
            [True, 1.0],
            [0.6, float("inf")],
            0.0,
            "0.7",
            [[0.7, 0.9]],
        )
        choices.append((("axes", "write_voltage_v"), random.choice(bounds),
                        ("write_voltage_v", "low < high|[low, high]|must lie in [0.05, 3]|"
                         "at least one")))  # fmt: skip
    path, value, allowed = random.choice(choices)
    return _refused("array", changed(table, path, value), *allowed)


def bad_name(random: random.Random, table: Table) -> Mutation:
    name = random.choice(("", ".", "..", "a/b", "a b", "é", "-a", "x" * 81, "a\x00b", "\u202e"))
    return _refused("folder's name", {**table, "name": name}, "name", "letters, digits")


def bad_storage(random: random.Random, table: Table) -> Mutation:
    url = random.choice(("mysql://me@host/x", "results.db", "sqlite:///", "sqlite://", "memroy",
                         "postgresql://me@host:port/x", "postgresql://" + ":@" * 9))  # fmt: skip
    return _refused("storage", {**table, "storage": url}, "storage", "postgresql://")


STRUCTURED: Final[tuple[Callable[[random.Random, Table], Mutation], ...]] = (
    out_of_range, not_finite, wrong_type, table_for_value, value_for_table, bool_for_whole, a_date,
    misspelt_key, unknown_key, misspelt_name, long_name, dotted, missing, lists, bad_name,
    bad_storage,
)  # fmt: skip


def respelt(random: random.Random, table: Table) -> Mutation:
    """The same study in other words: it must pass."""
    return Mutation(kind="other words", valid=True, content=other_words(random, table))


def whole_for_float(random: random.Random, table: Table) -> Mutation:
    path = random.choice(
        [
            p
            for p, (low, high) in RANGES.items()
            if (isinstance(low, float) and low <= 300 <= high) or p.endswith("gate")
        ]
    )
    value = 1 if path.endswith("gate") else 300
    table = changed(table, tuple(path.split(".")), value)
    return Mutation(kind="whole number for a float", valid=True, content=toml_text(table).encode())


def by_chance(random: random.Random, table: Table) -> Mutation:
    """Bytes of the text deleted, doubled, swapped, or replaced by what no editor writes."""
    content = bytearray(toml_text(table).encode())
    for _ in range(random.randint(1, 4)):
        if not content:
            break
        place, length = random.randrange(len(content)), random.randint(1, 12)
        part = bytes(content[place : place + length])
        new = random.choice((
            b"", part * 2, part[::-1], b"\xff\xfe", b"\x00", b"\xef\xbb\xbf", b"\r", b"\xc3(",
            b"9" * random.choice((30, 400, 5000)), b"[" * random.choice((3, 3000)), b"\"" * 3,
            b"a.b." * 2000 + b"c = 1\n", b"\n[scenario]\n", b"\nname = 'twice'\n", b"= ",
            b"x = " + b"{a=" * 3000, "\u2028\ud7ff".encode(), b"1e999", b"-", b"#",
        ))  # fmt: skip
        content[place : place + length] = new
    return Mutation(kind="bytes", content=bytes(content))


def whole_file(random: random.Random, table: Table) -> Mutation:
    text = toml_text(table)
    content = random.choice((
        b"", b"\n", b"\xef\xbb\xbf", b"\x00" * 4096, text.encode("utf-16"), text.encode() * 2,
        random.randbytes(5000), b"SQLite format 3\x00" + random.randbytes(100), b"{}", b"a = 1",
        text.encode()[: random.randrange(len(text))], b"x" * 1_000_000, b"[[designs]]\n" * 20_000,
        b"a = " + b"[" * 100_000, b"[a]\n" + b"b." * 50_000 + b"c = 1", b"n = " + b"1" * 5000,
        text.encode("utf-32"), b"\x89PNG\r\n\x1a\n" + random.randbytes(100), b"# only a comment",
    ))  # fmt: skip
    return Mutation(kind="whole file", content=content)


def mutation(random: random.Random, table: Table) -> Mutation:
    """One of all kinds."""
    kinds: tuple[Callable[[Any, Table], Mutation], ...] = (
        *STRUCTURED, respelt, respelt, whole_for_float, by_chance, by_chance, by_chance,
        by_chance, by_chance, whole_file,
    )  # fmt: skip
    return random.choice(kinds)(random, table)
