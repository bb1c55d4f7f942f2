"""The searches of « Trouver un RDV » below the page: what they cost, and that nobody is never everybody."""

from datetime import time, timedelta

import pytest

from organizations.models import Motif
from scheduling.selectors.month import free_slots_per_day
from scheduling.selectors.slot_search import FARTHEST, SlotQuery, next_by_place, slots_of_week
from scheduling.selectors.slots import Demand
from tests.factories import (
    MONDAY,
    NOW,
    THURSDAY,
    make_calendar,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def motif():
    pk = make_motif(organization=make_organization(), duration=timedelta(hours=1)).pk
    return Motif.objects.select_related("organization__territory").get(pk=pk)


def query(motif, calendars, **fields):
    ids = [calendar.pk for calendar in calendars]
    return SlotQuery(Demand(motif), motif.organization.zone, calendar_ids=ids, **fields)


@pytest.mark.parametrize("calendars", [1, 12])
class TestCost:
    @pytest.fixture
    def team(self, motif, calendars):
        places = [make_location(organization=motif.organization) for _ in range(3)]
        team = [make_calendar(organization=motif.organization) for _ in range(calendars)]
        for number, calendar in enumerate(team):
            make_opening(calendar=calendar, motifs=[motif], location=places[number % 3], rrule="FREQ=DAILY")
        return team

    def test_a_week_the_next_availability_and_a_month_are_one_query_each(
        self, motif, calendars, team, django_assert_num_queries
    ):
        asked = query(motif, team)

        with django_assert_num_queries(1):
            week = slots_of_week(asked, first_day=MONDAY, now=NOW)
        with django_assert_num_queries(1):
            upcoming = next_by_place(asked, now=NOW)
        with django_assert_num_queries(1):
            month = free_slots_per_day(
                [asked.demand],
                first_day=MONDAY,
                last_day=MONDAY + timedelta(days=30),
                zone=asked.zone,
                now=NOW,
                **asked.restrictions,
            )

        assert len(week) == calendars * 6 * 3
        assert [slot.starts_at for slot in upcoming] == [paris(MONDAY, 9)] * min(calendars, 3)
        assert month[MONDAY] == 3

    def test_weekdays_and_half_days_cost_a_week_nothing_and_the_next_availability_two_more(
        self, motif, calendars, team, django_assert_num_queries
    ):
        asked = query(motif, team, weekdays=frozenset({3}), half_day="morning")

        with django_assert_num_queries(1):
            assert len(slots_of_week(asked, first_day=MONDAY, now=NOW)) == calendars * 3
        with django_assert_num_queries(3):
            assert {slot.starts_at for slot in next_by_place(asked, now=NOW)} == {paris(THURSDAY, 9)}

    def test_past_the_windows_the_cost_has_a_bound(self, motif, calendars, team, django_assert_max_num_queries):
        asked = query(motif, team, weekdays=frozenset({6}))  # Sunday, when nobody is open.
        asleep = query(motif, [make_calendar(organization=motif.organization)])

        with django_assert_max_num_queries(6):
            assert next_by_place(asked, now=NOW) == []
        with django_assert_max_num_queries(3):
            assert next_by_place(asleep, now=NOW) == []
        make_opening(
            calendar=make_calendar(organization=motif.organization),
            motifs=[motif],
            first_day=MONDAY,
            end_time=time(9, 30),
        )
        with django_assert_max_num_queries(35):
            too_long = SlotQuery(Demand(motif, persons=9), asked.zone, asked.calendar_ids)
            assert next_by_place(too_long, now=NOW) == []


class TestNobody:
    @pytest.mark.parametrize("nobody", [{"calendar_ids": []}, {"location_ids": []}])
    def test_has_no_slot_at_all(self, motif, nobody, django_assert_max_num_queries):
        calendar = make_opening(motifs=[motif], rrule="FREQ=DAILY").calendar
        asked = SlotQuery(Demand(motif), motif.organization.zone, **{"calendar_ids": [calendar.pk]} | nobody)

        assert slots_of_week(asked, first_day=MONDAY, now=NOW) == []
        assert next_by_place(asked, now=NOW) == []
        month = {"first_day": MONDAY, "last_day": THURSDAY, "zone": asked.zone, "now": NOW}
        assert free_slots_per_day([asked.demand], **month, **asked.restrictions) == {}

    def test_is_what_an_unknown_calendar_or_place_is(self, motif):
        opening = make_opening(motifs=[motif], rrule="FREQ=DAILY")
        for unknown in [{"calendar_ids": [0]}, {"calendar_ids": [opening.calendar_id], "location_ids": [0]}]:
            asked = SlotQuery(Demand(motif), motif.organization.zone, **unknown)

            assert slots_of_week(asked, first_day=MONDAY, now=NOW) == []
            assert next_by_place(asked, now=NOW) == []


def test_several_places_and_calendars_are_searched_together(motif):
    north, south, west = (make_location(organization=motif.organization) for _ in range(3))
    openings = [make_opening(motifs=[motif], location=place) for place in (north, south, west, north)]
    calendars = [opening.calendar for opening in openings]

    asked = query(motif, calendars[:3], location_ids=[north.pk, west.pk])

    week = slots_of_week(asked, first_day=MONDAY, now=NOW)
    assert {(slot.calendar_id, slot.location_id) for slot in week} == {
        (calendars[0].pk, north.pk),
        (calendars[2].pk, west.pk),
    }
    assert [slot.location_id for slot in next_by_place(asked, now=NOW)] == sorted([north.pk, west.pk])


def test_past_every_horizon_the_next_one_is_computed_but_not_farther_than_the_search_goes(motif):
    within, beyond = (MONDAY + FARTHEST + timedelta(days=days) for days in (-7, 5))
    near = make_opening(motifs=[motif], first_day=within)
    far = make_opening(motifs=[motif], first_day=beyond)

    assert [slot.starts_at for slot in next_by_place(query(motif, [far.calendar]), now=NOW)] == []
    halfway = NOW + timedelta(days=400)
    (first,) = next_by_place(query(motif, [near.calendar, far.calendar]), now=NOW, after=halfway)
    assert first.starts_at == paris(within, 9)
