"""The report in a browser: it draws everything, complains of nothing and asks no network."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from dse import front, run
from dse.report import write_report
from dse.study import parse_study

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
OURS = ("file:", "data:", "blob:", "about:")
FREE = re.compile(r"GL Driver Message|willReadFrequently|WebGL")
"""What the browser says of its own graphics."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine to open the page in"),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with three objectives, trainings and hostile words in its study."""
    folder = tmp_path_factory.mktemp("results")
    study = parse_study(
        {
            "name": "browser", "space": "heterogeneous",
            "objectives": ["energy_j", "accuracy_loss", "area_m2"],
            "scenario": {"network": "lenet5",
                         "training": {"data": "digits", "steps": 20, "seeds": 2}},
            "axes": {"array_rows": [16, 64, 256], "array_cols": [16, 64, 256],
                     "activation_capacity_bytes": [2**20], "error_capacity_bytes": [2**20]},
            "search": {"candidates": 24, "batch": 6, "population": 6, "seed": 1},
        },
        "browser.toml",
    )  # fmt: skip
    file = folder / "report.html"
    words = "<img src='http://192.0.2.1/x.png'><script>console.error('escaped')</script>"
    write_report(front(run(study, folder=folder, executor="inline")), file, question=words)
    return file


def browse(page: Path, folder: Path, *switches: str) -> "subprocess.CompletedProcess[str]":
    assert CHROMIUM is not None
    return subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader",
         f"--user-data-dir={folder / 'profile'}", "--no-first-run", "--proxy-server=127.0.0.1:9",
         "--enable-logging=stderr", "--v=0", "--virtual-time-budget=20000", *switches,
         page.as_uri()],
        capture_output=True, text=True, timeout=180, check=True,
    )  # fmt: skip


def requests_of_a_page(page: Path, folder: Path) -> set[str]:
    """What a page asks for beyond itself; the browser's own requests have no page behind them."""
    log = folder / "net.json"
    browse(page, folder, f"--log-net-log={log}", "--dump-dom")
    asked = set()
    for line in log.read_text(encoding="utf-8").splitlines():
        url, origin = (
            re.search(r'"url":"([^"]+)"', line),
            re.search(r'"initiator":"([^"]+)"', line),
        )
        if url and origin and origin[1] != "not an origin" and not url[1].startswith(OURS):
            asked.add(url[1])
    return asked


def test_it_asks_no_network(page: Path, tmp_path: Path) -> None:
    asking = tmp_path / "asking.html"
    asking.write_text("<img src='http://192.0.2.1/x.png'>", encoding="utf-8")
    assert requests_of_a_page(asking, tmp_path) == {"http://192.0.2.1/x.png"}
    assert requests_of_a_page(page, tmp_path) == set()


LOOK = """<body style="margin:0"><iframe id="page" src="%s"
  style="border:0;width:%dpx;height:900px"></iframe><script>
const waiting = setInterval(() => {
  const inner = document.getElementById("page").contentDocument;
  if (inner?.documentElement.dataset.drawn !== "yes") return;
  clearInterval(waiting);
  const theme = inner.getElementById("theme");
  while (!theme.textContent.endsWith("%s")) theme.click();
  const shown = (axis) => axis && (axis.visible === false ? null : axis.title?.text ?? "");
  const figures = [...inner.querySelectorAll(".canvas")].map((canvas) => {
    const layout = canvas._fullLayout ?? {};
    const axes = layout.scene ?? layout;
    const texts = (layout.annotations ?? []).map((note) => note.text);
    return { name: canvas.id.slice("draw-".length), empty: !canvas.data, texts,
      axes: [axes.xaxis, axes.yaxis, axes.zaxis].map(shown).filter((title) => title != null) };
  });
  const root = inner.documentElement;
  const told = { theme: root.dataset.theme, width: root.clientWidth, needs: root.scrollWidth,
    figures };
  document.body.replaceChildren(Object.assign(document.createElement("pre"),
    { id: "told", textContent: JSON.stringify(told) }));
}, 100);</script></body>"""
"""A page that opens the report at a width that no window can have, and tells what it drew."""

NAMES = {"Design", "Assumption", "Axis of the space"}
"""Axes of names, which have no unit."""


def drawings_of(page: Path) -> set[str]:
    source = page.read_text(encoding="utf-8")
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', source, re.S)
    assert match
    return set(json.loads(match[1])["drawings"])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_draws_everything_with_units_and_without_complaint(
    page: Path, tmp_path: Path, width: int, theme: str
) -> None:
    looking = tmp_path / "looking.html"
    looking.write_text(LOOK % (page.as_uri(), width, theme), encoding="utf-8")
    browsed = browse(looking, tmp_path, "--window-size=1300,950", "--dump-dom",
                     "--allow-file-access-from-files")  # fmt: skip
    said = [line for line in browsed.stderr.splitlines() if "CONSOLE" in line]
    assert [line for line in said if not FREE.search(line)] == []
    found = re.search(r'<pre id="told">(.*?)</pre>', browsed.stdout, re.S)
    assert found
    told = json.loads(unescape(found[1]))
    assert told["theme"] == theme
    assert told["needs"] <= told["width"] <= width, "the page scrolls sideways"
    assert {figure["name"] for figure in told["figures"]} == drawings_of(page)
    for figure in told["figures"]:
        if figure["empty"]:
            assert figure["name"] == "front-3d", "only a browser without WebGL may leave it out"
            continue
        titles = figure["axes"] or [text.replace("<br>", " ") for text in figure["texts"]
                                    if "(" in text]  # fmt: skip
        assert len(titles) >= 2, figure["name"]
        for title in titles:
            assert title in NAMES or re.search(r"\(.+\)$", title), (figure["name"], title)


def test_a_click_finds_a_design_and_the_switch_changes_the_theme(
    page: Path, tmp_path: Path
) -> None:
    acting = tmp_path / "acting.html"
    script = """<script>const waiting = setInterval(() => {
      if (document.documentElement.dataset.drawn !== "yes") return;
      clearInterval(waiting);
      const theme = document.getElementById("theme");
      while (!theme.textContent.endsWith("dark")) theme.click();
      document.querySelector(".cards .card").click();
      const front = document.querySelector("#parallel .canvas");
      document.body.dataset.strong = front.data.filter((trace) => trace.opacity === 1).length;
      document.body.dataset.ink = front.layout.template.layout.font.color;
    }, 100);</script></body>"""
    source = page.read_text(encoding="utf-8")
    acting.write_text(script.join(source.rsplit("</body>", 1)), encoding="utf-8")
    elements = browse(acting, tmp_path, "--dump-dom").stdout
    assert 'data-theme="dark"' in elements
    assert 'class="card pinned"' in elements
    assert re.search(r'<tr data-design="\d+" class="pinned">', elements)
    assert 'data-strong="1"' in elements
    assert 'data-ink="#e9edf2"' in elements
    assert re.search(r'<aside id="pinned" aria-live="polite">', elements)


def test_it_prints(page: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    browse(page, tmp_path, f"--print-to-pdf={file}")
    assert file.read_bytes().startswith(b"%PDF")
