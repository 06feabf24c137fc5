"""What the user's own technology is called: read from its file, which is not imported for it."""

import ast
import sys
from functools import lru_cache
from pathlib import Path

from dse.study import user_code
from evaluators import plugins


def technology_label(name: str) -> str:
    """The name in prose that a technology of the user's gives itself; its module's where none.

    The same whether its code is imported or only its results are read.
    """
    module, _, member = name.partition(":")
    if module == plugins.SESSION:
        own = getattr(sys.modules.get(module), member, None)
        return str(getattr(own, "label", "") or getattr(own, "name", "") or member)
    file = user_code.sources([name]).get(module)
    told = _told(file, member or plugins.TECHNOLOGY.attribute, _stamp(file)) if file else ""
    return told or module.rpartition(".")[2]


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
    """`label`, else `name`, of the call that a member of a source file is assigned."""
    words = _words(file, member, stamp)
    for key in ("label", "name"):
        value = words.get(key)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
    return ""


@lru_cache(maxsize=64)
def _words(file: Path, member: str, stamp: int) -> dict[str | None, ast.expr]:
    """The keywords of the call that a member of a source file is assigned."""
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
            return {keyword.arg: keyword.value for keyword in call.keywords}
    return {}
