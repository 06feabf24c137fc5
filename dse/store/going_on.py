"""Whether a study may go on, or be read: content of the user's code and files behind its names."""

from collections.abc import Mapping

from dse.mistakes import UserError
from dse.store.chain import Header
from dse.study import Study
from dse.study.contents import differences, is_first_data


def check_contents(
    header: Header, study: Study, now: Mapping[str, str], *, to_write: bool
) -> None:
    """Refuse a study whose files changed since it was started.

    To read it, only those matter that scoring depends on, where they are there. A store of an
    older version does not tell what they were.

    Args:
        header: what was stored.
        study: as it is asked for.
        now: digests of its files.
        to_write: whether it is to go on.

    Raises:
        UserError: one has another content; shows each difference.
    """
    if header.contents is None:
        return
    changed = differences(header.contents, now, to_write=to_write)
    if changed:
        raise UserError(
            f"files of study {study.name!r} have changed since it was started, so it cannot be "
            f"continued, nor are its results its own:\n"
            + "\n".join(f"  {line}" for line in changed)
            + "\nundo the change, or give it another `name`: `dse run --reuse OLD.toml` starts "
            "that from the candidates of this one"
        )


def completed(header: Header, now: Mapping[str, str]) -> Mapping[str, str]:
    """What the header is to hold of files: as before, with what it does not tell yet."""
    before = header.contents
    if before is None or is_first_data(before, now):
        return now
    return before
