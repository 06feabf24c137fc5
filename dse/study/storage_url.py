"""The URL of a study's storage: SQLite, or PostgreSQL by its one driver."""

import re
from pathlib import Path

from dse.masking import is_clear
from dse.mistakes import UserError


def on_server(url: str) -> bool:
    """Whether this is the URL of a PostgreSQL database."""
    return url.split(":", 1)[0].split("+")[0] in ("postgresql", "postgres")


def sqlite_url(file: Path) -> str:
    """The URL of a SQLite file, whatever letters are in its name."""
    from sqlalchemy.engine import URL

    return URL.create("sqlite", database=str(file)).render_as_string()


def sqlite_file(url: str) -> Path:
    """The file of a SQLite URL."""
    from sqlalchemy.engine import make_url

    return Path(make_url(url).database or "")


def with_driver(url: str) -> str:
    """The URL with the one driver that is used, psycopg 3.

    Raises:
        UserError: it is neither SQLite nor PostgreSQL, or cannot be read.
    """
    kind = url.split(":", 1)[0]
    if on_server(url):
        url = "postgresql+psycopg" + url.removeprefix(kind)
    elif not url.startswith("sqlite:///") or url == "sqlite:///":
        known = re.fullmatch(r"(mysql|mariadb|mssql|oracle|sqlite)(\+\w+)?", kind)
        told = f", got one of kind {kind!r}" if known else ""  # anything else may be a password
        raise UserError(
            f"`storage` must be sqlite:///FILE or postgresql://USER@HOST/DATABASE{told}"
        )
    elif url.removeprefix("sqlite:///").partition("?")[0].strip("/") in ("", ":memory:"):
        raise UserError(
            "`storage` must name a file, as what is in memory alone is lost when the run ends; "
            "write 'memory' to keep nothing"
        )
    if not is_clear(url):
        raise UserError(
            "`storage` is no URL of the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE; "
            "write @, / and : within a password as %40, %2F and %3A"
        )
    return url
