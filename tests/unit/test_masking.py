"""No password in any output, in whatever spelling, of whatever storage."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dse import front, run
from dse.commands.report import print_report
from dse.masking import is_clear, masked, masked_toml, without_password
from dse.mistakes import StudyError, UserError
from dse.report import Subject
from dse.report.section_sources import _study
from dse.store.health import damaged
from dse.store.place import Place
from dse.study import Study, parse_study, read_study
from dse.study.storage_url import with_driver

SECRET = "s3cretWord"
SPELLINGS = {
    "user": f"postgresql://me:{SECRET}@host/db",
    "no user": f"postgresql://:{SECRET}@host/db",
    "old name": f"postgres://me:{SECRET}@host:5432/db",
    "driver": f"postgresql+psycopg://me:{SECRET}@host/db?sslmode=require",
    "query": f"postgresql://me@host/db?password={SECRET}",
    "second": f"postgresql://me@host/db?sslmode=require&password={SECRET}",
    "two": f"postgresql://me:{SECRET}@host/db?sslpassword={SECRET}&passfile=x",
    "case": f"postgresql://me@host/db?PassWord={SECRET}",
    "escaped key": f"postgresql://me@host/db?%70ass%77ord={SECRET}",
    "unknown key": f"postgresql://me@host/db?secret={SECRET}",
    "options": f"postgresql://me@host/db?options=-c%20my.key%3D{SECRET}",
    "at": f"postgresql://me:p@{SECRET}@host/db",
    "escaped at": f"postgresql://me:p%40{SECRET}@host/db",
    "slash": f"postgresql://me:1/{SECRET}@host/db",
    "question": f"postgresql://me:1?{SECRET}@host/db",
    "bad port": f"postgresql://me:x@host:{SECRET}/db",
    "at in query": f"postgresql://me@host/db?password=a@{SECRET}",
    "doubled": f"postgresql://me@host/db?password={SECRET}&password={SECRET}x",
    "escaped letters": "postgresql://me:%733cretWord@host/db",
}
TOML = {
    "basic": '"{}"',
    "literal": "'{}'",
    "many lines": '"""\n{}"""',
}


def study(tmp_path: Path, storage: Any = "") -> Study:
    return parse_study({**RAW, "storage": storage}, "x.toml")


RAW: dict[str, Any] = {
    "name": "x", "space": "homogeneous", "objectives": ["energy_j", "area_m2"],
    "scenario": {"network": "lenet5"},
    "axes": {"array_rows": 32, "array_cols": [32, 64]}, "search": {"candidates": 3},
}  # fmt: skip


def hides(text: str) -> bool:
    return SECRET not in text and "3cretWord" not in text


@pytest.mark.parametrize("url", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_shown_url_has_no_password(url: str) -> None:
    assert hides(without_password(url))
    assert "://" in without_password(url)
    assert hides(masked(f"could not reach {url} at all", url))
    assert hides(masked(f"could not reach {url} at all"))
    assert hides(masked(f"FATAL: {SECRET} is wrong for 'me'", url))


def test_what_is_no_secret_is_shown() -> None:
    plain = "postgresql://me@host:5432/db?sslmode=require"
    assert without_password(plain) == plain
    assert without_password("sqlite:////tmp/x.db") == "sqlite:////tmp/x.db"
    assert (without_password("memory"), without_password("")) == ("memory", "")
    assert without_password(SPELLINGS["second"]) == (
        "postgresql://me@host/db?password=***&sslmode=require"
    )
    assert masked("no URL here: a b c", plain) == "no URL here: a b c"


@pytest.mark.parametrize("form", TOML.values(), ids=TOML.keys())
@pytest.mark.parametrize("url", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_the_text_of_a_study_has_no_password(url: str, form: str) -> None:
    source = (
        f"# don't show {url} or {SECRET}, it's {SECRET}'s\n"
        f'name = "x"\nstorage = {form.format(url)}\n# was {url}\nnote = "{SECRET}"\n'
    )
    told = masked_toml(source)
    assert hides(told)
    assert told.startswith("# don't show postgres")
    assert '\nname = "x"\nstorage = ' in told


@pytest.mark.parametrize("escape", ["\\u0073", "\\U00000073"])
def test_escaped_letters_of_toml_hide_nothing(escape: str) -> None:
    word = f"{escape}3cretWord"
    source = f'storage = "postgresql://me:{word}@host/db"\nnote = "{word}"\n'
    assert hides(masked_toml(source))
    source = 'storage = "postgresql:\\u002f/me:s3cretWord@host/db"\n'
    assert hides(masked_toml(source))
    replaced = masked_toml(source, "postgresql://other@elsewhere/db")
    assert hides(replaced)
    assert "elsewhere" not in replaced


def test_a_report_has_no_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the file, nor of the URL that replaces the file's."""
    record = run(study(tmp_path), folder=tmp_path / "results", executor="inline")
    file = tmp_path / "x.toml"
    for url in SPELLINGS.values():
        for own, given in ((url, url), (url, "postgresql://me@host/db"), ("", url)):
            source = f"# Why?\nstorage = {json.dumps(own)}\n"
            told = replace(record, study=replace(record.study, storage=given))
            subject = Subject(front=front(told), question="", source=source)
            assert all(hides(part) for part in _study(subject))
    file.write_text(f"# Why?\nstorage = {json.dumps(SPELLINGS['second'])}\n")
    told = replace(record, study=replace(record.study, storage=SPELLINGS["two"]))
    print_report(front(told), file, tmp_path / "report.html", as_json=False)
    assert hides((tmp_path / "report.html").read_text())
    assert hides("".join(capsys.readouterr()))


@pytest.mark.parametrize("url", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_messages_have_no_password(url: str, tmp_path: Path) -> None:
    if not is_clear(url):
        with pytest.raises(StudyError, match="`storage`") as told:
            study(tmp_path, url)
        assert hides(str(told.value))
        return
    found = study(tmp_path, url)
    assert hides(Place(found, tmp_path).in_words)
    assert hides(str(damaged(Place(found, tmp_path), f"no route to {url}, {SECRET}")))


@pytest.mark.parametrize("name", ["at", "bad port"])
def test_a_url_whose_password_is_not_plain_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="%40") as told:
        with_driver(SPELLINGS[name])
    assert hides(str(told.value))


@pytest.mark.parametrize(
    "value",
    [
        [f"postgresql://me:{SECRET}@h/d"], {"password": SECRET}, {"url": {"password": SECRET}},
        [[SECRET]], f"{SECRET}:x", f"password={SECRET} host=h", SECRET, f"{SECRET}://me@h",
        f"mysql://me:{SECRET}@h/d", f"postgresql:/me:{SECRET}@h/d", f"\ud800{SECRET}",
        {SECRET: 1}, f" postgresql://me:{SECRET}@h/d",
    ],
    ids=repr,
)  # fmt: skip
def test_a_refused_storage_is_not_printed(value: Any, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as told:
        study(tmp_path, value)
    assert hides(str(told.value))
    assert "`storage" in str(told.value)
    if isinstance(value, str):
        with pytest.raises(UserError) as given:
            _ = Place(replace(study(tmp_path), storage=value), tmp_path).in_words
        assert hides(str(given.value))


def test_a_url_in_a_wrong_place_is_not_printed(tmp_path: Path) -> None:
    url = SPELLINGS["user"]
    for wrong in ({"name": url}, {"space": url}, {"objectives": url}, {"stroage": url},
                  {"objectives": [url]}, {"axes": {"array_rows": url}}):  # fmt: skip
        with pytest.raises(StudyError) as told:
            parse_study({**RAW, **wrong}, "x.toml")
        assert hides(str(told.value))
    file = tmp_path / "x.toml"
    file.write_text(f'storage = "{url}"\nstorage = {SECRET}\n')
    with pytest.raises(StudyError) as read:
        read_study(file)
    assert hides(str(read.value))
