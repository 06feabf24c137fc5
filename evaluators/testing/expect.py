"""One promise, kept or broken. Not `assert`, which `python -O` leaves out."""

from typing import Any


def expect(kept: Any, promise: str) -> None:
    """Nothing where a promise is kept.

    Args:
        kept: whether it is.
        promise: what is promised of what, and what was found instead.

    Raises:
        AssertionError: it is broken; says the promise.
    """
    if not kept:
        raise AssertionError(promise)


def dotted(plugin: Any) -> str:
    """The name under which a study finds a plug-in: `module:NAME` of a function, else itself.

    Raises:
        AssertionError: it has no name at the top level of its module.
    """
    if isinstance(plugin, str):
        return plugin
    module, name = getattr(plugin, "__module__", ""), getattr(plugin, "__qualname__", "")
    expect(
        module and name.isidentifier(),
        f"a study finds a plug-in as 'module:NAME', so it must stand at the top level of its "
        f"module, got {plugin!r}",
    )
    return f"{module}:{name}"
