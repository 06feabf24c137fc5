"""Every search space of ours keeps what `dse.testing` promises; a wrong one does not."""

import pytest

from dse.search.seen_axes import probed
from dse.study import parse_study
from dse.testing import check_space
from evaluators import plugins
from evaluators.design import DesignPoint
from search_spaces.axes import Axis, Choice, Range, Values
from search_spaces.homogeneous import SPACE

NAMES = plugins.names("search_spaces", "SPACE")


class More:
    """A space of ours with one more axis."""

    question = "Which?"

    def __init__(self, axis: Axis) -> None:
        self.axis = axis

    def axes(self, *, bits: int) -> tuple[Axis, ...]:
        return (*SPACE.axes(bits=bits), self.axis)

    def decode(self, values: Values) -> DesignPoint:
        return SPACE.decode(values)


class Forgetful(More):
    """Each design is of another size than the one before."""

    def decode(self, values: Values) -> DesignPoint:
        self.calls = getattr(self, "calls", 0) + 1
        return SPACE.decode({**values, "array_rows": 16 * self.calls})


USELESS = More(Choice(name="useless", options=(1, 2)))
TWICE = More(SPACE.axes(bits=8)[0])
NO_EXAMPLE = More(Range(name="gap_s", low=1e-9, high=2e-9))


def test_the_folder_is_listed() -> None:
    ours = {"codesign", "codesign_by_kind", "heterogeneous", "heterogeneous_writes",
            "homogeneous", "number_formats", "split_bits", "sram_only", "tolerance"}  # fmt: skip
    assert ours <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_its_promises(name: str) -> None:
    check_space(name)


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (USELESS, "`useless` must change some design"),
        (TWICE, "must be named once"),
        (NO_EXAMPLE, "`gap_s` must tell how a value is written"),
        (Forgetful(Choice(name="useless", options=(1, 2))), "must give the same design"),
    ],
)
def test_a_wrong_one_is_told(space: More, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_space(space)


@pytest.mark.parametrize("name", NAMES)
def test_axes_declare_what_training_sees(name: str) -> None:
    """Held against random designs: an axis declared unseen must change no profile in any."""
    study = parse_study({"name": "x", "space": name, "objectives": ["energy_j"],
                         "scenario": {"network": "lenet5"},
                         "search": {"strategy": "joint"}}, "x.toml")  # fmt: skip
    axes = study.open_axes
    assert {axis.name: axis.seen_by_training for axis in axes if not axis.seen_by_training} == {
        axis.name: False for axis in axes if axis.name not in probed(study, axes)
    }
