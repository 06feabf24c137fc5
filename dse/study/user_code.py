"""Source files of the user's modules and of all that they import; nothing is imported for it.

A module is found where a worker would find it. Those of ours, of the standard library and of
installed packages are not followed: versions of packages are another matter.
"""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec, PathFinder
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

OURS: Final = ("dse", "evaluators", "search_spaces")
INSTALLED: Final = ("site-packages", "dist-packages")
MOST_FILES: Final = 5000
"""Modules that are followed; a project of more is known by the first of them."""

BY_CALL: Final = ("import_module", "__import__")


def search_path() -> list[str]:
    """Where workers look for modules: as this process, and last in the folder it was started in.

    Last, so that no file of the user's takes the place of a library's.
    """
    try:
        here = str(Path.cwd())
    except FileNotFoundError:  # it may be deleted since
        return [entry for entry in sys.path if entry]
    return [*(entry for entry in sys.path if entry not in ("", here)), here]


def is_installed(file: Path) -> bool:
    """Whether a file belongs to an installed package."""
    return any(part in INSTALLED for part in file.parts)


def sources(names: Iterable[str]) -> dict[str, Path]:
    """The files of these modules and of what they import, by the module's name.

    Args:
        names: `package.module` or `package.module:attribute`. One that is not found is left out,
            as are modules of ours.
    """
    importlib.invalidate_caches()
    finders = [f for f in sys.meta_path if f not in (BuiltinImporter, FrozenImporter, PathFinder)]
    waiting = [(name.partition(":")[0], True) for name in names if "." in name or ":" in name]
    waiting.reverse()
    found: dict[str, Path] = {}
    seen: set[str] = set()
    while waiting and len(found) < MOST_FILES:
        name, named = waiting.pop()
        for spec in _specs(name, finders, seen):
            file = _file(spec)
            if file is None or (is_installed(file) and not named):
                continue
            found[spec.name] = file
            if not is_installed(file) and file.suffix == ".py":
                waiting += [(other, False) for other in _imports(file, spec)]
    return found


def installed_version(name: str) -> str | None:
    """The version of the installed package that bears a module's first name, if there is one."""
    try:
        return version(name.partition(":")[0].partition(".")[0])
    except (PackageNotFoundError, ValueError):
        return None


def _specs(name: str, finders: list[Any], seen: set[str]) -> Iterator[ModuleSpec]:
    """Where a module and the packages around it lie, those that were not looked for before."""
    parts = name.split(".")
    if parts[0] in OURS or parts[0] in sys.stdlib_module_names:
        return
    path: list[str] | None = None
    for count in range(1, len(parts) + 1):
        whole = ".".join(parts[:count])
        spec = _spec(whole, path, finders)
        if spec is None:
            return
        path = list(spec.submodule_search_locations or ())
        if whole not in seen:
            seen.add(whole)
            yield spec
        if not path:
            return


def _spec(name: str, path: list[str] | None, finders: list[Any]) -> ModuleSpec | None:
    spec = _on_path(name, search_path() if path is None else path)
    for finder in () if spec or path is not None else finders:  # such as an editable install's
        with suppress(Exception):
            spec = spec or finder.find_spec(name, None)
    return spec


def _on_path(name: str, path: list[str]) -> ModuleSpec | None:
    """As `PathFinder`, which must have imported a folder that is no package to look into it."""
    portions: list[str] = []
    for entry in path:
        finder = pkgutil.get_importer(entry)
        spec = finder.find_spec(name) if finder is not None else None
        if spec is not None and spec.loader is not None:
            return spec
        portions += (spec.submodule_search_locations or ()) if spec is not None else ()
    if not portions:
        return None
    found = ModuleSpec(name, None, is_package=True)
    found.submodule_search_locations = portions
    return found


def _file(spec: ModuleSpec) -> Path | None:
    file = Path(spec.origin) if spec.has_location and spec.origin else None
    return file if file is not None and file.is_file() else None


def _imports(file: Path, spec: ModuleSpec) -> list[str]:
    """Names that may be modules which a source imports, wherever in it."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError, OSError):
        return []
    package = spec.name if spec.submodule_search_locations else spec.name.rpartition(".")[0]
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found.update((alias.name, None) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = _absolute(module or "", level, package)
                if base:
                    found[base] = None
                    found.update((f"{base}.{alias.name}", None) for alias in names)
            case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]):
                called = getattr(func, "attr", getattr(func, "id", ""))
                if called in BY_CALL and name:
                    level = len(name) - len(name.lstrip("."))
                    found[_absolute(name.lstrip("."), level, package)] = None
    return [name for name in found if name]


def _absolute(module: str, level: int, package: str) -> str:
    if level == 0:
        return module
    parts = package.split(".") if package else []
    kept = parts[: len(parts) - (level - 1)]
    return ".".join([*kept, module] if module else kept)
