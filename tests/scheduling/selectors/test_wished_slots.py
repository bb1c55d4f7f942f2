"""The first slot at a moment that suits: the same as of all slots, each looked at, and at a bounded cost."""

from datetime import UTC, date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.models import Min
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from organizations.models import Motif
from scheduling.engine.earlier_slots import EVERY_DAY, Wishes
from scheduling.engine.wall_clock import local_day
from scheduling.models import Calendar
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.selectors.wished_slots import next_wished_slot
from tests.conftest import EXAMPLES_IN_A_DATABASE
from tests.factories import (
    MONDAY,
    NOW,
    PARIS,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    paris,
)
from tests.scheduling.selectors.test_slots_against_the_core import World

pytestmark = pytest.mark.django_db

MORNINGS, AFTERNOONS = Wishes(afternoons=False), Wishes(mornings=False)


@given(st.data())
@settings(max_examples=EXAMPLES_IN_A_DATABASE, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_it_is_the_first_of_all_slots_that_suit(data):
    with transaction.atomic():
        draw = data.draw
        world = World(draw)
        visitors = [world.hold(draw) for _ in range(draw(st.integers(0, 1)))]
        demands = [Demand(motif) for motif in world.motifs]
        zone = draw(st.sampled_from([world.organization.zone, ZoneInfo("Pacific/Chatham")]))
        halves = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
        weekdays = draw(st.sampled_from([EVERY_DAY]) | st.frozensets(st.integers(0, 6), min_size=1, max_size=2))
        after = world.now + timedelta(hours=draw(st.sampled_from([0, 5, 100, 1000])))
        search = {
            "now": world.now,
            "location_ids": draw(st.sampled_from([None, [world.locations[0].pk]])),
            "visitor_key": draw(st.sampled_from([None, *visitors])),
        }

        found = next_wished_slot(demands, Wishes(weekdays, *halves), zone=zone, after=after, **search)

        suiting = [
            slot.starts_at
            for slot in offered_slots(demands, start=after, end=after + timedelta(days=400), **search)
            for local in [slot.starts_at.astimezone(zone)]
            if local.weekday() in weekdays and halves[local.hour >= 12]
        ]
        first = min(suiting, default=None)
        # Past the days that windows are kept for, it need not look.
        kept_until = Calendar.objects.filter(pk__in=[calendar.pk for calendar in world.calendars]).aggregate(
            day=Min("windows_until")
        )["day"]
        if first is None or local_day(first, UTC) < kept_until:
            assert (found and found.starts_at) == first
        else:
            assert found is None or found.starts_at == first
        transaction.set_rollback(True)


@pytest.fixture
def motif():
    """Booked up to a year ahead."""
    pk = make_motif(maximum_delay=timedelta(days=365), maximum_delay_months=None).pk
    return Motif.objects.select_related("organization__territory").get(pk=pk)


def first(motif, wishes, **asked):
    slot = next_wished_slot([Demand(motif)], wishes, zone=PARIS, now=NOW, **asked)
    return slot and slot.starts_at


class TestCost:
    @pytest.fixture(autouse=True)
    def mornings_of_a_year(self, motif):
        location = make_location(organization=motif.organization)
        for _ in range(3):
            make_opening(motifs=[motif], location=location, rrule="FREQ=DAILY")

    def test_one_query_where_the_very_first_suits(self, motif, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert first(motif, MORNINGS) == paris(MONDAY, 9)

    def test_three_where_the_next_days_have_one(self, motif, django_assert_num_queries):
        with django_assert_num_queries(3):
            assert first(motif, Wishes(frozenset({3}))) == paris(MONDAY + timedelta(days=3), 9)

    def test_five_where_nothing_suits_in_a_whole_year(self, motif, django_assert_num_queries):
        with django_assert_num_queries(5):
            assert first(motif, AFTERNOONS) is None


def test_a_year_ahead_is_found(motif):
    make_opening(motifs=[motif], rrule="FREQ=DAILY")
    late = MONDAY + timedelta(days=350)
    make_opening(motifs=[motif], first_day=late, start_time=time(14), end_time=time(15))

    assert first(motif, AFTERNOONS) == paris(late, 14)


def test_noon_is_that_of_the_place_on_both_sides_of_a_clock_change(motif):
    """11 h 30 and 12 h are 10:30 and 11:00 in UTC in winter, 9:30 and 10:00 in summer."""
    motif.organization.open_weekdays = list(EVERY_DAY)
    motif.organization.save()
    make_opening(motifs=[motif], start_time=time(11, 30), end_time=time(12, 30), rrule="FREQ=WEEKLY;BYDAY=SU")
    before, change = date(2026, 3, 22), date(2026, 3, 29)

    for day in (before, change):
        assert first(motif, MORNINGS, after=paris(day, 0)) == paris(day, 11, 30)
        assert first(motif, AFTERNOONS, after=paris(day, 0)) == paris(day, 12)


def test_a_place_overseas_has_its_own_weekdays():
    """Wednesday 8 h in Nouméa is Tuesday 21 h in UTC."""
    noumea = ZoneInfo("Pacific/Noumea")
    organization = make_organization(territory=make_territory(time_zone="Pacific/Noumea"))
    motif = make_motif(organization=organization)
    make_opening(motifs=[motif], start_time=time(8), end_time=time(9), rrule="FREQ=DAILY")

    slot = next_wished_slot([Demand(motif)], Wishes(frozenset({2})), zone=noumea, now=NOW)

    assert slot.starts_at.astimezone(noumea).weekday() == 2
    assert slot.starts_at.weekday() == 1
