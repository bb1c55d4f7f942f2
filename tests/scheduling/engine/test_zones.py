from datetime import date
from zoneinfo import ZoneInfo, available_timezones

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.opening_days import FRENCH_ZONES, is_known_zone
from scheduling.engine.zones import (
    LONGEST_CODE,
    days_of_other_clocks,
    holiday_zone_label,
    holiday_zone_value,
    holiday_zones,
    read_holiday_zone,
    time_zone_label,
    time_zones,
)


def values(groups):
    return [value for _, choices in groups for value, _ in choices]


def test_time_zones_exist_once_and_the_french_ones_come_first():
    assert set(values(time_zones())) <= available_timezones()
    assert len(values(time_zones())) == len(set(values(time_zones())))
    assert time_zones()[0][0] == "France"
    assert values(time_zones())[0] == "Europe/Paris"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Europe/Paris", "Paris (métropole)"),
        ("Indian/Reunion", "La Réunion"),
        ("Europe/Brussels", "Bruxelles"),
        ("America/New_York", "New York"),
        ("America/Argentina/Ushuaia", "Argentina, Ushuaia"),
        ("UTC", "UTC"),
    ],
)
def test_a_time_zone_has_a_name_that_people_read(name, label):
    assert time_zone_label(name) == label


def test_every_zone_of_public_holidays_is_known_and_fits_where_it_is_kept():
    offered = [read_holiday_zone(value) for value in values(holiday_zones())]

    assert len(offered) == len(set(offered))
    parts = holidays.list_supported_countries()
    assert [zone for zone in offered if zone[1] not in ["", *parts[zone[0]]]] == []
    assert [zone for zone in offered if zone[0] in {"FR", "BE", "CH"} and not is_known_zone(*zone)] == []
    assert [zone for zone in offered if len(zone[0]) != 2 or len(zone[1]) > LONGEST_CODE] == []
    assert {("FR", code) for code in FRENCH_ZONES} <= set(offered)


def test_a_zone_of_public_holidays_has_a_name_that_people_read():
    labels = [holiday_zone_label(value) for value in ("FR", "FR-57", "FR-971", "CH-BE", "CA-QC", "BE", "XX-1")]

    assert labels == [
        "Métropole", "Alsace-Moselle (Moselle)", "Guadeloupe", "Berne", "Québec", "Belgique", "XX-1",
    ]  # fmt: skip


@given(st.sampled_from(["FR", "BE", "CH"]), st.text("ABC-1", max_size=6))
def test_a_zone_that_is_written_is_read_again(country, subdivision):
    assert read_holiday_zone(holiday_zone_value(country, subdivision)) == (country, subdivision)


@pytest.mark.parametrize(
    ("zone", "other", "period"),
    [
        ("Europe/Paris", "Europe/Brussels", None),
        ("Europe/Paris", "Indian/Reunion", (date(2026, 1, 1), date(2026, 12, 31))),
        # The same in winter; the days on which clocks change count.
        ("Europe/Paris", "Africa/Algiers", (date(2026, 3, 29), date(2026, 10, 25))),
    ],
)
def test_clocks_are_compared_day_by_day(zone, other, period):
    year = date(2026, 1, 1), date(2026, 12, 31)

    assert days_of_other_clocks(ZoneInfo(zone), ZoneInfo(other), *year) == period
