"""A design's file is checked like a study: every mistake is one message, nothing is scored."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from dse.commands.evaluate import evaluate_file
from dse.mistakes import UserError

REGION = {"technology": "sram", "capacity_bytes": 2**21}
GOOD: dict[str, Any] = {
    "scenario": {"network": "lenet5"},
    "design": {"array": {"rows": 32, "cols": 32},
               "memory": dict.fromkeys(("activation", "weight", "error"), REGION)},
}  # fmt: skip


def refused(file: Path) -> str:
    with pytest.raises(UserError) as caught:
        evaluate_file(file, as_json=False)
    assert str(file) in str(caught.value)
    return str(caught.value)


def changed(path: str, value: object) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(json.dumps(GOOD))
    *way, last = path.split(".")
    here = raw
    for key in way:
        here = here.setdefault(key, {})
    here[last] = value
    return raw


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "nested"),
        ("[]", "no table, got []"),
        ("null", "no table, got None"),
        ("3", "no table, got 3"),
        ("{}", "`scenario` is missing"),
        ('{"seed": ' + "9" * 5000 + "}", "too many digits"),
        ('{"seed": 1e999}', "seed"),
        ("\ufeffnot", "no JSON"),
        ("", "no JSON"),
        ('{"scenario": null, "design": []}', "scenario"),
        (b"\xff\xfe{}", "no text in UTF-8"),
        (b"{} " + b" " * 5_000_000, "larger than"),
    ],
    ids=range(13),
)
def test_what_is_no_design(content: str | bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "d.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert words in refused(file)


@pytest.mark.parametrize("ending", ["json", "toml"])
@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("scenario.network", "lenet6", "did you mean 'lenet5'?"),
        ("scenario.network", "none.csv", "scenario.network"),
        ("scenario.roadmap", "XX", "'XX' is not known; known: HP"),
        ("scenario.node_nm", 7, "`node_nm` must be 22, 32 or 45"),
        ("scenario.memory.word_bits", 0, "`word_bits` must be in [128, 512]"),
        ("scenario.memory.word_bits", -5, "`word_bits` must be in [128, 512]"),
        ("scenario.memory.word_bits", 2**62, "`word_bits` must be in [128, 512]"),
        ("scenario.memory.word_bits", 2**70, "64 bits hold"),
        ("scenario.memory.dram", "hbm9", "did you mean 'hbm2"),
        ("scenario.cell", "emram_29nm", "did you mean 'emram_28nm'?"),
        ("scenario.training.data", "digit", "did you mean 'digits'?"),
        ("design.memory.weight.technology", "stt_mran", "did you mean 'stt_mram'?"),
        ("design.memory.weight.capacity_bytes", 2**62, "`design.memory.weight.capacity_bytes`"),
        ("design.array.rows", 0, "`design.array.rows` must be in [1, 65536]"),
        ("design.memory.cache", {"technology": "sram"}, "`design.memory.cache` is not a key"),
        ("seed", -1, "`seed` must be in [0,"),
        ("scenario.batch_size", 2**62, "`scenario.batch_size` must be in"),
    ],
)
def test_names_and_ranges(
    path: str, value: object, words: str, ending: str, tmp_path: Path
) -> None:
    import tomli_w

    file = tmp_path / f"d.{ending}"
    raw = changed(path, value)
    file.write_text(json.dumps(raw) if ending == "json" else tomli_w.dumps(raw))
    assert words in refused(file)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "d.json")
    assert "no regular file" in refused(tmp_path / "d.json")
    (tmp_path / "z.toml").symlink_to("/dev/zero")
    assert "no regular file" in refused(tmp_path / "z.toml")
    (tmp_path / "f.json").mkdir()
    assert "this is a folder" in refused(tmp_path / "f.json")
    assert "there is no such file" in refused(tmp_path / "none.json")
