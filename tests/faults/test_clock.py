"""A wall clock that jumps by hours and days changes no result and ends nothing."""

from pathlib import Path

from dse.status import Observer
from dse.store import read_store
from dse.study import read_study
from tests.faults.driver import ended, run, study_file, table

JUMPING = """
import datetime, random, time
chance = random.Random(1)
real = {"time": time.time, "time_ns": time.time_ns}
JUMPS_S = (0, 3600, -3600, 86400, -86400)

def jumping():
    return real["time"]() + chance.choice(JUMPS_S)

class Jumping(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(jumping(), tz)

    @classmethod
    def utcnow(cls):
        return cls.fromtimestamp(jumping(), datetime.timezone.utc).replace(tzinfo=None)

time.time = jumping
time.time_ns = lambda: int(jumping() * 1e9)
datetime.datetime = Jumping
open({note!r}, "a").write("jumping\\n")
"""
"""Imported by every Python process first: each look at the wall clock may be a day off."""

LIMITS = """
[search.stop]
time_s = 1000.0
"""


def test_the_same_table_and_no_false_time_out(undisturbed: bytes, tmp_path: Path) -> None:
    customized, note = tmp_path / "customized", tmp_path / "note"
    customized.mkdir()
    (customized / "sitecustomize.py").write_text(JUMPING.replace("{note!r}", repr(str(note))))
    file = study_file(tmp_path, trainer="slow")
    file.write_text(file.read_text() + LIMITS)
    out, _ = ended(run(file, tmp_path, environment={"PYTHONPATH": str(customized)}))
    assert note.read_text().count("jumping") > 1  # the driver and a worker
    assert "stopped" not in out
    assert table(file, tmp_path) == undisturbed
    study = read_study(file)
    durations = read_store(study, tmp_path).durations()
    assert len(durations) == 22
    assert durations == sorted(durations)
    assert durations[-1] < 600.0
    left_s = Observer(study, tmp_path).look().time_left_s
    assert left_s == 0.0
