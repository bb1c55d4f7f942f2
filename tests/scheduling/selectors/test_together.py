"""Slots that several calendars have free at once: of whose grid, who counts as free, and what that costs."""

from datetime import time, timedelta

import pytest

from organizations.models import Membership, Motif
from scheduling.models import Calendar
from scheduling.selectors.month import free_slots_per_day
from scheduling.selectors.slot_search import SlotQuery, next_by_place, slots_of_week
from scheduling.selectors.slots import Demand
from scheduling.selectors.together import nearest_together, slots_together
from tests.factories import (
    MONDAY,
    NOW,
    PARIS,
    THURSDAY,
    TUESDAY,
    make_appointment,
    make_calendar,
    make_closure,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    paris,
)

pytestmark = pytest.mark.django_db

WEEK = {"start": paris(MONDAY, 0), "end": paris(MONDAY, 0) + timedelta(days=7), "now": NOW}


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def motif(organization):
    pk = make_motif(organization=organization, duration=timedelta(hours=1)).pk
    return Motif.objects.select_related("organization__territory").get(pk=pk)


@pytest.fixture
def place(organization):
    return make_location(organization=organization)


@pytest.fixture
def ines(motif, place):
    """Monday from 9 h to 12 h."""
    return make_opening(motifs=[motif], location=place).calendar


def starts(motif, *calendars, **changes):
    ids = [calendar.pk for calendar in calendars]
    return [slot.starts_at for slot in slots_together(Demand(motif), calendar_ids=ids, **WEEK | changes)]


def test_are_those_that_each_has_free(motif, place, ines):
    marc = make_opening(motifs=[motif], location=place, start_time=time(10), end_time=time(13)).calendar
    make_appointment(motif=motif, calendar=marc, starts_at=paris(MONDAY, 11))

    assert starts(motif, ines, marc) == starts(motif, marc, ines) == [paris(MONDAY, 10)]


def test_another_who_opens_for_other_motifs_is_free_while_nothing_occupies_them(organization, motif, place, ines):
    other = make_motif(organization=organization, duration=timedelta(minutes=45))
    marc = make_opening(motifs=[other], location=place, start_time=time(9, 30)).calendar

    assert starts(motif, ines, marc) == [paris(MONDAY, 10), paris(MONDAY, 11)]


def test_openings_end_to_end_hold_what_lies_across(organization, motif, place, ines):
    marc = make_opening(motifs=[make_motif(organization=organization)], location=place, end_time=time(9, 30)).calendar
    make_opening(calendar=marc, motifs=[motif], location=place, start_time=time(9, 30), end_time=time(10))

    assert starts(motif, ines, marc) == [paris(MONDAY, 9)]


def test_who_is_not_open_is_not_free_although_nothing_occupies_them(organization, motif, ines):
    assert starts(motif, ines, make_calendar(organization=organization)) == []


def test_who_is_open_elsewhere_is_not_free_there(organization, motif, ines):
    elsewhere = make_opening(motifs=[motif], location=make_location(organization=organization)).calendar
    phone = make_motif(organization=organization, location_kind=Motif.LocationKind.PHONE)
    anywhere = make_opening(motifs=[phone], location=None).calendar

    assert starts(motif, ines, elsewhere) == []
    assert starts(motif, ines, anywhere) == [paris(MONDAY, hour) for hour in (9, 10, 11)]


def test_a_motif_without_place_does_not_ask_where_one_is(organization):
    phone = make_motif(organization=organization, duration=timedelta(hours=1), location_kind=Motif.LocationKind.PHONE)
    north, south = (make_opening(motifs=[phone], location=make_location(organization=organization)) for _ in range(2))

    assert len(starts(phone, north.calendar, south.calendar)) == 3


def test_who_is_open_for_another_organization_is_not_free(organization, motif, ines):
    sister = make_organization(territory=organization.territory)
    marc = make_opening(motifs=[make_motif(organization=sister)]).calendar
    make_opening(calendar=marc, motifs=[motif], first_day=TUESDAY)

    assert starts(motif, ines, marc) == []


@pytest.mark.parametrize("away", ["unavailable", "booked elsewhere", "left", "inactive", "archived", "closed day"])
def test_who_is_away_is_not_free(organization, motif, place, ines, away):
    desk = make_desk(location=place, motifs=[motif])
    other = desk.calendar if away == "archived" else make_calendar(organization=organization)
    make_opening(calendar=other, motifs=[motif], location=place)
    assert len(starts(motif, ines, other)) == 3

    if away == "unavailable":
        make_unavailability(calendar=other, organization=organization)
    elif away == "booked elsewhere":
        sister = make_motif(organization=make_organization(territory=organization.territory))
        make_appointment(motif=sister, calendar=other, starts_at=paris(MONDAY, 9), duration=timedelta(hours=3))
    elif away == "left":
        Membership.objects.filter(agent=other.agent).delete()
    elif away == "inactive":
        other.agent.is_active = False
        other.agent.save()
    elif away == "archived":
        desk.archived_at = NOW
        desk.save()
    else:
        make_closure(organization=organization)

    assert starts(motif, ines, other) == []


def test_the_start_of_either_grid_will_do_and_stands_there_once(motif, place, ines):
    marc = make_opening(motifs=[motif], location=place, start_time=time(9, 30)).calendar

    assert starts(motif, ines, marc) == [
        paris(MONDAY, 9, 30),
        paris(MONDAY, 10),
        paris(MONDAY, 10, 30),
        paris(MONDAY, 11),
    ]


def test_nobody_is_not_everybody_and_a_stranger_is_nobody(motif, ines):
    assert starts(motif) == []
    assert [slot.starts_at for slot in slots_together(Demand(motif), calendar_ids=[ines.pk, 0], **WEEK)] == []


def test_each_place_has_its_own(organization, motif):
    north, south = (make_location(organization=organization) for _ in range(2))
    both = [make_calendar(organization=organization) for _ in range(2)]
    for calendar in both:
        make_opening(calendar=calendar, motifs=[motif], location=north, end_time=time(10))
        make_opening(calendar=calendar, motifs=[motif], location=south, first_day=TUESDAY, end_time=time(10))
    ids = [calendar.pk for calendar in both]

    found = slots_together(Demand(motif), calendar_ids=ids, **WEEK)
    at_south = slots_together(Demand(motif), calendar_ids=ids, location_ids=[south.pk], **WEEK)

    assert [(slot.starts_at, slot.location_id) for slot in found] == [
        (paris(MONDAY, 9), north.pk),
        (paris(TUESDAY, 9), south.pk),
    ]
    assert [slot.location_id for slot in at_south] == [south.pk]


@pytest.mark.parametrize("state", ["fresh", "stale", "without windows", "past the windows"])
def test_windows_and_core_say_the_same(organization, motif, place, state):
    calendars = [make_calendar(organization=organization) for _ in range(3)]
    for number, calendar in enumerate(calendars):
        make_opening(calendar=calendar, motifs=[motif], location=place, start_time=time(8 + number), rrule="FREQ=DAILY")
        make_unavailability(calendar=calendar, organization=organization, first_day=MONDAY + timedelta(days=number))
    if state == "stale":
        Calendar.objects.filter(pk=calendars[1].pk).update(windows_stale_since=NOW)
    if state == "without windows":
        Calendar.objects.filter(pk=calendars[2].pk).update(windows_until=None)
    if state == "past the windows":
        Calendar.objects.filter(pk__in=[calendar.pk for calendar in calendars]).update(windows_until=MONDAY)

    assert starts(motif, *calendars) == [
        paris(MONDAY + timedelta(days=day), hour) for day in (3, 4, 5) for hour in (10, 11)
    ]


@pytest.mark.parametrize("count", [2, 12])
def test_two_queries_however_many_they_are(organization, motif, place, count, django_assert_num_queries):
    calendars = [make_calendar(organization=organization) for _ in range(count)]
    for calendar in calendars:
        make_opening(calendar=calendar, motifs=[motif], location=place, rrule="FREQ=DAILY")

    with django_assert_num_queries(2):
        found = starts(motif, *calendars)

    assert len(found) == 6 * 3


class TestSearch:
    """The searches of « Trouver un RDV » on top of it."""

    @pytest.fixture
    def asked(self, organization, motif, place):
        both = [make_calendar(organization=organization) for _ in range(2)]
        make_opening(calendar=both[0], motifs=[motif], location=place, rrule="FREQ=DAILY")
        make_opening(calendar=both[1], motifs=[motif], location=place, first_day=THURSDAY, rrule="FREQ=WEEKLY;BYDAY=TH")
        ids = [calendar.pk for calendar in both]

        def query(**fields):
            return SlotQuery(Demand(motif), PARIS, calendar_ids=ids, is_together=True, **fields)

        return query

    def test_a_week_and_the_next_one_of_each_place(self, asked):
        assert [slot.starts_at for slot in slots_of_week(asked(), first_day=MONDAY, now=NOW)] == [
            paris(THURSDAY, hour) for hour in (9, 10, 11)
        ]
        assert [slot.starts_at for slot in next_by_place(asked(), now=NOW)] == [paris(THURSDAY, 9)]

    def test_weekday_and_half_day_narrow_it(self, asked):
        assert slots_of_week(asked(weekdays=frozenset({0})), first_day=MONDAY, now=NOW) == []
        assert next_by_place(asked(half_day="afternoon"), now=NOW) == []
        assert len(slots_of_week(asked(half_day="morning"), first_day=MONDAY, now=NOW)) == 3

    def test_a_month_counts_what_all_have(self, asked):
        query = asked()
        counted = free_slots_per_day(
            [query.demand],
            first_day=MONDAY,
            last_day=MONDAY + timedelta(days=13),
            zone=PARIS,
            now=NOW,
            is_together=True,
            **query.restrictions,
        )

        assert counted == {THURSDAY: 3, THURSDAY + timedelta(days=7): 3}

    def test_the_nearest_are_found_weeks_ahead(self, organization, motif, place, ines):
        later = MONDAY + timedelta(weeks=10)
        make_opening(calendar=ines, motifs=[motif], location=place, first_day=later)
        marc = make_opening(motifs=[motif], location=place, first_day=later).calendar

        nearest = nearest_together(
            Demand(motif), to=paris(MONDAY, 10), calendar_ids=[ines.pk, marc.pk], now=NOW, count=2
        )

        assert [slot.starts_at for slot in nearest] == [paris(later, 9), paris(later, 10)]
