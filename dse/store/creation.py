"""A study's store made anew: whole or not at all."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dse.files import rename_new, sync_folder
from dse.store.chain import Header, by_optuna, sealed
from dse.store.database import FileFailedError, connect
from dse.study import Study, storage_url

if TYPE_CHECKING:
    import optuna


def create(study: Study, file: Path, header: Header) -> None:
    """Make a SQLite store under another name, then give it its own: so it is whole or absent."""
    try:
        with new_store(study, file, header) as (new, _):
            pass
        rename_new(new, file)  # another study may have just made it
        new.unlink(missing_ok=True)
        sync_folder(file.parent)
    except OSError as error:
        raise FileFailedError(str(error.strerror)) from None


@contextmanager
def new_store(study: Study, file: Path, header: Header) -> "Iterator[tuple[Path, optuna.Study]]":
    """A new SQLite store beside `file`, closed at the end."""
    new = file.with_name(f".{file.name}.{study.name}.new")
    new.unlink(missing_ok=True)
    storage = connect(storage_url.sqlite_url(new))
    try:
        yield new, made_study(study, storage, header)
    finally:
        storage.engine.dispose()


def made_study(
    study: Study, storage: "optuna.storages.BaseStorage | None", header: Header
) -> "optuna.Study":
    """The Optuna study of this name, made where it does not exist."""
    import optuna

    from dse.study import objective

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    directions = [objective(name).direction for name in header.objectives]
    text = sealed(header)
    with by_optuna():
        made = optuna.create_study(
            study_name=study.name, storage=storage, directions=directions, load_if_exists=True
        )
        if not made.user_attrs and not made.get_trials(deepcopy=False):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                made.set_metric_names(list(header.objectives))
            made.set_user_attr("header", text)
    return made


def discard(study: Study, url: str, file: Path | None) -> None:
    """Take a study without candidates out of its storage, and the file with its only one.

    So what refused it can be followed under the same name.
    """
    import optuna

    with by_optuna():
        storage = connect(url)
        try:
            optuna.delete_study(study_name=study.name, storage=storage)
            alone = not storage.get_all_studies()
        finally:
            storage.engine.dispose()
    if alone and file is not None:
        file.unlink(missing_ok=True)
