"""Load by name: a plain name is a file of ours, a dotted name is the user's module.

An object of the user's own is given the name that finds it again. What lies in a module is known
by `module:name`, which any process finds; what lies in a notebook or a script is kept in this
process under `dse_session:name`: whoever asks by that name here has it, other processes do not.
"""

import ast
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal

from evaluators.checks import brief, known_names

if TYPE_CHECKING:
    Named = Any
else:
    Named = str
"""A field that holds a name: objects may be given, and are replaced by theirs (`name_of`).
To a type checker it is anything, to whom reads a file a text."""

DOTTED: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(:[^\W\d]\w*)?")
LONGEST: Final = 500
"""Letters of a dotted name."""


def is_dotted(name: str) -> bool:
    """Whether a name has the form of the user's own."""
    own = ("." in name or ":" in name) and len(name) <= LONGEST
    return own and DOTTED.fullmatch(name) is not None


class UserCodeError(Exception):
    """A name of the user's own module where none may be imported."""


UserCode = Literal["imported", "refused", "left"]
"""What becomes of dotted names: imported; refused; or left alone as long as that is possible."""

_USER_CODE: Final[ContextVar[UserCode]] = ContextVar("user_code", default="imported")


@contextmanager
def user_code(rule: UserCode) -> Iterator[None]:
    """What becomes of dotted names within."""
    before = _USER_CODE.set(rule)
    try:
        yield
    finally:
        _USER_CODE.reset(before)


def user_code_rule() -> UserCode:
    """What becomes of dotted names here."""
    return _USER_CODE.get()


class UnknownNameError(ValueError):
    """A plug-in that does not exist; the message lists the known ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of plug-in: its word for messages, and where ours live.

    `attribute` is what each module of `package` defines. `known` are the names of ours where they
    are not the modules of the package.
    """

    what: str
    package: str
    attribute: str
    known: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of ours."""
        return self.known or names(self.package, self.attribute)

    def load(self, name: str) -> Any:
        """The plug-in called `name`, ours or the user's own.

        Raises:
            UnknownNameError: no such plug-in; names the known ones and the nearest.
        """
        return load(self.package, self.attribute, name, what=self.what, known=self.names)

    def unknown(self, name: str) -> UnknownNameError:
        """The error on a name that none of ours bears."""
        return unknown(self.what, name, self.names, f"package.module:{self.attribute}")


def unknown(
    what: str, name: str, known: Sequence[str], users: str = "package.module:function"
) -> UnknownNameError:
    """The error on an unknown name; `users` is how the user's own is written, if it may be."""
    return UnknownNameError(f"unknown {what} {brief(name)}{known_names(name, known, users)}")


@cache
def names(package: str, attribute: str) -> tuple[str, ...]:
    """Plug-ins of a package: its modules that define `attribute` at their top level.

    Reads the sources without importing them, so that listing costs no heavy import.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"no package {package!r}")
    files = (f for folder in spec.submodule_search_locations for f in Path(folder).glob("*.py"))
    return tuple(sorted(f.stem for f in files if attribute in _top_level_names(f)))


def _top_level_names(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Assign(targets=targets):
                found.update(t.id for t in targets if isinstance(t, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return found


def load(
    package: str, attribute: str, name: str, *, what: str, known: tuple[str, ...] | None = None
) -> Any:
    """The plug-in called `name`.

    Args:
        package: our package whose modules are plug-ins, such as `evaluators.networks`.
        attribute: what each of them defines, such as `build`.
        name: a module of that package, or `package.module:attribute` of the user.
        what: word for messages, such as `network`.
        known: names of ours, where they are not the modules of the package.

    Raises:
        UnknownNameError: no such module or attribute; names the known ones and the nearest.
    """
    if ":" in name or "." in name:
        return _load_dotted(name, attribute, what)
    known = names(package, attribute) if known is None else known
    if name not in known:
        raise unknown(what, name, known, f"package.module:{attribute}")
    return getattr(importlib.import_module(f"{package}.{name}"), attribute)


def _load_dotted(name: str, attribute: str, what: str) -> Any:
    if not is_dotted(name):
        raise UnknownNameError(
            f"{what} {brief(name)} is no name of a module's own: that is written "
            f"'package.module:{attribute}'"
        )
    if (rule := user_code_rule()) != "imported":
        told = f"{what} {name!r} is code of the user's own"
        if rule == "refused":
            raise UnknownNameError(f"{told}, which --no-user-code refuses")
        raise UserCodeError(told)
    module_name, _, member = name.partition(":")
    try:
        _look_here()
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise UnknownNameError(
            f"cannot import {what} {name!r}: {error}; run from the folder that holds the module, "
            f"or install it"
        ) from None
    except (Exception, SystemExit) as error:  # the user's module may raise anything
        raise UnknownNameError(
            f"cannot import {what} {name!r}: {module_name} fails with {said(error)}"
        ) from None
    if not hasattr(module, member or attribute):
        raise UnknownNameError(f"{what} {name!r}: {module_name} has no {member or attribute!r}")
    return getattr(module, member or attribute)


def _look_here() -> None:
    """Let modules be found from the folder that this process works in, last of all places."""
    try:
        here = str(Path.cwd())
    except FileNotFoundError:  # it may be deleted since
        return
    if here not in sys.path and "" not in sys.path:
        sys.path.append(here)


def said(error: BaseException) -> str:
    """What the user's own code raised, in one line, and where."""
    try:
        words = " ".join(str(error).split())[:300]
    except Exception:
        words = "its message cannot be printed"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" ({trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno})" if trace else ""
    return f"{type(error).__name__}: {words}{place}"


NETWORK: Final = Kind(what="network", package="evaluators.networks", attribute="build")
CELL: Final = Kind(what="cell", package="evaluators.device", attribute="CELL")
TECHNOLOGY: Final = Kind(what="technology", package="evaluators.memories", attribute="TECHNOLOGY")


SESSION: Final = "dse_session"
"""The module that holds what no other module has."""


def name_of(value: Any, what: str) -> str:
    """The name of an object, which is kept for this process if no module has it; text as it is.

    Args:
        value: a name, or the object itself.
        what: the field that it stands in, for messages.

    Raises:
        ValueError: an object without a name, such as a lambda.
    """
    if isinstance(value, str) or _is_plain(value):
        return value  # type: ignore[no-any-return]  # of a wrong type, which is told elsewhere
    qualified = str(getattr(value, "__qualname__", ""))
    module = sys.modules.get(str(getattr(value, "__module__", "")))
    at_home = module is not None and getattr(module, qualified, None) is value
    if at_home and module is not None and module.__name__ not in ("__main__", SESSION):
        return f"{module.__name__}:{qualified}"
    name = _own_name(value, qualified)
    if not name.isidentifier():
        raise ValueError(
            f"`{what}` must be a name, or an object that has one, got {qualified or value!r:.80}; "
            f"define it by `def` or `class`, or give it a `name` of letters, digits and `_`"
        )
    _keep(name, value)
    return f"{SESSION}:{name}"


def is_of_session(name: object) -> bool:
    """Whether only this process knows what bears the name."""
    return isinstance(name, str) and name.startswith(f"{SESSION}:")


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | list | dict | bytes)


def _own_name(value: Any, qualified: str) -> str:
    if isinstance(value, tuple) and value:  # a torch module and its inputs
        return _own_name(value[0], str(getattr(value[0], "__qualname__", "")))
    named = qualified.rpartition(".")[2] or getattr(value, "name", "")
    return str(named or type(value).__name__).replace("-", "_")


def _keep(name: str, value: Any) -> None:
    """Put it where its name is looked up; figures of another object of that name are forgotten."""
    session = sys.modules.setdefault(SESSION, ModuleType(SESSION, "Objects of this session."))
    known = getattr(session, name, None)
    setattr(session, name, value)
    if known is not None and known is not value:
        _forget()


def _forget() -> None:
    """Empty what functions of ours have cached, as they are cached by name."""
    for name, module in [*sys.modules.items()]:
        if name.partition(".")[0] in ("dse", "evaluators"):
            for member in [*vars(module).values()]:
                clear = getattr(member, "cache_clear", None)
                if callable(clear) and member is not names:
                    clear()
