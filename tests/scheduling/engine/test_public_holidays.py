"""The public holidays that are on by default are those of the law, zone by zone, from 2006 to 2031.

The law names eleven days (Code du travail, L3133-1), two more in Alsace-Moselle (L3134-13), one more for the abolition
of slavery in each overseas department and in Saint-Barthélemy and Saint-Martin (L3422-2 and decree 83-1003). The
State publishes them with their dates; the same dates stand here, so that neither its list nor its arithmetic is needed.
"""

from datetime import date, timedelta

import pytest

from scheduling.engine.opening_days import holidays_of

YEARS = range(2006, 2032)

# As published.
EASTER_MONDAYS = [
    date(2006, 4, 17), date(2007, 4, 9), date(2008, 3, 24), date(2009, 4, 13), date(2010, 4, 5), date(2011, 4, 25),
    date(2012, 4, 9), date(2013, 4, 1), date(2014, 4, 21), date(2015, 4, 6), date(2016, 3, 28), date(2017, 4, 17),
    date(2018, 4, 2), date(2019, 4, 22), date(2020, 4, 13), date(2021, 4, 5), date(2022, 4, 18), date(2023, 4, 10),
    date(2024, 4, 1), date(2025, 4, 21), date(2026, 4, 6), date(2027, 3, 29), date(2028, 4, 17), date(2029, 4, 2),
    date(2030, 4, 22), date(2031, 4, 14),
]  # fmt: skip

ABOLITION = {
    "971": (5, 27),
    "GP": (5, 27),
    "972": (5, 22),
    "973": (6, 10),
    "GF": (6, 10),
    "974": (12, 20),
    "976": (4, 27),
    "BL": (10, 9),
}
LIKE_THE_MAINLAND = ["", "NC", "PF", "PM", "WF"]
ALSACE_MOSELLE = ["57", "6AE", "Alsace-Moselle"]


def on_by_default(zone, year):
    return {holiday.day for holiday in holidays_of("FR", zone, year) if holiday.default_on}


def everywhere(easter_monday):
    year = easter_monday.year
    return {
        date(year, 1, 1),
        easter_monday,
        date(year, 5, 1),
        date(year, 5, 8),
        easter_monday + timedelta(days=38),  # Ascension.
        easter_monday + timedelta(days=49),  # Whit Monday.
        date(year, 7, 14),
        date(year, 8, 15),
        date(year, 11, 1),
        date(year, 11, 11),
        date(year, 12, 25),
    }


def test_the_table_of_easter_holds_every_year():
    assert [monday.year for monday in EASTER_MONDAYS] == list(YEARS)
    assert {monday.weekday() for monday in EASTER_MONDAYS} == {0}


@pytest.mark.parametrize("zone", LIKE_THE_MAINLAND)
def test_eleven_days_on_the_mainland_and_where_no_other_is_by_law(zone):
    for easter_monday in EASTER_MONDAYS:
        assert on_by_default(zone, easter_monday.year) == everywhere(easter_monday), easter_monday.year


@pytest.mark.parametrize("zone", ALSACE_MOSELLE)
def test_good_friday_and_the_day_after_christmas_in_alsace_moselle(zone):
    for easter_monday in EASTER_MONDAYS:
        two_more = {easter_monday - timedelta(days=3), date(easter_monday.year, 12, 26)}
        assert on_by_default(zone, easter_monday.year) == everywhere(easter_monday) | two_more, easter_monday.year


@pytest.mark.parametrize(("zone", "abolition"), ABOLITION.items())
def test_the_abolition_of_slavery_overseas(zone, abolition):
    for easter_monday in EASTER_MONDAYS:
        one_more = {date(easter_monday.year, *abolition)}
        assert on_by_default(zone, easter_monday.year) == everywhere(easter_monday) | one_more, easter_monday.year


def test_saint_martin_has_the_day_of_guadeloupe_until_its_own():
    for easter_monday in EASTER_MONDAYS:
        year = easter_monday.year
        one_more = {date(year, 5, 27 if year < 2018 else 28)}
        assert on_by_default("MF", year) == everywhere(easter_monday) | one_more, year


@pytest.mark.parametrize(
    ("year", "days"),
    [
        # Copied whole: the rules above are not to agree with themselves only.
        (2008, "01-01 03-24 05-01 05-08 05-12 07-14 08-15 11-01 11-11 12-25"),  # Ascension on the First of May.
        (2026, "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25"),
        (2031, "01-01 04-14 05-01 05-08 05-22 06-02 07-14 08-15 11-01 11-11 12-25"),
    ],
)
def test_whole_years_of_the_mainland(year, days):
    assert sorted(f"{day:%m-%d}" for day in on_by_default("", year)) == days.split()
