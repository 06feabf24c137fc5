"""Public functions that take or give a number say in which unit; numerical code says why.

A function counts where it, its class and its file have no leading underscore, and a parameter or
the result is annotated as a number: `float`, `int`, an array, or a union, tuple or sequence of
them. It states its units where every one of these numbers does:

- by a name that ends in its unit, as `evaluators.checks.UNITS` knows it (`pulse_width_s`; the
  function's own name is that of its result), or
- by a unit in square brackets, `[J]`, `[m^2]`, `[-]` for a pure number or a count: of a parameter
  in its own entry under `Args:`, of the result outside that section. A docstring without `Args:`
  that has one says it of all that the names do not tell. `[as its name]` is said of a figure that
  is asked for by name, whose end tells the unit; `[as given]` of one that keeps its unit.

Comments on lines of their own in the numerical rooms say why, or which equation of
`docs/physics.md` the lines after them are, `(12)`; the page numbers its equations once each.
"""

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from evaluators.checks import unit

ROOT: Final = Path(__file__).parents[1]
LEAST: Final = 0.9
LEAST_COMMENTS: Final = 0.02
NUMBERS: Final = {"float", "int", "Array", "NDArray", "ArrayLike", "Counts", "Integers", "Floats",
                  "Codes"}  # fmt: skip
HOLDERS: Final = {"tuple", "list", "Sequence", "Iterator", "Iterable", "Final"}
SYMBOL: Final = (
    r"(?:1|V|A|ohm|T|s|Hz|J|W|K|m|nm|F|C|rad|bytes?|bits?|words?|MiB|inch|step|pixels?)(?:\^\d)?"
)
UNIT: Final = rf"(?:-|as its name|as given|{SYMBOL}(?:[/ ]{SYMBOL})*)"
BRACKETS: Final = re.compile(rf"\[{UNIT}(?:, {UNIT})*\]")
ENTRY: Final = re.compile(r"^    (\w+(?:, \w+)*): ", re.MULTILINE)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_number(note: ast.expr | None) -> bool:
    """Whether an annotation is a number, or holds numbers alone or beside others."""
    match note:
        case ast.Constant(value=str(text)):
            return is_number(ast.parse(text, mode="eval").body)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in NUMBERS
        case ast.BinOp(left=left, right=right):
            return is_number(left) or is_number(right)
        case ast.Subscript(value=ast.Name(id="NDArray"), slice=held):
            return "bool" not in ast.unparse(held)
        case ast.Subscript(value=ast.Name(id=name), slice=held) if name in HOLDERS:
            parts = held.elts if isinstance(held, ast.Tuple) else [held]
            return any(is_number(part) for part in parts)
        case _:
            return False


def functions(tree: ast.Module | ast.ClassDef) -> Iterator[Function]:
    """Public functions and methods, without those within functions."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from functions(node)
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield node


def numbers(node: Function) -> tuple[list[str], bool]:
    """Parameters that are numbers, and whether the result is one."""
    told = node.args
    named = [a.arg for a in chain(told.posonlyargs, told.args, told.kwonlyargs)
             if is_number(a.annotation)]  # fmt: skip
    return named, is_number(node.returns)


def unstated(node: Function) -> list[str]:
    """Its numbers without a unit; the result is called `return`."""
    parameters, gives = numbers(node)
    text = ast.get_docstring(node) or ""
    before, section, after = text.partition("\nArgs:\n")
    entries = after.split("\n\n")[0]
    rest = before + after[len(entries) :]
    told = {
        name: words
        for names, words in zip(*[iter(ENTRY.split(entries)[1:])] * 2, strict=True)
        for name in names.split(", ")
    }
    missing = []
    for name in parameters:
        where = told.get(name, "") if section else text
        if not unit(name) and not BRACKETS.search(where):
            missing.append(name)
    if gives and not unit(node.name) and not BRACKETS.search(rest):
        missing.append("return")
    return missing


def counted() -> dict[str, list[str]]:
    """By function that takes or gives a number: what of it has no unit."""
    found = {}
    for package in ("evaluators", "dse"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in functions(ast.parse(file.read_text(encoding="utf-8"))):
                parameters, gives = numbers(node)
                if parameters or gives:
                    name = f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"
                    found[name] = unstated(node)
    return found


def test_public_functions_state_the_units_of_their_numbers() -> None:
    found = counted()
    assert len(found) > 150
    missing = {name: what for name, what in found.items() if what}
    share = 1.0 - len(missing) / len(found)
    assert share >= LEAST, f"{share:.1%} of {len(found)}; without a unit:\n" + "\n".join(
        f"{name}: {', '.join(what)}" for name, what in missing.items()
    )


def test_a_missing_unit_is_found() -> None:
    def missing(code: str) -> list[str]:
        return unstated(next(functions(ast.parse(code))))

    named = "def f(width_m: float, count: int) -> tuple[float, str]:"
    assert missing(f'{named}\n    """No unit."""') == ["count", "return"]
    assert missing(f'{named}\n    """Not `[scenario]`, not [low, high]."""') == ["count", "return"]
    assert missing(f'{named}\n    """All. [J]"""') == []
    args = '\n    """Some. [J]\n\n    Args:\n        count: how many.\n    """'
    assert missing(named + args) == ["count"]
    assert missing(named + args.replace("many.", "many. [-]")) == []
    assert missing('def g_s(x: "Array | None") -> float:\n    """G."""') == ["x"]
    assert list(functions(ast.parse("class _A:\n    def f(self) -> int: ..."))) == []


def test_numerical_rooms_say_why() -> None:
    lines = [
        line.strip()
        for room in ("device", "accelerator", "faults")
        for file in sorted((ROOT / "evaluators" / room).glob("*.py"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    comments = sum(line.startswith("# ") for line in lines)
    assert comments >= LEAST_COMMENTS * len(lines), f"{comments} of {len(lines)} lines"


def test_equations_are_numbered_and_comments_name_those_that_exist() -> None:
    page = (ROOT / "docs" / "physics.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```equation\n(.*?)```", page, re.DOTALL)
    known = [re.findall(r"  \((\d+)\)$", block, re.MULTILINE) for block in blocks]
    assert all(known)
    every = [int(number) for block in known for number in block]
    assert sorted(every) == list(range(1, len(every) + 1))
    named = {
        int(number)
        for file in (ROOT / "evaluators").rglob("*.py")
        for comment in re.findall(r"^ *# .*", file.read_text(encoding="utf-8"), re.MULTILINE)
        for number in re.findall(r"\bequations? \((\d+)\)", comment)
    }
    assert named
    assert named <= set(every), f"no equation {sorted(named - set(every))} in docs/physics.md"
