"""What the README's first screen shows, and that its claims are those of the page on the paper."""

import re
from typing import Final

from tests.docs.blocks import ROOT, blocks_of
from tests.docs.readme import claims_refreshed, claims_table, made_of, verdict

README: Final = ROOT / "README.md"
SCREEN: Final = 40


def test_the_first_screen_shows_figure_install_example_output_and_claims() -> None:
    text = README.read_text(encoding="utf-8")
    screen = text.splitlines()[:SCREEN]
    assert any(line.startswith("![") and "quickstart_front.png" in line for line in screen)
    rows = [line for line in claims_table(text).splitlines() if line.startswith("| ")]
    assert all(line.count(" | ") == 2 and len(line) < 150 for line in rows)
    assert rows[-1] in screen
    install, example, printed = blocks_of(README)[:3]
    assert [b.category for b in (install, example, printed)] == ["console", "program", "printed"]
    assert len(example.text.splitlines()) <= 10
    assert printed.line + len(printed.text.splitlines()) < SCREEN


def test_the_figures_caption_is_what_the_quickstart_answers() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    caption = next(line for line in lines if line.startswith("*The quickstart's answer: "))
    page = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
    answer = page[page.index("BUILD ") : page.index("CELLS ")]
    figures = re.findall(r"[0-9.]+ mJ", caption)
    assert len(figures) == 2
    assert all(figure in answer for figure in figures)
    assert "weights in 16 MiB of STT-MRAM" in answer
    assert "weights in STT-MRAM" in caption
    lost = re.search(r"for ([0-9.]+) points of accuracy", caption)
    assert lost
    assert f"loses {lost[1]} ± " in answer


def test_two_commands_lead_from_a_clone_to_the_report() -> None:
    commands = [command for command, _ in blocks_of(README)[0].commands]
    assert len(commands) == 2
    page = ROOT / "docs" / "quickstart.md"
    assert commands == [command for command, _ in blocks_of(page)[0].commands]  # which runs them
    assert commands[0].endswith("dse run studies/quickstart.toml")
    assert commands[1].endswith("dse report studies/quickstart.toml")


def test_the_claims_are_those_of_the_page_which_is_compared_with_the_command() -> None:
    text = README.read_text(encoding="utf-8")
    row = claims_table(text).splitlines()[2]
    changed = text.replace(row, "| Something else | holds | 1x |")
    assert changed != text
    assert claims_refreshed(changed) == text


def test_verdicts_are_three_and_numbers_those_of_the_page() -> None:
    assert [verdict(words) for words in (
        "yes", "in part: HP and LOP", "periphery on: no; idle periphery off: in part",
        "density: in part; write energy: in part", "at those error rates",
    )] == ["holds", "in part", "no", "in part", "in part"]  # fmt: skip
    page = (ROOT / "docs" / "paper.md").read_text(encoding="utf-8")
    assert "| no | 0.75-2.0x |" in made_of(page) or "system 0.75-2.0x" not in page
    for line in claims_table(README.read_text(encoding="utf-8")).splitlines()[2:-2]:
        words, told, number = line.strip("| ").split(" | ")
        assert told in ("holds", "in part", "no")
        assert number in page
        anchor = words.partition("paper.md#")[2].rstrip(")").replace("-", " ")
        assert f"### {anchor.capitalize()}\n" in page


def test_the_page_of_the_quickstart_shows_the_study_itself() -> None:
    shown = next(b for b in blocks_of(ROOT / "docs" / "quickstart.md") if b.category == "study")
    assert shown.text == (ROOT / "studies" / "quickstart.toml").read_text(encoding="utf-8")
