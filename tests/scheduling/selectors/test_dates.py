"""Dates on which a person knows what to expect: hours are opened, and these are the slots that are offered."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.models import Calendar
from scheduling.selectors.slots import Demand, offered_slots
from tests.factories import make_motif, make_opening, make_organization, make_territory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(params=["windows", "core"])
def source(request):
    """Who answers: the stored windows, or the core for a calendar whose windows wait for their batch."""
    return request.param


def slots_of(source, first_day, last_day, *, zone="Europe/Paris", subdivision="", opened=(), open_weekdays=range(7)):
    """The starts, in local time, of one-hour slots on [first_day, last_day], asked a week before `first_day`.

    `opened` are the fields of openings; days are open all week unless told.
    """
    territory = make_territory(time_zone=zone, subdivision=subdivision)
    motif = make_motif(
        organization=make_organization(territory=territory, open_weekdays=list(open_weekdays)), duration=HOUR
    )
    midnight = datetime.combine(first_day, time(0), ZoneInfo(zone))
    now = midnight - 7 * DAY
    for fields in opened:
        opening = make_opening(motifs=[motif], now=now, **fields)
        if source == "core":
            Calendar.objects.filter(pk=opening.calendar_id).update(windows_stale_since=now)
    end = datetime.combine(last_day + DAY, time(0), ZoneInfo(zone))
    found = offered_slots([Demand(motif)], start=midnight, end=end, now=now, for_agent=True)
    return [slot.starts_at.astimezone(ZoneInfo(zone)) for slot in found]


def written(starts):
    return [f"{start:%d/%m %H:%M}" for start in starts]


def days(starts):
    return sorted({start.date().isoformat() for start in starts})


CHANGES = [
    # The last day before and the first after the change, on the weekday of the opening; UTC offsets in hours.
    ("Europe/Paris", date(2026, 3, 23), date(2026, 3, 30), (1, 2)),
    ("Europe/Paris", date(2026, 10, 19), date(2026, 10, 26), (2, 1)),
    ("Europe/Lisbon", date(2026, 3, 23), date(2026, 3, 30), (0, 1)),
    ("Europe/Lisbon", date(2026, 10, 19), date(2026, 10, 26), (1, 0)),
    ("America/Miquelon", date(2026, 3, 2), date(2026, 3, 9), (-3, -2)),
    ("America/Miquelon", date(2026, 10, 26), date(2026, 11, 2), (-2, -3)),
    ("Pacific/Noumea", date(2026, 3, 23), date(2026, 3, 30), (11, 11)),
    ("Indian/Reunion", date(2026, 10, 19), date(2026, 10, 26), (4, 4)),
]


@pytest.mark.parametrize(("zone", "before", "after", "offsets"), CHANGES)
def test_every_monday_from_9_h_to_12_h_is_9_h_to_12_h_on_both_sides_of_a_clock_change(
    source, zone, before, after, offsets
):
    mondays = {"first_day": before, "rrule": "FREQ=WEEKLY;BYDAY=MO"}

    starts = slots_of(source, before, after, zone=zone, opened=[mondays])

    assert written(starts) == [f"{day:%d/%m} {hour:02}:00" for day in (before, after) for hour in (9, 10, 11)]
    assert [start.utcoffset() / HOUR for start in starts] == [offsets[0]] * 3 + [offsets[1]] * 3


@pytest.mark.parametrize(
    ("zone", "night", "expected"),
    [
        ("Europe/Paris", date(2026, 3, 29), ["01:00", "03:00", "04:00"]),  # From 2 h to 3 h there is nothing.
        ("Europe/Paris", date(2026, 10, 25), ["01:00", "02:00", "02:00", "03:00", "04:00"]),
        ("Europe/Lisbon", date(2026, 3, 29), ["02:00", "03:00", "04:00"]),  # 1 h is 2 h.
        ("Europe/Lisbon", date(2026, 10, 25), ["01:00", "01:00", "02:00", "03:00", "04:00"]),
        ("America/Miquelon", date(2026, 3, 8), ["01:00", "03:00", "04:00"]),
        ("America/Miquelon", date(2027, 11, 7), ["01:00", "01:00", "02:00", "03:00", "04:00"]),
        ("Pacific/Noumea", date(2026, 3, 29), ["01:00", "02:00", "03:00", "04:00"]),
        ("Indian/Reunion", date(2026, 10, 25), ["01:00", "02:00", "03:00", "04:00"]),
    ],
)
def test_a_night_from_1_h_to_5_h_has_an_hour_less_in_spring_and_one_more_in_autumn(source, zone, night, expected):
    opened = {"first_day": night, "start_time": time(1), "end_time": time(5)}

    starts = slots_of(source, night, night, zone=zone, opened=[opened])

    assert written(starts) == [f"{night:%d/%m} {start}" for start in expected]
    assert len({start.astimezone(ZoneInfo("UTC")) for start in starts}) == len(expected)


def test_every_sunday_from_2_h_to_3_h_there_is_no_slot_on_the_night_that_has_no_such_hour(source):
    """It would be from 3 h to 3 h on 29 March 2026; the Sundays around it are as ever."""
    sundays = {
        "first_day": date(2026, 3, 22),
        "rrule": "FREQ=WEEKLY;BYDAY=SU",
        "start_time": time(2),
        "end_time": time(3),
    }

    assert written(slots_of(source, date(2026, 3, 22), date(2026, 4, 5), opened=[sundays])) == [
        "22/03 02:00",
        "05/04 02:00",
    ]


class TestPublicHolidays:
    def opened_days(self, source, first_day, last_day, **fields):
        every_day = {"first_day": first_day, "rrule": "FREQ=DAILY"}
        return days(slots_of(source, first_day, last_day, opened=[every_day], **fields))

    @pytest.mark.parametrize(
        ("subdivision", "expected"),
        [
            ("", ["2026-04-02", "2026-04-03", "2026-04-04"]),
            ("6AE", ["2026-04-02", "2026-04-04"]),
            ("57", ["2026-04-02", "2026-04-04"]),
        ],
        ids=["Métropole", "Alsace", "Moselle"],
    )
    def test_good_friday_is_off_in_alsace_moselle_and_worked_elsewhere(self, source, subdivision, expected):
        found = self.opened_days(source, date(2026, 4, 2), date(2026, 4, 4), subdivision=subdivision)
        assert found == expected

    @pytest.mark.parametrize(
        ("subdivision", "expected"),
        [
            ("", ["2026-12-24", "2026-12-26", "2026-12-27"]),
            ("6AE", ["2026-12-24", "2026-12-27"]),
            ("57", ["2026-12-24", "2026-12-27"]),
        ],
        ids=["Métropole", "Alsace", "Moselle"],
    )
    def test_26_december_is_off_in_alsace_moselle_as_christmas_is_everywhere(self, source, subdivision, expected):
        found = self.opened_days(source, date(2026, 12, 24), date(2026, 12, 27), subdivision=subdivision)
        assert found == expected

    @pytest.mark.parametrize(
        ("subdivision", "zone", "closed"),
        [
            ("971", "America/Guadeloupe", date(2026, 5, 27)),
            ("972", "America/Martinique", date(2026, 5, 22)),
            ("973", "America/Cayenne", date(2026, 6, 10)),
            ("974", "Indian/Reunion", date(2026, 12, 20)),
            ("976", "Indian/Mayotte", date(2026, 4, 27)),
            ("BL", "America/St_Barthelemy", date(2026, 10, 9)),
            ("MF", "America/Marigot", date(2026, 5, 28)),
        ],
    )
    def test_each_territory_keeps_its_own_day_of_the_abolition_of_slavery(self, source, subdivision, zone, closed):
        """On its own clock: the day is over in Guadeloupe when it is long another in Paris."""
        eve, morrow = closed - DAY, closed + DAY

        found = self.opened_days(source, eve, morrow, subdivision=subdivision, zone=zone)

        assert found == [eve.isoformat(), morrow.isoformat()]
        assert closed.isoformat() in self.opened_days(source, eve, morrow)

    @pytest.mark.parametrize("subdivision", ["972", "973", "974", "976", "NC", "PF", "PM", "WF"])
    def test_27_may_is_guadeloupes_and_worked_in_the_other_territories(self, source, subdivision):
        found = self.opened_days(source, date(2026, 5, 27), date(2026, 5, 27), subdivision=subdivision)
        assert found == ["2026-05-27"]


def expect_days(source, rrule, first_day, last_day, expected, **options):
    found = days(slots_of(source, first_day, last_day, opened=[{"first_day": first_day, "rrule": rrule}], **options))
    assert found == expected


def test_a_fifth_monday_is_there_only_in_the_months_that_have_one(source):
    expect_days(
        source,
        "FREQ=MONTHLY;BYDAY=5MO",
        date(2026, 3, 2),
        date(2026, 12, 31),
        ["2026-03-30", "2026-06-29", "2026-08-31", "2026-11-30"],
    )


def test_the_31st_is_there_only_in_the_months_that_have_one_and_never_moves(source):
    expect_days(
        source,
        "FREQ=MONTHLY;BYMONTHDAY=31",
        date(2026, 1, 31),
        date(2026, 12, 31),
        ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31", "2026-08-31", "2026-10-31", "2026-12-31"],
    )


def test_the_last_day_of_the_month_is_28_29_30_or_31(source):
    expect_days(
        source,
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        date(2027, 12, 31),
        date(2028, 4, 30),
        ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"],
    )


def test_every_second_thursday_goes_from_week_51_to_week_53_to_week_2(source):
    """2026 has a week 53: the weeks of the rhythm are odd before New Year and even after."""
    expect_days(
        source,
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH",
        date(2026, 12, 17),
        date(2027, 1, 31),
        ["2026-12-17", "2026-12-31", "2027-01-14", "2027-01-28"],
    )


def test_a_year_ends_in_the_middle_of_a_week(source):
    """Week 53 of 2026, Monday to Sunday: New Year's Day is a holiday, its eve and the day after are not."""
    expect_days(
        source,
        "FREQ=DAILY",
        date(2026, 12, 28),
        date(2027, 1, 3),
        ["2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-02", "2027-01-03"],
    )


def test_29_february_is_a_tuesday_like_any_other_in_2028(source):
    expect_days(
        source,
        "FREQ=WEEKLY;BYDAY=TU",
        date(2028, 2, 22),
        date(2028, 3, 7),
        ["2028-02-22", "2028-02-29", "2028-03-07"],
    )


def test_29_february_every_year_is_there_every_fourth(source):
    expect_days(
        source,
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29",
        date(2028, 2, 29),
        date(2032, 12, 31),
        ["2028-02-29", "2032-02-29"],
    )


def test_every_second_and_every_third_week_meet_in_the_sixth(source):
    """From Monday 2 March 2026: weeks 2, 4, 6 and weeks 3, 6 of those that follow."""
    found = slots_of(
        source,
        date(2026, 3, 2),
        date(2026, 4, 12),
        opened=[
            {
                "first_day": date(2026, 3, 10),
                "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
                "start_time": time(9),
                "end_time": time(10),
            },
            {
                "first_day": date(2026, 3, 17),
                "rrule": "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU",
                "start_time": time(14),
                "end_time": time(15),
            },
        ],
    )
    assert written(found) == ["10/03 09:00", "17/03 14:00", "24/03 09:00", "07/04 09:00", "07/04 14:00"]
