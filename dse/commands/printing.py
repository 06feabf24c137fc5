"""How every verb prints: text is text, whoever wrote it, never markup, emoji code or escape."""

import sys
from typing import TYPE_CHECKING, Any

from dse.masking import shown

if TYPE_CHECKING:
    from rich.console import Console


def say(text: str, *, error: bool = False) -> None:
    """Print a line at once, on the error stream where asked."""
    stream = sys.stderr if error else sys.stdout
    safe = shown(text)
    try:
        print(safe, file=stream, flush=True)
    except UnicodeEncodeError:  # a terminal of another alphabet
        coding = stream.encoding or "ascii"
        print(safe.encode(coding, "backslashreplace").decode(coding), file=stream, flush=True)


def console(*, error: bool = False, width: int | None = None) -> "Console":
    """What prints tables; takes no markup and no emoji codes, and shows escapes as text."""
    from rich.console import Console
    from rich.text import Text

    class Plain(Console):
        """A console that every text passes as text."""

        def render_str(self, text: str, **options: Any) -> Text:
            """The text; rich asks for it wherever a string is printed."""
            return super().render_str(shown(text), **options)

    return Plain(stderr=error, width=width, markup=False, emoji=False)
