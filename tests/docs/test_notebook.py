"""The notebook of the docs is executed, and what it shows is short."""

from pathlib import Path

import nbclient
import nbformat
import pytest

from tests.docs.blocks import ROOT

LONGEST = 20
"""Lines of a text that a cell shows."""


@pytest.mark.slow
def test_the_notebook_runs_and_shows_fronts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    file = ROOT / "docs" / "notebook.ipynb"
    notebook = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]
    assert all(not cell.get("outputs") for cell in notebook.cells), "keep it without outputs"
    client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3",
                                     resources={"metadata": {"path": str(tmp_path)}})  # fmt: skip
    client.execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    texts = [o["data"]["text/plain"] for o in shown if "text/plain" in o.get("data", {})]
    pages = [o["data"]["text/html"] for o in shown if "text/html" in o.get("data", {})]
    assert any("8 ok" in text for text in texts)
    assert any("8/8 candidates" in text for text in texts)
    assert all(len(text.splitlines()) < LONGEST for text in texts)
    assert any("data:image/png" in page and "<table>" in page for page in pages)
    said = "".join(o["text"] for o in shown if o.output_type == "stream" and o.name == "stdout")
    assert "did you mean 'heterogeneous'" in said
