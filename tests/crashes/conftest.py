"""One PostgreSQL server for all tests of this folder, and the table of the undisturbed run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crashes.tools.driver import ended, run, study_file, table
from tests.crashes.tools.postgres import Server, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("undisturbed")
    file = study_file(folder, trainer="slow")
    ended(run(file, folder))
    return table(file, folder)
