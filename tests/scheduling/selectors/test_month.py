"""The overview of a month counts what a search of the same days lists, wherever the slots come from."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from organizations.models import Motif
from scheduling.engine.wall_clock import local_day
from scheduling.models import Calendar
from scheduling.selectors.month import free_slots_per_day
from scheduling.selectors.slots import Demand, offered_slots
from tests.conftest import EXAMPLES_IN_A_DATABASE
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    PARIS,
    TUESDAY,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
    paris,
)
from tests.scheduling.selectors.test_slots_against_the_core import DAY, World

pytestmark = pytest.mark.django_db


@given(st.data())
@settings(max_examples=EXAMPLES_IN_A_DATABASE, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_every_month_counts_the_slots_of_a_search(data):
    with transaction.atomic():
        draw = data.draw
        world = World(draw)
        visitors = [world.hold(draw) for _ in range(draw(st.integers(0, 1)))]
        demands = [
            Demand(
                motif,
                make_option(motif=motif, duration=timedelta(minutes=20)) if draw(st.booleans()) else None,
                draw(st.integers(1, 3)),
            )
            for motif in world.motifs
        ]
        zone = draw(st.sampled_from([world.organization.zone, ZoneInfo("Pacific/Chatham"), ZoneInfo("Africa/Cairo")]))
        first_day = DAY + timedelta(days=draw(st.integers(-3, 10)))
        last_day = first_day + timedelta(days=draw(st.sampled_from([0, 1, 6, 31, 120])))
        half_day = draw(st.sampled_from(["", "", "morning", "afternoon"]))
        search = {
            "now": world.now,
            "for_agent": draw(st.booleans()),
            "calendar_ids": draw(st.sampled_from([None, None, [], [world.calendars[0].pk]])),
            "location_ids": draw(st.sampled_from([None, None, [], [world.locations[0].pk]])),
            "visitor_key": draw(st.sampled_from([None, *visitors])),
        }

        offered = offered_slots(
            demands,
            start=datetime.combine(first_day, time(0), zone),
            end=datetime.combine(last_day + timedelta(days=1), time(0), zone),
            **search,
        )
        starts = {slot.starts_at for slot in offered}
        if half_day:
            starts = {start for start in starts if (start.astimezone(zone).hour < 12) == (half_day == "morning")}

        assert free_slots_per_day(
            demands, first_day=first_day, last_day=last_day, zone=zone, half_day=half_day, **search
        ) == Counter(local_day(start, zone) for start in starts)
        transaction.set_rollback(True)


def counted(motif, first_day=MONDAY, last_day=FRIDAY, *, now=NOW, zone=PARIS, **arguments):
    return free_slots_per_day([Demand(motif)], first_day=first_day, last_day=last_day, zone=zone, now=now, **arguments)


def test_a_start_that_several_calendars_have_counts_once():
    motif = make_motif()
    location = make_location(organization=motif.organization)
    make_opening(motifs=[motif], location=location)
    make_opening(motifs=[motif], location=location, start_time=time(11), end_time=time(14))
    make_opening(motifs=[motif], location=location, first_day=TUESDAY)

    assert counted(motif) == {MONDAY: 10, TUESDAY: 6}
    assert counted(motif, half_day="morning") == {MONDAY: 6, TUESDAY: 6}
    assert counted(motif, half_day="afternoon") == {MONDAY: 4}


def test_a_start_in_the_windows_of_one_and_the_core_of_another_counts_once():
    motif = make_motif()
    location = make_location(organization=motif.organization)
    make_opening(motifs=[motif], location=location)
    stale = make_opening(motifs=[motif], location=location, end_time=time(13))
    Calendar.objects.filter(pk=stale.calendar_id).update(windows_stale_since=NOW)

    assert counted(motif) == {MONDAY: 8}


@pytest.mark.parametrize(
    ("day", "slots"), [(date(2026, 3, 29), 2 * 23), (date(2026, 10, 25), 2 * 25), (date(2026, 4, 15), 2 * 24)]
)
def test_a_whole_day_counts_its_hours_when_clocks_change(day, slots):
    motif = make_motif(
        organization=make_organization(open_weekdays=list(range(7))),
        maximum_delay_months=12,
        minimum_delay=timedelta(0),
    )
    make_opening(motifs=[motif], rrule="FREQ=DAILY", start_time=time(0), end_time=time(0))

    found = counted(motif, day - timedelta(days=1), day + timedelta(days=1))

    assert found[day] == slots
    assert sum(found.values()) == slots + 96


def test_days_are_those_of_the_zone_asked_for():
    """Monday 9 h in Kiritimati is still Sunday in Paris."""
    organization = make_organization(territory=make_territory(time_zone="Pacific/Kiritimati"))
    motif = make_motif(organization=organization)
    make_opening(motifs=[motif])
    now = NOW - timedelta(days=2)

    assert counted(motif, now=now, zone=organization.zone) == {MONDAY: 6}
    assert counted(motif, MONDAY - timedelta(days=2), now=now) == {MONDAY - timedelta(days=1): 6}


def test_nothing_before_the_minimum_delay_nor_for_nobody():
    motif = make_motif(minimum_delay=timedelta(hours=2))
    make_opening(motifs=[motif], end_time=time(10))

    assert counted(motif, now=paris(MONDAY, 7, 15)) == {MONDAY: 1}
    assert counted(motif, calendar_ids=[]) == {}
    assert counted(make_motif(is_collective=True)) == {}


@pytest.mark.parametrize("calendars", [1, 6])
def test_a_month_costs_one_query(calendars, django_assert_num_queries):
    motif = make_motif()
    location = make_location(organization=motif.organization)
    for _ in range(calendars):
        make_opening(motifs=[motif], location=location, rrule="FREQ=DAILY")
    motif = Motif.objects.select_related("organization__territory").get(pk=motif.pk)

    with django_assert_num_queries(1):
        found = counted(motif, MONDAY, MONDAY + timedelta(days=30))

    assert found[MONDAY] == 6
    assert len(found) == 27  # No Sunday.
