"""Names of designs: short, of the design alone, and found again whatever the ranking."""

from dse.results import names
from search_spaces.axes import Value


def test_a_name_depends_on_the_values_alone() -> None:
    values: dict[str, Value] = {"array_rows": 64, "write_voltage_v": 0.5, "technology": "sram"}
    other: dict[str, Value] = {"technology": "sram", "write_voltage_v": 0.5, "array_rows": 64.0}
    assert names.name_of(30, values) == names.name_of(30, other)
    assert names.name_of(30, values) != names.name_of(30, {**values, "array_rows": 32})
    assert names.NAME.fullmatch(names.name_of(30, values))
    assert names.name_of(0, {}) == "0"


def test_names_grow_only_where_digits_are_shared() -> None:
    designs = [(7, {"x": value}) for value in range(4000)]
    found = names.names_of(designs)
    assert len(set(found)) == len(designs)
    assert {len(name) for name in found} > {2 + names.SHORT}
    for (number, values), name in zip(designs, found, strict=True):
        assert f"{number}-{names.digest_of(values)}".startswith(name)
