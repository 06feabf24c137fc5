"""What technologies and objectives of the user's own are called: read from their files.

The same whether their code is imported or only their results are read.
"""

import ast
import sys
from functools import lru_cache
from pathlib import Path

from dse.study import user_code
from evaluators import plugins


def technology_label(name: str) -> str:
    """The name in prose that a technology of the user's gives itself; its module's where none."""
    module = name.partition(":")[0]
    return _label(name, plugins.TECHNOLOGY.attribute) or module.rpartition(".")[2]


def objective_label(name: str) -> str:
    """The name that an objective of the user's gives itself; its attribute's where none."""
    return _label(name, "OBJECTIVE") or name.rpartition(":")[2]


def _label(name: str, attribute: str) -> str:
    module, _, member = name.partition(":")
    if module == plugins.SESSION:
        own = getattr(sys.modules.get(module), member, None)
        return str(getattr(own, "label", "") or getattr(own, "name", "") or member)
    file = user_code.sources([name]).get(module)
    return _told(file, member or attribute, _stamp(file)) if file else ""


def has_fixed_write(name: str) -> bool:
    """Whether a memory of the user's is written in one way, whatever a design says of it."""
    module, _, member = name.partition(":")
    member = member or plugins.TECHNOLOGY.attribute
    if module == plugins.SESSION:
        own = getattr(sys.modules.get(module), member, None)
        return getattr(own, "fixed_write", None) is not None
    file = user_code.sources([name]).get(module)
    words = _words(file, member, _stamp(file)) if file else {}
    return not isinstance(words.get("fixed_write", ast.Constant(None)), ast.Constant)


def _stamp(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _told(file: Path, member: str, stamp: int) -> str:
    """`label`, else `name` or its first text, of the call that a member of a file is assigned."""
    words = _words(file, member, stamp)
    for key in ("label", "name"):
        value = words.get(key)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
    return ""


@lru_cache(maxsize=64)
def _words(file: Path, member: str, stamp: int) -> dict[str | None, ast.expr]:
    """The keywords of the call that a member of a file is assigned, `name` its first argument."""
    del stamp  # a file that is edited is read again
    try:
        body = ast.parse(file.read_bytes()).body
    except (SyntaxError, ValueError, OSError):
        return {}
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else [
            node.target] if isinstance(node, ast.AnnAssign) else []  # fmt: skip
        call = getattr(node, "value", None)
        if isinstance(call, ast.Call) and any(getattr(t, "id", "") == member for t in targets):
            words = dict(zip(("name",), call.args[:1], strict=False))
            return words | {keyword.arg: keyword.value for keyword in call.keywords}
    return {}
