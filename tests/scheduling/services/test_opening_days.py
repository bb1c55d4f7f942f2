from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from organizations.models import Organization
from scheduling.models import Calendar, Closure, FreeWindow, HolidaySwitch
from scheduling.selectors.availability import core_rows
from scheduling.selectors.holiday_boxes import holiday_boxes
from scheduling.selectors.slots import Demand, next_slots, offered_slots
from scheduling.services.opening_days import (
    add_closure,
    remove_closure,
    set_holidays,
    set_holidays_on_dates,
    set_open_weekdays,
)
from scheduling.services.recomputation import MOST_CALENDARS_AT_ONCE, refresh_stale_calendars
from scheduling.services.windows import first_kept_day
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    TUESDAY,
    make_calendar,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    paris,
)

pytestmark = pytest.mark.django_db

EASTER_MONDAY = date(2026, 4, 6)
EASTER_MONDAY_2027 = date(2027, 3, 29)


@pytest.fixture
def organization():
    return make_organization(territory=make_territory())


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization)


@pytest.fixture
def calendar(organization, motif):
    """Open every day from 9 h to 12 h."""
    calendar = make_calendar(organization=organization)
    make_opening(calendar=calendar, motifs=[motif], rrule="FREQ=DAILY")
    return calendar


def is_open(day):
    return FreeWindow.objects.filter(local_day=day).exists()


def assert_windows_are_those_of_the_core():
    for calendar in Calendar.objects.filter(windows_until__isnull=False).order_by("pk"):
        expected = core_rows([calendar.pk], first_day=first_kept_day(NOW), last_day=calendar.windows_until, now=NOW)
        stored = FreeWindow.objects.filter(calendar=calendar).order_by("pk")
        assert set(stored.values_list("calendar_id", "opening_id", "starts_at", "ends_at")) == {
            (row.calendar_id, row.opening_id, row.starts_at, row.ends_at) for row in expected
        }


def test_a_weekday_closed_has_no_window_and_gives_them_back_once_open(organization, calendar):
    assert is_open(TUESDAY)

    set_open_weekdays(organization=organization, weekdays=[4, 0, 0], now=NOW)
    organization.refresh_from_db()
    assert organization.open_weekdays == [0, 4]
    assert (is_open(MONDAY), is_open(TUESDAY), is_open(FRIDAY)) == (True, False, True)
    assert_windows_are_those_of_the_core()

    set_open_weekdays(organization=organization, weekdays=range(7), now=NOW)
    assert is_open(TUESDAY)
    assert is_open(MONDAY + timedelta(days=6))
    assert_windows_are_those_of_the_core()


def test_weekdays_that_are_open_already_cost_one_query(organization, calendar):
    with CaptureQueriesContext(connection) as queries:
        set_open_weekdays(organization=organization, weekdays=organization.open_weekdays, now=NOW)

    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 1


def test_a_holiday_is_opened_every_year_and_closed_again(organization, calendar):
    assert not is_open(EASTER_MONDAY)

    set_holidays(organization=organization, closed={"lundi-de-paques": False}, now=NOW)
    assert is_open(EASTER_MONDAY)
    assert not is_open(date(2026, 5, 1))
    assert_windows_are_those_of_the_core()

    set_holidays(organization=organization, closed={"lundi-de-paques": True}, now=NOW)
    assert not is_open(EASTER_MONDAY)
    assert not HolidaySwitch.objects.exists()  # The default is followed, not stored.


def test_one_date_differs_and_the_other_years_stay(organization, calendar):
    set_holidays_on_dates(organization=organization, closed={EASTER_MONDAY: False}, now=NOW)

    assert is_open(EASTER_MONDAY)
    boxes = {box.day: box for box in holiday_boxes(organization, today=MONDAY).dates}
    assert (boxes[EASTER_MONDAY].is_closed, boxes[EASTER_MONDAY].is_exception) == (False, True)
    assert (boxes[EASTER_MONDAY_2027].is_closed, boxes[EASTER_MONDAY_2027].is_exception) == (True, False)

    set_holidays_on_dates(organization=organization, closed={EASTER_MONDAY: True}, now=NOW)
    assert not is_open(EASTER_MONDAY)
    assert not HolidaySwitch.objects.exists()


def test_a_date_on_its_own_outlives_a_change_of_every_year_and_others_follow(organization, calendar):
    set_holidays_on_dates(organization=organization, closed={EASTER_MONDAY: False}, now=NOW)
    set_holidays(organization=organization, closed={"lundi-de-paques": False}, now=NOW)
    set_holidays(organization=organization, closed={"lundi-de-paques": True}, now=NOW)

    boxes = {box.day: box.is_closed for box in holiday_boxes(organization, today=MONDAY).dates}
    assert (boxes[EASTER_MONDAY], boxes[EASTER_MONDAY_2027]) == (False, True)
    assert is_open(EASTER_MONDAY)


def test_local_days_are_offered_with_their_box_off():
    organization = make_organization(territory=make_territory(subdivision="971"))

    boxes = holiday_boxes(organization, today=MONDAY)

    assert "Abolition de l'esclavage" in [box.label for box in boxes.listed]
    assert [box.is_closed for box in boxes.local] == [False] * len(boxes.local)
    assert "Vendredi saint" in [box.label for box in boxes.local]
    assert [year for year, _ in boxes.years] == [2026, 2027]
    assert all(box.day >= MONDAY for box in boxes.dates)


def test_the_good_friday_of_alsace_is_closed_and_a_local_day_once_its_box_is_ticked():
    alsace = make_organization(territory=make_territory(subdivision="6AE"))
    guadeloupe = make_organization(territory=make_territory(subdivision="971"))
    for organization in (alsace, guadeloupe):
        make_opening(motifs=[make_motif(organization=organization)], rrule="FREQ=DAILY")
    good_friday = FreeWindow.objects.filter(local_day=date(2026, 4, 3))
    assert not good_friday.filter(organization=alsace).exists()
    assert good_friday.filter(organization=guadeloupe).exists()

    set_holidays(organization=guadeloupe, closed={"vendredi-saint": True}, now=NOW)

    assert not good_friday.exists()
    assert_windows_are_those_of_the_core()


def test_a_holiday_with_a_name_as_long_as_that_of_bulgaria_is_switched():
    organization = make_organization(territory=make_territory(country="BG"))
    boxes = holiday_boxes(organization, today=MONDAY).every_year
    longest = max((box.key for box in boxes), key=len)

    set_holidays(organization=organization, closed={longest: False}, now=NOW)

    assert HolidaySwitch.objects.get().holiday == longest
    assert len(longest) > 100


def test_what_no_box_names_is_not_touched(organization, calendar):
    set_holidays(organization=organization, closed={"fete-inconnue": True}, now=NOW)
    set_holidays_on_dates(organization=organization, closed={TUESDAY: True}, now=NOW)

    assert not HolidaySwitch.objects.exists()
    assert is_open(TUESDAY)


def test_a_closure_of_the_territory_closes_all_its_organizations_and_no_other(organization, calendar):
    sister = make_organization(territory=organization.territory)
    stranger = make_organization()
    for other in (sister, stranger):
        make_opening(motifs=[make_motif(organization=other)], rrule="FREQ=DAILY")

    closure = add_closure(
        territory=organization.territory,
        organization=None,
        first_day=TUESDAY,
        last_day=TUESDAY + timedelta(days=1),
        label="Cyclone",
        now=NOW,
    )

    open_to = FreeWindow.objects.filter(local_day=TUESDAY).order_by("pk").values_list("organization", flat=True)
    assert set(open_to) == {stranger.pk}
    assert_windows_are_those_of_the_core()

    remove_closure(closure=closure, now=NOW)
    assert open_to.distinct().count() == 3
    assert not Closure.objects.exists()


@pytest.fixture
def many_calendars(organization, motif):
    location = make_location(organization=organization)
    for _ in range(MOST_CALENDARS_AT_ONCE + 2):
        calendar = make_calendar(organization=organization)
        make_opening(calendar=calendar, motifs=[motif], location=location, rrule="FREQ=DAILY", end_time=time(10))


CHANGES = {
    "a closure": lambda organization: add_closure(
        territory=organization.territory,
        organization=organization,
        first_day=TUESDAY,
        last_day=TUESDAY,
        label="Inventaire",
        now=NOW,
    ),
    "a weekday": lambda organization: set_open_weekdays(organization=organization, weekdays=[0, 2, 3, 4], now=NOW),
}


@pytest.mark.parametrize("change", CHANGES)
def test_between_a_change_of_many_calendars_and_its_batch_no_search_offers_a_closed_day(
    change, organization, motif, many_calendars
):
    """The windows of the closed day are still there, and nobody is served them."""
    everything = {"start": NOW, "end": NOW + timedelta(days=4), "now": NOW}

    CHANGES[change](organization)

    assert Calendar.objects.filter(windows_stale_since__isnull=False).count() == MOST_CALENDARS_AT_ONCE + 2
    assert is_open(TUESDAY)
    days = {slot.starts_at.date() for slot in offered_slots([Demand(motif)], **everything)}
    assert TUESDAY not in days
    assert MONDAY in days
    after_monday = next_slots([Demand(motif)], after=paris(TUESDAY, 0), now=NOW)
    assert {slot.starts_at.date() for slot in after_monday.values()} == {TUESDAY + timedelta(days=1)}

    refresh_stale_calendars(now=NOW)

    assert not Calendar.objects.filter(windows_stale_since__isnull=False).exists()
    assert not is_open(TUESDAY)
    assert {slot.starts_at.date() for slot in offered_slots([Demand(motif)], **everything)} == days
    assert_windows_are_those_of_the_core()


def test_a_day_opened_again_is_offered_before_its_batch_too(organization, motif, many_calendars):
    set_open_weekdays(organization=organization, weekdays=[0], now=NOW)
    refresh_stale_calendars(now=NOW)

    set_open_weekdays(organization=organization, weekdays=[0, 1], now=NOW)

    slots = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=4), now=NOW)
    assert {slot.starts_at.date() for slot in slots} == {MONDAY, TUESDAY}


def test_two_administrators_at_once_leave_the_last_word_to_one(organization, calendar):
    """What was read before somebody else's change is read again under the lock."""
    stale = Organization.objects.select_related("territory").get(pk=organization.pk)
    set_open_weekdays(organization=organization, weekdays=[0], now=NOW)

    set_open_weekdays(organization=stale, weekdays=[0, 1], now=NOW)

    assert (is_open(MONDAY), is_open(TUESDAY), is_open(FRIDAY)) == (True, True, False)
    assert_windows_are_those_of_the_core()
