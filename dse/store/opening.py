"""Open a study's store: for its one driver, or to read it."""

import os.path
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from dse.files import make_folder
from dse.mistakes import NotBegunError, UserError
from dse.store.chain import Header, by_optuna, check_same, new_header
from dse.store.creation import create, made_study
from dse.store.database import (
    DatabaseLostError,
    FileFailedError,
    Patience,
    begun,
    chain_end,
    connect,
    refuse_foreign_lock,
)
from dse.store.going_on import check_contents, check_going_on, completed
from dse.store.health import check_file, check_header, messages, reading
from dse.store.lock import only_driver, running_driver
from dse.store.owner import Owner, refuse
from dse.store.place import Place
from dse.store.record import Record
from dse.store.store import Store
from dse.study import Study, read_study
from dse.study.contents import study_contents


@contextmanager
def open_store(study: Study, folder: Path) -> Iterator[Store]:
    """Open or create a study's store for its one driver.

    Raises:
        UserError: another driver runs, the folder cannot be written, the file is no store or is
            damaged, or the stored study differs from this one in what matters.
    """
    place = Place(study, folder)
    make_folder(place.home)
    if place.in_memory:
        yield Store(place, made_study(study, None, new_header(study)))
        return
    with ExitStack() as held:
        with messages(place):
            hold = held.enter_context(only_driver(place.url, study.name))
            Patience()(lambda _: refuse_foreign_lock(place.file))
        new = not _begun(place)
        store = create_or_load(place, new_header(study, folder), hold)
        held.callback(store.close)
        try:
            yield store
        except UserError:
            if new:
                with suppress(UserError, DatabaseLostError, FileFailedError):  # the first is told
                    store.discard_if_empty()
            raise


def _begun(place: Place) -> bool:
    """Whether anything is stored of the study."""
    if place.file is not None and not place.file.exists():
        return False
    with reading(place), by_optuna():
        return begun(place.url, place.study.name)


def driver_of(study: Study, folder: Path) -> Owner | None:
    """The driver that runs this study now, if one does.

    Raises:
        UserError: the database cannot be reached, or is none.
    """
    place = Place(study, folder)
    if place.in_memory:
        return None
    if place.file is not None and os.path.exists(place.file):
        check_header(place, to_write=False)  # whether it may be written, its opener says
    with messages(place):
        return running_driver(place.url, study.name)


def check_alone(study: Study, folder: Path) -> None:
    """Look for another driver, before anything slow; the lock itself is taken later.

    Raises:
        UserError: one runs this study, or the database cannot be reached, or is none.
    """
    refuse(driver_of(study, folder))


def read_store(study: Study, folder: Path) -> Store:
    """Open an existing store to look at it, beside a running driver; the caller closes it.

    Raises:
        UserError: nothing is stored yet, or the file is no store or is damaged.
    """
    import optuna

    place = Place(study, folder)
    check_file(place, to_write=False)
    with reading(place):
        with by_optuna():
            known = begun(place.url, study.name)
        if not known:
            raise NotBegunError(
                f"study {study.name!r} is not in {place.in_words}; `dse run` starts it"
            )
        with by_optuna():
            storage = connect(place.url)
            kept = optuna.load_study(study_name=study.name, storage=storage)
    store = Store(place, kept, engine=storage.engine)
    check_same(store.header, study)
    if store.header.contents:
        check_contents(store.header, study, study_contents(study, folder), to_write=False)
    return store


def load(study: str | Path | Study, folder: str | Path = "results") -> Record:
    """What is stored of a study, by its file.

    Args:
        study: its file, or itself.
        folder: where results live.

    Raises:
        UserError: as `read_study` and `read_record`.
    """
    return read_record(study if isinstance(study, Study) else read_study(study), folder)


def read_record(study: Study, folder: str | Path = "results") -> Record:
    """What is stored of a study.

    Raises:
        UserError: nothing is stored yet, or the file is no store or is damaged.
    """
    with closing(read_store(study, Path(folder))) as store:
        candidates, bits = store.candidates(), store.bits()
        if not candidates:
            raise NotBegunError(f"study {study.name!r} has no finished candidate yet")
        return replace(store.record(candidates), bits=bits)


def create_or_load(place: Place, header: Header, hold: Callable[[], None] = lambda: None) -> Store:
    """The study's store, made with `header` where there is none; its driver calls this.

    Raises:
        UserError: as `open_store`.
    """
    check_file(place, to_write=True)
    file = place.file
    if file is not None and not file.exists():
        with messages(place):
            create(place.study, file, header)
    with reading(place):
        with by_optuna():
            storage = connect(place.url)
        made = made_study(place.study, storage, header)
    end = partial(chain_end, storage.engine, place.study.name)
    store = Store(place, made, hold=hold, engine=storage.engine, end=end)
    check_same(store.header, place.study)
    check_going_on(store.header, place.study)
    if header.contents is not None:
        check_contents(store.header, place.study, header.contents, to_write=True)
        store.keep_contents(completed(store.header, header.contents))
    return store
