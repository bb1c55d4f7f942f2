"""The results say plainly what met its mark and what did not."""

from benchmarks.report import Figure, Report


def test_says_by_how_much_and_why_a_mark_was_missed():
    section = Report().section("Search")

    section.add("next availability", 15.8, "ms", mark=10, why="Two thousand openings, a look into the index for each")
    section.add("core against windows", 50, "×", mark=100, at_least=True)

    slow, few = section.figures
    assert slow.row == ["next availability", "15.8 ms", "≤ 10 ms", "**missed**, by a factor of 1.58"]
    assert few.row == ["core against windows", "50 ×", "≥ 100 ×", "**missed**, by a factor of 2"]


def test_meets_a_mark_that_is_just_reached():
    assert Figure("booked", 1, mark=1).verdict == "met"
    assert Figure("refused", 199, mark=199, at_least=True).verdict == "met"


def test_judges_nothing_without_a_mark():
    assert Figure("bare COPY", 3.9, "s").row == ["bare COPY", "3.9 s", "", ""]


def test_opens_the_results_with_what_was_missed():
    report = Report()
    section = report.section("The night", "10 000 calendars.")
    section.add("nothing changed", 20.0, "s", mark=60)
    section.add("first build", 6.0, "×", mark=5, why="It computes")
    report.plans["search-week"] = "Append"

    text = report.text("18.4", {"shared_buffers": "1GB"}, 9.5)

    assert "**Marks met: 1. Missed: 1.**\n\n- first build: 6 × (mark: ≤ 5 ×). It computes." in text
    assert "| nothing changed | 20 s | ≤ 60 s | met |" in text
    assert "plans/search-week.txt" in text


def test_writes_numbers_that_can_be_read():
    assert Figure("windows", 1240000).row[1] == "1 240 000"
    assert Figure("rate", 137.6, "/s").row[1] == "138 /s"
