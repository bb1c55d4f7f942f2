import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.opening_days import (
    FRENCH_ZONES,
    UnknownZone,
    closed_day_reasons,
    closed_days,
    holidays_of,
    is_known_zone,
)

ROOT = Path(__file__).resolve().parents[3]
EVERY_DAY = range(7)


def closed(first_day, last_day, **options):
    defaults = {
        "open_weekdays": EVERY_DAY,
        "holiday_switches": {},
        "date_switches": {},
        "closures": (),
        "country": "FR",
        "subdivision": "",
    }
    return closed_days(first_day=first_day, last_day=last_day, **defaults | options)


@pytest.mark.parametrize("subdivision", FRENCH_ZONES)
def test_a_key_is_on_or_off_by_default_in_every_year(subdivision):
    defaults = {}
    for year in (*range(2006, 2032), 2100):
        for holiday in holidays_of("FR", subdivision, year):
            defaults.setdefault(holiday.name_key, set()).add(holiday.default_on)

    assert all(len(values) == 1 for values in defaults.values())
    assert {"noel", "lundi-de-paques", "fete-du-travail"} <= defaults.keys()


def test_further_local_days_are_offered_but_off():
    offered = {holiday.name_key for holiday in holidays_of("FR", "971", 2026) if not holiday.default_on}

    assert offered == {"mi-careme", "vendredi-saint", "fete-de-victor-schoelcher"}


@pytest.mark.parametrize(
    ("subdivision", "day", "is_closed"),
    [
        ("", date(2026, 12, 26), False),
        ("6AE", date(2026, 12, 26), True),
        ("57", date(2026, 12, 26), True),
        ("", date(2026, 4, 3), False),
        ("6AE", date(2026, 4, 3), True),
        ("57", date(2026, 4, 3), True),  # Good Friday.
        ("972", date(2026, 4, 3), False),
        ("971", date(2026, 5, 27), True),
        ("971", date(2026, 5, 28), False),
        ("", date(2026, 5, 27), False),
        ("972", date(2026, 5, 27), False),
        ("972", date(2026, 5, 22), True),
        ("973", date(2026, 6, 10), True),
        ("974", date(2026, 12, 20), True),
        ("976", date(2026, 4, 27), True),
        ("BL", date(2010, 10, 9), True),
        ("BL", date(2026, 10, 9), True),
        ("BL", date(2026, 5, 27), False),
        ("MF", date(2026, 5, 27), False),
        ("MF", date(2026, 5, 28), True),
        ("MF", date(2017, 5, 27), True),
        ("MF", date(2017, 5, 28), False),
        ("MF", date(2018, 5, 28), True),
        ("", date(2007, 5, 28), True),  # Whit Monday.
    ],
)
def test_local_holidays(subdivision, day, is_closed):
    assert closed(day, day, subdivision=subdivision) == ({day} if is_closed else set())


def test_two_holidays_of_one_day_have_a_box_each():
    ascension = date(2008, 5, 1)
    names = [holiday.name_key for holiday in holidays_of("FR", "", 2008) if holiday.day == ascension]

    assert names == ["ascension", "fete-du-travail"]
    assert closed(ascension, ascension, holiday_switches={"ascension": False}) == {ascension}
    assert not closed(ascension, ascension, holiday_switches={"ascension": False, "fete-du-travail": False})


@pytest.mark.parametrize(
    ("country", "subdivision", "day", "label"),
    [
        ("DE", "BY", date(2026, 6, 4), "Fête-Dieu"),
        ("DE", "BY", date(2026, 10, 3), "Jour de l'unité allemande"),
        ("BE", "", date(2026, 7, 21), "Fête nationale"),
        ("LU", None, date(2026, 6, 23), "Fête nationale"),
    ],
)
def test_other_countries_have_all_their_public_holidays_on_with_french_labels(country, subdivision, day, label):
    (holiday,) = (holiday for holiday in holidays_of(country, subdivision, 2026) if holiday.day == day)

    assert (holiday.label_fr, holiday.default_on) == (label, True)


def test_keys_do_not_follow_the_language_of_the_machine():
    script = (
        "from scheduling.engine.opening_days import holidays_of;"
        "import sys; sys.stdout.write(' '.join(h.name_key for c, s in (('FR', '57'), ('DE', 'BY'), ('BE', ''))"
        " for h in holidays_of(c, s, 2026)))"
    )
    keys = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "LANGUAGE": language, "LANG": f"{language}_XX.UTF-8"},
            capture_output=True,
            check=True,
        ).stdout
        for language in ("fr", "en_US", "uk")
    }

    assert len(keys) == 1
    assert b"vendredi-saint" in keys.pop()


@pytest.mark.parametrize("zone", [("FR", "99"), ("ZZ", ""), ("", ""), ("HolidayBase", ""), ("fr", "")])
def test_an_unknown_zone_is_named(zone):
    with pytest.raises(UnknownZone, match="ne sont pas connus") as refusal:
        holidays_of(*zone, 2026)

    assert refusal.value.message == str(refusal.value)
    assert not is_known_zone(*zone)


def test_where_no_holiday_is_known_weekdays_and_closures_close_all_the_same():
    friday, sunday = date(2026, 12, 25), date(2026, 12, 27)

    assert is_known_zone("FR", "")
    assert is_known_zone("FR", None)
    assert closed(friday, sunday, country=None, open_weekdays=range(6)) == {sunday}
    assert closed(friday, sunday, country=None, closures=[(friday, friday)]) == {friday}


def test_the_box_of_one_date_wins_over_the_box_of_every_year():
    christmas = date(2026, 12, 25)

    def on(**options):
        return bool(closed(christmas, christmas, **options))

    assert on()
    assert not on(holiday_switches={"noel": False})
    assert on(holiday_switches={"noel": False}, date_switches={christmas: True})
    assert not on(holiday_switches={"noel": True}, date_switches={christmas: False})
    assert not closed(date(2026, 12, 24), date(2026, 12, 24), date_switches={date(2026, 12, 24): True})


def test_a_holiday_that_is_off_can_be_switched_on():
    good_friday = date(2026, 4, 3)

    assert closed(good_friday, good_friday, subdivision="971", holiday_switches={"vendredi-saint": True})


def test_every_reason_of_a_closed_day_is_told():
    reasons = closed_day_reasons(
        first_day=date(2026, 7, 13),
        last_day=date(2026, 7, 18),
        open_weekdays={0, 2, 3, 4},
        holiday_switches={},
        date_switches={},
        closures=[
            (date(2026, 7, 1), date(2026, 7, 14), "Travaux"),
            (date(2026, 7, 16), date(2026, 7, 16)),
            (date(2026, 7, 17), date(2026, 7, 30), ""),
            (date(2026, 8, 1), date(2026, 8, 2), "Plus tard"),
        ],
        country="FR",
        subdivision="",
    )

    assert reasons == {
        date(2026, 7, 13): ["Fermeture\u00a0: Travaux"],
        date(2026, 7, 14): ["Fermé le mardi", "Jour férié\u00a0: Fête nationale", "Fermeture\u00a0: Travaux"],
        date(2026, 7, 16): ["Fermeture exceptionnelle"],
        date(2026, 7, 17): ["Fermeture exceptionnelle"],
        date(2026, 7, 18): ["Fermé le samedi", "Fermeture exceptionnelle"],
    }


@given(
    st.dates(date(2025, 12, 1), date(2027, 1, 31)),
    st.integers(0, 60),
    st.frozensets(st.integers(0, 6)),
    st.dictionaries(st.sampled_from(["noel", "jour-de-l-an", "ascension", "vendredi-saint"]), st.booleans()),
    st.lists(st.tuples(st.dates(date(2025, 12, 1), date(2027, 1, 31)), st.integers(0, 20)), max_size=3),
    st.sampled_from(["", "57", "971"]),
)
def test_a_day_is_closed_by_its_weekday_a_holiday_or_a_closure(first, length, weekdays, switches, lengths, zone):
    last = first + timedelta(days=length)
    closures = [(start, start + timedelta(days=number)) for start, number in lengths]

    expected = set()
    for day in (first + timedelta(days=number) for number in range(length + 1)):
        boxes = [
            switches.get(holiday.name_key, holiday.default_on)
            for holiday in holidays_of("FR", zone, day.year)
            if holiday.day == day
        ]
        if day.weekday() not in weekdays or any(boxes) or any(start <= day <= end for start, end in closures):
            expected.add(day)

    assert expected == closed(
        first, last, open_weekdays=weekdays, holiday_switches=switches, closures=closures, subdivision=zone
    )
