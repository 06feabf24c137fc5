"""Objects of the user's own where a study has a name: each is given the name that finds it again.

What lies in a module is known by `module:name`, which any process finds. What lies in a notebook
or a script is kept in this process under `dse_session:name`: whoever asks by that name here has
it, other processes do not.
"""

import sys
from types import ModuleType
from typing import Any, Final

from evaluators import plugins

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
                if callable(clear) and member is not plugins.names:
                    clear()
