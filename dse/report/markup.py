"""HTML from templates, which escape whatever they are given."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

Html = Markup
"""Text that is markup already: nothing of it is escaped."""

NOTHING = Html()


def render(template: str, **told: Any) -> Html:
    """A template of this folder filled in; only what is `Html` already stays as it is."""
    return Html(_templates().get_template(template).render(told))


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    name: str,
    numeric: Sequence[int] = (),
) -> Html:
    """A table of texts that scrolls within its place; `numeric` columns stand to the right."""
    return _part("table", heads, rows, name, numeric)


def details(summary: str, inside: Html) -> Html:
    """What opens on demand, and is open on paper."""
    return _part("details", summary, inside)


def _part(macro: str, *told: Any) -> Html:
    return Html(getattr(_templates().get_template("parts.html").module, macro)(*told))


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(loader=PackageLoader("dse.report", ""), autoescape=True,
                        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                        keep_trailing_newline=True)  # fmt: skip
    found.policies["json.dumps_kwargs"] = {"allow_nan": False}
    return found
