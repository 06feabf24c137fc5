"""Where the numbers come from: constants with the source on their own line, read from the code."""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

PLACES: Final = ("energy", "device", "memories", "accelerator")
"""Files and folders of `evaluators` that hold constants of nature and technology."""

TOLD_IN_WORDS: Final = ("assumed", "Source")
"""A constant without a comment is listed where the text below it says one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A constant of the models as the code has it."""

    module: str
    name: str
    value: str
    source: str


def constants(cell_name: str) -> list[Constant]:
    """Every constant that says where it comes from; of the cell presets only the study's."""
    root = files("evaluators")
    found: list[Constant] = []
    for place in PLACES:
        for module, source in _modules(root.joinpath(place), f"evaluators.{place}"):
            told = list(_constants(module.removesuffix(".py"), source))
            preset = any(constant.name.startswith("CELL.") for constant in told)
            if not preset or module.endswith(f".{cell_name}.py"):
                found += told
    return found


def _modules(place: Traversable, name: str) -> Iterator[tuple[str, str]]:
    if place.is_file():
        if name.endswith(".py"):
            yield name, place.read_text(encoding="utf-8")
        return
    for member in sorted(place.iterdir(), key=lambda member: member.name):
        yield from _modules(member, f"{name}.{member.name}")


def _constants(module: str, source: str) -> Iterator[Constant]:
    tree = ast.parse(source)
    comments = _comments(source)
    for place, node in enumerate(tree.body):
        if not isinstance(node, ast.AnnAssign | ast.Assign) or node.value is None:
            continue
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        if not isinstance(target, ast.Name) or not target.id.isupper():
            continue
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        told = {line: comments[line] for line in lines if comments.get(line, "fmt:")[:4] != "fmt:"}
        if len(lines) > 1:
            yield from _members(module, target.id, node.value, told)
        elif told:
            value = ast.unparse(node.value)
            yield Constant(module=module, name=target.id, value=value, source=told[lines[0]])
        else:
            yield from _described(module, target.id, node.value, tree.body[place + 1 : place + 2])


def _members(
    module: str, name: str, value: ast.expr, comments: dict[int, str]
) -> Iterator[Constant]:
    """The entries of a dictionary or of a call, each with the comment on its line."""
    entries: list[tuple[str, ast.expr]] = []
    if isinstance(value, ast.Dict):
        entries = [(str(ast.literal_eval(key)), item)
                   for key, item in zip(value.keys, value.values, strict=True)
                   if isinstance(key, ast.Constant)]  # fmt: skip
    elif isinstance(value, ast.Call):
        entries = [(word.arg, word.value) for word in value.keywords if word.arg]
    for key, item in entries:
        if item.lineno in comments:
            yield Constant(module=module, name=f"{name}.{key}", value=ast.unparse(item),
                           source=comments[item.lineno])  # fmt: skip


def _described(
    module: str, name: str, value: ast.expr, following: list[ast.stmt]
) -> Iterator[Constant]:
    for node in following:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            words = " ".join(str(node.value.value).split())
            if any(word in words for word in TOLD_IN_WORDS):
                yield Constant(module=module, name=name, value=ast.unparse(value), source=words)


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ") for token in tokens
            if token.type == tokenize.COMMENT}  # fmt: skip
