"""Whether a study may go on, or be read: its models, and the content of the user's files."""

from collections.abc import Mapping

from dse.mistakes import UserError
from dse.store.chain import TRAINED, Header
from dse.store.database import ChainEnd
from dse.study import Study
from dse.study.contents import differences, is_first_data
from evaluators.energy import version


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


def check_models(begun_with: int, name: str, what: str = "continued") -> None:
    """Refuse to put figures of other models beside those of a study.

    Args:
        begun_with: the version of the models that the study was begun with. [-]
        name: of the study.
        what: for what their figures would have to be alike.

    Raises:
        UserError: it is another version than here.
    """
    if begun_with != version.MODEL_VERSION:
        raise UserError(
            f"study {name!r} was begun with version {begun_with} of the models of energy, time, "
            f"area and write errors, and here is version {version.MODEL_VERSION}, which gives "
            f"other figures, so it cannot be {what}; its candidates are read and exported as they "
            f"are (`dse front --all`): to go on, give a copy of the study another `name` and "
            f"start it with `dse run NEW.toml --reuse OLD.toml`, which takes the finished "
            f"trainings and scores every design anew"
        )


def check_going_on(header: Header, study: Study) -> None:
    """Refuse to continue what other models or another built-in training have begun.

    Raises:
        UserError: either is of another version than here.
    """
    check_models(header.models, study.name)
    _check_trained_alike(header, study)


def _check_trained_alike(header: Header, study: Study) -> None:
    """Refuse to continue what another version of the built-in training has begun.

    Raises:
        UserError: its trainings are not those of this version.
    """
    before, now = header.fingerprint.get(TRAINED, 1), study.training_version
    if now and before != now:
        raise UserError(
            f"study {study.name!r} was trained by version {before} of the built-in training, "
            f"this is version {now}, whose write errors fall otherwise: the study cannot be "
            f"continued. What it holds is read as ever (`dse front`, `dse show`, `dse report`); "
            f"for more give it another `name` and start it with `--reuse`"
        )


def check_end(end: ChainEnd, known: ChainEnd, name: str) -> None:
    """Look whether a study's chain ends where its driver knows it to.

    Raises:
        UserError: another program has added to it, whatever lock was to prevent that.
    """
    if end.number != known.number or (end.number >= 0 and end.digest != known.digest):
        raise UserError(
            f"another program has written to study {name!r} since this one opened it; stopped "
            f"before candidate {known.number + 1} was stored: what is stored is whole: end the "
            f"other program, and give the same command again"
        )


def completed(header: Header, now: Mapping[str, str]) -> Mapping[str, str]:
    """What the header is to hold of files: as before, with what it does not tell yet."""
    before = header.contents
    if before is None or is_first_data(before, now):
        return now
    return before
