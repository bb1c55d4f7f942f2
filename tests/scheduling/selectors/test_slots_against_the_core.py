"""Whatever the search, the SQL over stored windows and the pure core give the same slots.

The expected ones are computed here from `core_rows` and `bookable_starts` alone, with the restrictions spelled out.
"""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from organizations.models import Motif
from scheduling.engine.intervals import Interval
from scheduling.engine.slots import bookable_starts
from scheduling.models import Calendar, FreeWindow, Hold, Opening
from scheduling.selectors.availability import core_rows
from scheduling.selectors.slots import Demand, agent_bounds, citizen_bounds, next_slots, offered_slots, offered_starts
from scheduling.services.windows import refresh_windows
from tests.conftest import EXAMPLES_IN_A_DATABASE
from tests.factories import (
    make_agent,
    make_appointment,
    make_closure,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
    make_unavailability,
)

pytestmark = pytest.mark.django_db

# A Monday a few days before clocks change in Europe, in America (a week before), in Chatham and Lord Howe (after).
DAY = date(2026, 3, 23)
ZONES = ["Europe/Paris", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Kiritimati", "America/Nuuk"]

minutes = st.integers(0, 24 * 60 - 1).map(lambda number: time(number // 60, number % 60))
instants = st.builds(
    lambda hours, micros: datetime(2026, 3, 22, tzinfo=UTC) + timedelta(hours=hours, microseconds=micros),
    st.integers(0, 24 * 14),
    st.sampled_from([0, 0, 1, 999_999, 1_800_000_000, 1_799_999_999, 1_800_000_001, 2_400_000_000]),
)


@st.composite
def motifs(draw):
    months = draw(st.booleans())
    return {
        "duration": timedelta(minutes=draw(st.sampled_from([5, 7, 15, 30, 45, 50, 600, 720]))),
        "pause": timedelta(minutes=draw(st.sampled_from([0, 0, 1, 5, 10, 20, 720]))),
        "minimum_delay": timedelta(minutes=draw(st.sampled_from([0, 30, 60 * 24]))),
        "minimum_delay_binds_agents": draw(st.booleans()),
        "maximum_delay": None if months else timedelta(days=draw(st.integers(2, 12))),
        "maximum_delay_months": draw(st.integers(1, 3)) if months else None,
        "location_kind": draw(st.sampled_from([Motif.LocationKind.ON_SITE, Motif.LocationKind.PHONE])),
        "is_follow_up": draw(st.integers(0, 9)) == 9,
        "is_collective": draw(st.integers(0, 9)) == 9,
    }


@st.composite
def openings(draw):
    start, end = sorted([draw(minutes), draw(minutes)])
    return {
        "first_day": DAY + timedelta(days=draw(st.integers(-3, 8))),
        "start_time": start,
        "end_time": end if start < end and draw(st.integers(0, 4)) else time(0),
        "rrule": draw(st.sampled_from(["", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SA,SU,MO,TU", "FREQ=DAILY;INTERVAL=2"])),
    }


class World:
    """Two or three calendars of an organization, in an odd zone, with something on them."""

    def __init__(self, draw):
        self.now = draw(instants)
        zone = draw(st.sampled_from(ZONES))
        self.organization = make_organization(
            territory=make_territory(time_zone=zone), open_weekdays=list(range(draw(st.sampled_from([6, 7]))))
        )
        self.locations = [
            make_location(organization=self.organization, is_visible_on_portal=draw(st.integers(0, 3)) > 0)
            for _ in range(2)
        ]
        self.motifs = [
            make_motif(organization=self.organization, **draw(motifs())) for _ in range(draw(st.integers(1, 2)))
        ]
        self.calendars = [make_agent(organization=self.organization).calendar for _ in range(2)]
        for calendar in self.calendars:
            for _ in range(draw(st.integers(1, 2))):
                make_opening(
                    calendar=calendar,
                    motifs=draw(st.lists(st.sampled_from(self.motifs), min_size=1, unique_by=id)),
                    location=draw(st.sampled_from(self.locations)),
                    now=self.now,
                    **draw(openings()),
                )
            self.occupy(draw, calendar)
        if draw(st.integers(0, 4)) == 0:
            make_closure(
                organization=self.organization,
                now=self.now,
                first_day=DAY + timedelta(days=6),
                last_day=DAY + timedelta(days=7),
            )
        if draw(st.integers(0, 4)) == 0:
            self.locations[0].closed_at = self.now
            self.locations[0].save()
        if draw(st.integers(0, 3)) == 0:
            Calendar.objects.filter(pk=self.calendars[0].pk).update(windows_stale_since=self.now)
        if draw(st.integers(0, 3)) == 0:  # Nights that failed for long.
            self.now += timedelta(days=draw(st.integers(1, 30)))

    def occupy(self, draw, calendar):
        if draw(st.booleans()):
            make_appointment(
                motif=draw(st.sampled_from(self.motifs)),
                calendar=calendar,
                starts_at=draw(instants),
                duration=timedelta(minutes=draw(st.integers(1, 300))),
                now=self.now,
            )
        if draw(st.booleans()):
            start, end = sorted([draw(minutes), draw(minutes)])
            make_unavailability(
                organization=self.organization,
                calendar=calendar,
                first_day=DAY + timedelta(days=draw(st.integers(-2, 8))),
                start_time=start,
                end_time=end if start < end else time(0),
                now=self.now,
            )

    def hold(self, draw):
        """Somebody's, somewhere in a free window: a length of its own, on the grid or not. None when all is taken."""
        windows = list(FreeWindow.objects.filter(organization=self.organization).order_by("starts_at", "opening"))
        if not windows:
            return None
        window = draw(st.sampled_from(windows))
        motif = draw(st.sampled_from(self.motifs))
        start = window.starts_at + timedelta(minutes=draw(st.integers(0, 60)))
        opening = window.opening
        hold = Hold.objects.create(
            organization=self.organization,
            calendar=opening.calendar,
            opening=opening,
            motif=motif,
            starts_at=start,
            ends_at=start + timedelta(minutes=draw(st.integers(1, 120))),
            expires_at=self.now + timedelta(minutes=10),
            visitor_key=uuid4(),
            client_hash="here",
        )
        calendar = Calendar.objects.get(pk=opening.calendar_id)
        refresh_windows(calendars=[calendar], period=Interval(start, hold.ends_at + motif.pause), now=self.now)
        return hold.visitor_key


def expected(world, demands, *, start, end, for_agent, calendar_ids, location_ids, visitor_key, core_now):
    if location_ids == []:
        return []  # Nobody, also where no location matters.
    slots = set()
    rows = list(
        core_rows(
            [calendar.pk for calendar in world.calendars],
            first_day=start.date() - timedelta(days=3),
            last_day=end.date() + timedelta(days=3),
            now=core_now,
            without_hold_of=visitor_key,
        )
    )
    opened = {
        opening.pk: opening
        for opening in Opening.objects.filter(organization=world.organization)
        .select_related("location")
        .prefetch_related("motifs")
        .order_by("pk")
    }
    for demand in demands:
        motif = demand.motif
        first, last = (agent_bounds if for_agent else citizen_bounds)(motif, now=world.now)
        on_site = motif.location_kind == Motif.LocationKind.ON_SITE
        if motif.is_collective or (motif.is_follow_up and calendar_ids is None):
            continue
        for row in rows:
            opening = opened[row.opening_id]
            if motif not in opening.motifs.all() or (calendar_ids is not None and row.calendar_id not in calendar_ids):
                continue
            if on_site and (
                not opening.location.is_open
                or not (for_agent or opening.location.is_visible_on_portal)
                or (location_ids is not None and opening.location_id not in location_ids)
            ):
                continue
            for moment in bookable_starts(
                Interval(row.starts_at, row.ends_at), duration=motif.duration, pause=motif.pause, asked=demand.length
            ):
                if max(first, start) <= moment <= last and moment < end:
                    slots.add(
                        (
                            moment,
                            moment + demand.length,
                            motif.pk,
                            world.organization.pk,
                            opening.location_id if on_site else None,
                            row.calendar_id,
                            row.opening_id,
                        )
                    )
    return sorted(slots)


@given(st.data())
@settings(max_examples=EXAMPLES_IN_A_DATABASE, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_every_search_gives_the_slots_of_the_core(data):
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
        start = draw(instants)
        search = {
            "for_agent": draw(st.booleans()),
            "calendar_ids": draw(st.sampled_from([None, None, [], [world.calendars[0].pk]])),
            "location_ids": draw(st.sampled_from([None, None, [], [world.locations[0].pk]])),
            "visitor_key": draw(st.sampled_from([None, *visitors])),
        }
        end = start + draw(
            st.sampled_from([timedelta(microseconds=1), timedelta(days=1), timedelta(days=7), timedelta(days=400)])
        )

        found = offered_slots(demands, start=start, end=end, now=world.now, **search)
        starts = offered_starts(demands, start=start, end=end, now=world.now, **search)
        assert starts == {slot.starts_at for slot in found}
        wanted = expected(world, demands, start=start, end=end, core_now=world.now, **search)
        assert list(map(tuple, found)) == wanted

        firsts = {}
        for slot in wanted:
            firsts.setdefault((slot[3], slot[4]), slot)
        horizon = min(
            Calendar.objects.filter(pk__in=[calendar.pk for calendar in world.calendars]).values_list(
                "windows_until", flat=True
            )
        )
        within_horizon = {place for place, slot in firsts.items() if slot[0].date() < horizon}
        soonest = next_slots(demands, now=world.now, after=start, within=end - start, **search)
        assert {place: tuple(slot) for place, slot in soonest.items() if place in within_horizon} == {
            place: firsts[place] for place in within_horizon
        }
        transaction.set_rollback(True)
