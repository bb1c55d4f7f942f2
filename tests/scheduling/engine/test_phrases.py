from datetime import date, time, timedelta

import pytest

from scheduling.engine.phrases import (
    describe_occasion,
    describe_overruns,
    describe_quota,
    format_day,
    format_end_time,
    format_english_time,
    format_span,
    format_time,
    format_week,
    format_week_and_days,
    format_week_of,
)
from scheduling.engine.quota import WeekOverrun
from scheduling.engine.recurrence import Recurrence

TUESDAY = date(2026, 3, 3)
HOUR = timedelta(hours=1)


def plain(sentence):
    """With ordinary spaces, as one reads it."""
    return sentence.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("rrule", "expected"),
    [
        ("", "Le mardi 3 mars 2026 de 9 h à 12 h 30"),
        ("FREQ=DAILY", "Tous les jours de 9 h à 12 h 30, sans fin"),
        ("FREQ=DAILY;INTERVAL=3", "Tous les 3 jours de 9 h à 12 h 30, à partir du mardi 3 mars 2026, sans fin"),
        ("FREQ=WEEKLY;BYDAY=TU,TH", "Tous les mardis et jeudis de 9 h à 12 h 30, sans fin"),
        (
            "FREQ=WEEKLY;BYDAY=MO,TU,SU;UNTIL=20270101",
            "Tous les lundis, mardis et dimanches de 9 h à 12 h 30, jusqu'au vendredi 1er janvier 2027",
        ),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Du lundi au vendredi de 9 h à 12 h 30, sans fin"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "Tous les jours de 9 h à 12 h 30, sans fin"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
            "Tous les 15 jours, le mardi, de 9 h à 12 h 30, à partir du mardi 3 mars 2026, sans fin",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,WE",
            "Toutes les 3 semaines, le lundi et le mercredi, de 9 h à 12 h 30, à partir du mercredi 4 mars 2026,"
            " sans fin",
        ),
        ("FREQ=MONTHLY;BYDAY=2TU", "Le 2e mardi de chaque mois de 9 h à 12 h 30, sans fin"),
        ("FREQ=MONTHLY;BYDAY=1TU", "Le 1er mardi de chaque mois de 9 h à 12 h 30, sans fin"),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR",
            "Le dernier vendredi, tous les 2 mois, de 9 h à 12 h 30, à partir du vendredi 27 mars 2026, sans fin",
        ),
        ("FREQ=MONTHLY;BYDAY=5MO", "Le 5e lundi de chaque mois quand il existe, de 9 h à 12 h 30, sans fin"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "Le 1er de chaque mois de 9 h à 12 h 30, sans fin"),
        ("FREQ=MONTHLY;BYMONTHDAY=28", "Le 28 de chaque mois de 9 h à 12 h 30, sans fin"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "Le 31 de chaque mois quand il existe, de 9 h à 12 h 30, sans fin"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "Le dernier jour de chaque mois de 9 h à 12 h 30, sans fin"),
    ],
)
def test_a_recurrence_reads_as_a_sentence(rrule, expected):
    assert plain(describe_occasion(Recurrence(TUESDAY, rrule), time(9), time(12, 30))) == expected


def test_excluded_days_are_named_while_they_are_few():
    def sentence(count):
        excluded = frozenset(TUESDAY + timedelta(days=7 * number) for number in range(1, count + 1))
        return plain(describe_occasion(Recurrence(TUESDAY, "FREQ=WEEKLY;BYDAY=TU", excluded), time(20), time(0)))

    assert sentence(1) == "Tous les mardis de 20 h à 24 h, sans fin, sauf le mardi 10 mars 2026"
    assert sentence(2).endswith("sauf le mardi 10 mars 2026 et le mardi 17 mars 2026")
    assert sentence(4).endswith("sauf 4 dates")


def test_excluded_days_of_a_former_rhythm_are_not_named():
    """A series of Tuesdays that was moved to Wednesdays, and from the middle of March on."""
    excluded = frozenset({TUESDAY + timedelta(days=7), TUESDAY + timedelta(days=8), TUESDAY + timedelta(days=22)})
    moved = Recurrence(TUESDAY + timedelta(days=15), "FREQ=WEEKLY;BYDAY=WE", excluded)

    assert plain(describe_occasion(moved, time(9), time(12))) == (
        "Tous les mercredis de 9 h à 12 h, sans fin, sauf le mercredi 25 mars 2026"
    )


def test_days_and_times_follow_french_typography():
    assert format_day(date(2026, 11, 23)) == "lundi 23\u00a0novembre 2026"
    assert plain(format_day(date(2026, 3, 1))) == "dimanche 1er mars 2026"
    assert format_time(time(9, 30)) == "9\u00a0h\u00a030"
    assert plain(format_time(time(9, 5))) == "9 h 05"
    assert plain(format_time(time(0))) == "0 h"
    assert plain(format_end_time(time(0))) == "24 h"
    assert format_week(2026, 10) == "semaine 10 de 2026"


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 3, 2), date(2026, 3, 8), "du 2 au 8 mars 2026"),
        (date(2028, 5, 1), date(2028, 5, 7), "du 1er au 7 mai 2028"),
        (date(2026, 3, 30), date(2026, 4, 5), "du 30 mars au 5 avril 2026"),
        (date(2026, 12, 28), date(2027, 1, 3), "du 28 décembre 2026 au 3 janvier 2027"),
    ],
)
def test_a_stretch_of_days_says_month_and_year_once_where_it_can(first, last, expected):
    assert plain(format_span(first, last)) == expected


def test_weeks_are_told_with_their_days():
    assert plain(format_week_and_days(2026, 14)) == "semaine 14 de 2026 (du 30 mars au 5 avril)"
    assert plain(format_week_and_days(2026, 53)) == "semaine 53 de 2026 (du 28 décembre 2026 au 3 janvier 2027)"
    assert plain(format_week_of(date(2026, 11, 30))) == "la semaine du 30 novembre 2026"


def test_the_gauge_says_what_is_left_or_too_much():
    assert plain(describe_quota(10 * HOUR, 16 * HOUR)) == "10 h ouvertes sur 16 h, il reste 6 h"
    assert plain(describe_quota(17.5 * HOUR, 16 * HOUR)) == "17 h 30 ouvertes sur 16 h, 1 h 30 de trop"
    assert plain(describe_quota(0 * HOUR, 16 * HOUR)) == "Rien d'ouvert sur 16 h, il reste 16 h"


def test_the_refusal_names_the_first_week_and_counts_the_others():
    overruns = [WeekOverrun(2026, week, 24 * HOUR, 8 * HOUR) for week in (10, 11, 12)]

    assert plain(describe_overruns(overruns[:1], 16 * HOUR)) == (
        "La semaine 10 de 2026 (du 2 au 8 mars) aurait 24 h ouvertes pour 16 h autorisées : 8 h de trop."
    )
    assert plain(describe_overruns(overruns[:2], 16 * HOUR)).endswith("8 h de trop (et 1 autre semaine).")
    assert plain(describe_overruns(overruns, 16 * HOUR)).endswith("8 h de trop (et 2 autres semaines).")


@pytest.mark.parametrize(
    ("rrule", "start", "end", "days_spanned", "expected"),
    [
        ("", time(0), time(0), 0, "Le mardi 3 mars 2026 toute la journée"),
        ("", time(14), time(9), 2, "Du mardi 3 mars 2026 à 14 h au jeudi 5 mars 2026 à 9 h"),
        ("", time(14), time(0), 2, "Du mardi 3 mars 2026 à 14 h au mercredi 4 mars 2026 à 24 h"),
        ("", time(0), time(0), 4, "Du mardi 3 mars 2026 au vendredi 6 mars 2026 inclus"),
        ("FREQ=WEEKLY;BYDAY=FR", time(18), time(8), 3, "Tous les vendredis de 18 h à 8 h 3 jours plus tard, sans fin"),
        ("FREQ=DAILY", time(22), time(6), 1, "Tous les jours de 22 h à 6 h le lendemain, sans fin"),
        ("FREQ=WEEKLY;BYDAY=WE", time(0), time(0), 0, "Tous les mercredis toute la journée, sans fin"),
    ],
)
def test_an_unavailability_is_told_with_the_day_it_ends_on(rrule, start, end, days_spanned, expected):
    assert plain(describe_occasion(Recurrence(TUESDAY, rrule), start, end, days_spanned)) == expected


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        (time(0), "12 am"),
        (time(9), "9 am"),
        (time(9, 5), "9:05 am"),
        (time(12), "12 pm"),
        (time(23, 59), "11:59 pm"),
    ],
)
def test_an_english_time_may_end_a_sentence(wall, expected):
    assert plain(format_english_time(wall)) == expected
