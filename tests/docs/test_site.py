"""The site: built strictly without a network, whole, asking nobody for anything."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.docs.blocks import PAGES, ROOT, blocks_of
from tests.docs.gallery import IMAGES, PICTURES
from tests.end_to_end.test_report_in_browser import CHROMIUM, requests_of_a_page

OFFLINE: Final = """
import socket, sys
def refuse(*_):
    raise OSError("the documentation must build without a network")
socket.socket.connect = socket.getaddrinfo = refuse
sys.argv = ["mkdocs", *sys.argv[1:]]
from mkdocs.__main__ import cli
cli()
"""
LINK: Final = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def build(config: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", OFFLINE, "build", "--strict", "-f", str(config), "-d",
         str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    told = build(ROOT / "mkdocs.yml", folder)
    assert told.returncode == 0, told.stderr
    return folder


def test_every_picture_stands_in_the_gallery_with_its_command() -> None:
    page = " ".join((ROOT / "docs" / "gallery.md").read_text(encoding="utf-8").split())
    assert {one.name for one in PICTURES} == {file.stem for file in IMAGES.glob("*.png")}
    for one in PICTURES:
        assert f"](images/{one.name}.png)" in page
        assert f"`{one.command}" in page


class Resources(HTMLParser):
    """Addresses that a browser fetches by itself to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        address = told.get("href" if tag == "link" else "src")
        if tag in ("link", "script", "img", "iframe", "source") and address:
            self.found.append(address)


def test_every_page_is_built_and_none_fetches_from_elsewhere(site: Path) -> None:
    for page in PAGES[2:]:
        html = site / page.relative_to(ROOT / "docs").with_suffix(".html")
        assert html.is_file(), html
        parser = Resources()
        parser.feed(html.read_text(encoding="utf-8"))
        assert parser.found
        assert [a for a in parser.found if re.match(r"(https?:)?//", a)] == []
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?(https?:)?//|@import", style.read_text("utf-8"))


def test_a_broken_link_fails_the_build(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    for name in ("dse", "evaluators", "search_spaces"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    with (tmp_path / "docs" / "index.md").open("a", encoding="utf-8") as page:
        page.write("\n[gone](units.md#no-such-part)\n")
    told = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert told.returncode != 0
    assert "no-such-part" in told.stderr


def test_every_page_is_in_the_navigation() -> None:
    nav = yaml.safe_load((ROOT / "docs" / ".nav.yml").read_text(encoding="utf-8"))["nav"]
    named = {item for part in nav for item in (
        next(iter(part.values())) if isinstance(part, dict) else [part])}  # fmt: skip
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in PAGES[2:]}
    assert {page for page in pages if not page.startswith("decisions/")} == named - {
        "decisions/*.md"
    }


@pytest.mark.parametrize("page", PAGES[:2], ids=lambda page: page.name)
def test_links_beside_the_site_lead_somewhere(page: Path) -> None:
    for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", [p for p in PAGES if "equation" in {
    b.category for b in blocks_of(p)}], ids=lambda page: page.name)  # fmt: skip
def test_every_equation_names_its_source_and_what_computes_it(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    for block in blocks_of(page):
        if block.category != "equation":
            continue
        after = lines[block.line + len(block.text.splitlines()) + 1 :]
        paragraph = "\n".join(after).strip().split("\n\n")[0]
        assert paragraph.startswith("Source: "), block.where
        named = re.findall(r"`(evaluators[\w.]*):(\w+)`", paragraph)
        assert named, block.where
        for module, name in named:
            assert hasattr(importlib.import_module(module), name), f"{block.where}: {name}"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine to open the site in")
def test_the_site_asks_no_network(site: Path, tmp_path: Path) -> None:
    assert requests_of_a_page(site / "index.html", tmp_path) == set()
