from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.notation import NotationError, parse_hours, write_hours

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9h-12h", [(time(9), time(12))]),
        ("09h00-12h30", [(time(9), time(12, 30))]),
        ("  9H15 - 12h  ", [(time(9, 15), time(12))]),
        ("14h-17h\n\n9h-12h\n", [(time(9), time(12)), (time(14), time(17))]),
        ("9h-12h\r\n12h-14h", [(time(9), time(12)), (time(12), time(14))]),
        ("20h-24h", [(time(20), time(0))]),
        ("20h-00h", [(time(20), time(0))]),
        ("00h-24h00", [(time(0), time(0))]),
        ("", []),
    ],
)
def test_hours_are_read_in_order(text, expected):
    assert parse_hours(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("9-12", "n'est pas au format 08h30-12h00."),
        ("9h", "n'est pas au format 08h30-12h00."),
        ("9h–12h", "n'est pas au format 08h30-12h00."),
        ("9h5-12h", "n'est pas au format 08h30-12h00."),
        ("9h-12h, 14h-17h", "n'est pas au format 08h30-12h00."),
        ("٩h-12h", "n'est pas au format 08h30-12h00."),
        ("9h-25h", "contient une heure qui n'existe pas."),
        ("9h-24h30", "contient une heure qui n'existe pas."),
        ("24h-24h", "contient une heure qui n'existe pas."),
        ("9h60-12h", "contient une heure qui n'existe pas."),
        ("9h-11h60", "contient une heure qui n'existe pas."),
        ("12h-9h", "se termine avant de commencer."),
        ("9h-9h", "se termine avant de commencer."),
    ],
)
def test_a_faulty_line_is_quoted_with_its_number_and_the_reason(text, reason):
    with pytest.raises(NotationError) as refusal:
        parse_hours(f"7h-8h\n\n{text}")

    assert (refusal.value.line_number, refusal.value.line, refusal.value.reason) == (3, text, reason)
    assert refusal.value.message == f"Ligne 3{NBSP}: «{NBSP}{text}{NBSP}» {reason}"


def test_an_overlap_names_the_other_range():
    with pytest.raises(NotationError, match="chevauche «\u00a009h00-12h00\u00a0»"):
        parse_hours("9h-12h\n11h30-14h")


def test_every_faulty_line_is_told_at_once():
    with pytest.raises(NotationError) as refusal:
        parse_hours("9h-12h\nabc\n11h-13h\n14h-13h")

    assert [error.number for error in refusal.value.errors] == [2, 3, 4]
    assert refusal.value.message.count("\n") == 2


@given(st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 1440)), max_size=6))
def test_a_day_is_read_back_as_it_was_written_unless_its_ranges_overlap(pairs):
    ranges = [(start, end) for start, end in pairs if start < end]
    used = [minute for start, end in ranges for minute in range(start, end)]
    times = [(time(*divmod(start, 60)), time(*divmod(end % 1440, 60))) for start, end in ranges]

    if len(used) == len(set(used)):
        assert parse_hours(write_hours(times)) == sorted(times)
    else:
        with pytest.raises(NotationError, match="chevauche"):
            parse_hours(write_hours(times))
