"""Several calendars free at the same start are one slot, and the one with the fewest RDVs is asked first."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from organizations.models import Motif
from scheduling.models import Appointment
from scheduling.selectors.candidates import candidates_for
from scheduling.selectors.slots import Demand, nearest_slots, offered_slots
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment
from tests.conftest import EXAMPLES_IN_A_DATABASE
from tests.factories import (
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Days of clock change and those around them: Sundays, so that a week ends there too.
SPRING = {
    "Europe/Paris": date(2026, 3, 29),
    "Europe/Lisbon": date(2026, 3, 29),
    "America/Miquelon": date(2026, 3, 8),
    "Pacific/Noumea": date(2026, 3, 29),
    "Indian/Reunion": date(2026, 3, 8),
}


def written_on(appointments, zone):
    """The page and the ISO week on which each stands in a paper calendar."""
    pages = [starts_at.astimezone(zone).date() for starts_at in appointments]
    return pages, [page.isocalendar()[:2] for page in pages]


@pytest.fixture
def offices():
    """In each zone: a motif of one hour, three calendars opened night and day, a citizen and who books."""
    return {zone_name: make_office(zone_name, day) for zone_name, day in SPRING.items()}


def make_office(zone_name, day):
    organization = make_organization(territory=make_territory(time_zone=zone_name), open_weekdays=list(range(7)))
    motif = make_motif(organization=organization, duration=HOUR, location_kind=Motif.LocationKind.PHONE)
    calendars = [make_agent(organization=organization).calendar for _ in range(3)]
    for calendar in calendars:
        make_opening(
            calendar=calendar,
            motifs=[motif],
            location=None,
            first_day=day - 2 * DAY,
            rrule=f"FREQ=DAILY;UNTIL={day + 2 * DAY:%Y%m%d}",
            start_time=time(0),
            end_time=time(0),
        )
    booked = {
        "citizen": make_citizen(organization=organization),
        "actor": Actor.of(make_agent(organization=organization)),
    }
    return motif, calendars, booked


@given(st.data(), st.sampled_from(sorted(SPRING)))
@settings(max_examples=EXAMPLES_IN_A_DATABASE, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_the_fairest_comes_first_by_the_pages_of_their_calendars(offices, data, zone_name):
    draw, zone, day = data.draw, ZoneInfo(zone_name), SPRING[zone_name]
    hours = st.integers(-30, 54).map(lambda number: datetime(day.year, day.month, day.day, tzinfo=UTC) + number * HOUR)
    motif, calendars, booked = offices[zone_name]
    with transaction.atomic():
        counted = {calendar.pk: [] for calendar in calendars}
        for calendar in calendars:
            for starts_at in draw(st.lists(hours, max_size=2, unique=True)):
                appointment = make_appointment(motif=motif, calendar=calendar, starts_at=starts_at, **booked)
                if draw(st.integers(0, 3)):
                    counted[calendar.pk].append(starts_at)
                else:
                    cancel_appointment(
                        appointment=appointment,
                        status=Appointment.Status.CANCELLED_BY_AGENT,
                        actor=booked["actor"],
                        now=NOW,
                    )

        demand, starts_at = Demand(motif), draw(hours)
        candidates = candidates_for(demand, starts_at=starts_at, now=NOW)

        (page,), (week,) = written_on([starts_at], zone)
        claims = []
        for number, appointments in counted.items():
            pages, weeks = written_on(appointments, zone)
            if starts_at not in appointments:
                claims.append((pages.count(page), weeks.count(week), number))
        assert [slot.calendar_id for slot in candidates] == [number for *_, number in sorted(claims)]

        offered = offered_slots([demand], start=starts_at, end=starts_at + HOUR, now=NOW)
        assert sorted(slot.calendar_id for slot in offered) == sorted(number for *_, number in claims)
        near = nearest_slots(demand, to=starts_at, now=NOW, count=5)
        assert len({slot.starts_at for slot in near}) == 5
        assert (near[0].starts_at == starts_at) == bool(claims)
        transaction.set_rollback(True)
