"""Whatever is written, in whatever order, the stored windows are those that the core computes from scratch."""

from datetime import timedelta
from uuid import uuid4

import pytest

from scheduling.models import (
    Appointment,
    Calendar,
    FreeWindow,
    Hold,
)
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.desks import archive_desk, unarchive_desk
from scheduling.services.holds import sweep_expired_holds, take_hold
from scheduling.services.motifs import change_motif
from scheduling.services.recomputation import MOST_CALENDARS_AT_ONCE, refresh_stale_calendars
from tests.factories import (
    NOW,
    make_agent,
    make_appointment,
    make_calendar,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    paris,
)
from tests.scheduling.walks import Walk, conflict_drift, drift

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in (3, 4))])
def test_a_walk_of_random_writes_leaves_the_windows_of_the_core_after_every_step(seed):
    walk = Walk(seed)
    walked = []
    for _ in range(60):
        walked.append(walk.step())
        assert drift(walk.now) == (set(), set()), f"seed {seed}, after {' > '.join(walked[-5:])}"
        assert conflict_drift(walk.now) == {}, f"seed {seed}, after {' > '.join(walked[-5:])}"

    assert FreeWindow.objects.exists(), "a walk that went nowhere"
    assert Appointment.objects.exists(), "a walk that went nowhere"


class TestAChangedPause:
    def test_frees_or_takes_time_after_appointments_placed_where_no_opening_carries_the_motif(self):
        motif = make_motif()
        calendar = make_calendar(organization=motif.organization)
        other = make_motif(organization=motif.organization)
        make_opening(calendar=calendar, motifs=[other])
        make_appointment(motif=motif, calendar=calendar, starts_at=paris(NOW.date(), 9))

        change_pause(motif, 20)

        assert [window.starts_at for window in FreeWindow.objects.order_by("pk")] == [paris(NOW.date(), 9, 50)]
        assert drift(NOW) == (set(), set())

    def test_reaches_the_calendar_of_an_agent_who_has_left(self):
        motif = make_motif()
        agent = make_agent(organization=motif.organization)
        make_opening(calendar=agent.calendar)
        make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(NOW.date(), 9))
        agent.memberships.all().delete()

        change_pause(motif, 20)

        assert drift(NOW) == (set(), set())

    def test_of_many_calendars_leaves_no_window_that_is_trusted_and_wrong(self):
        organization = make_organization()
        motif, location = make_motif(organization=organization), make_location(organization=organization)
        calendars = [make_calendar(organization=organization) for _ in range(MOST_CALENDARS_AT_ONCE + 1)]
        for calendar in calendars:
            make_opening(calendar=calendar, motifs=[motif], location=location)
        make_appointment(motif=motif, calendar=calendars[0], starts_at=paris(NOW.date(), 9))

        change_pause(motif, 20)

        assert Calendar.objects.filter(windows_stale_since=NOW).count() >= len(calendars)
        assert drift(NOW) == (set(), set())  # Of those that are trusted: none is wrong.
        refresh_stale_calendars(now=NOW)
        assert not Calendar.objects.exclude(windows_stale_since=None).exists()
        assert drift(NOW) == (set(), set())


def change_pause(motif, minutes):
    change_motif(
        motif=motif,
        options=[],
        questions=[],
        units=[],
        partner_types=[],
        pause=timedelta(minutes=minutes),
        now=NOW,
    )


def test_an_archived_desk_has_no_windows_and_has_them_again_when_it_is_back():
    desk = make_desk()
    make_opening(calendar=desk.calendar, organization=desk.organization)
    before = set(FreeWindow.objects.values_list("starts_at", "ends_at"))

    archive_desk(desk=desk, now=NOW)
    assert not FreeWindow.objects.exists()
    unarchive_desk(desk=desk, now=NOW)

    assert before
    assert set(FreeWindow.objects.values_list("starts_at", "ends_at")) == before


def test_a_longer_maximum_delay_extends_what_is_kept_in_the_same_write():
    motif = make_motif(maximum_delay_months=1)
    opening = make_opening(motifs=[motif], rrule="FREQ=DAILY")
    kept = FreeWindow.objects.count()

    change_motif(motif=motif, options=[], questions=[], units=[], partner_types=[], maximum_delay_months=6, now=NOW)

    opening.calendar.refresh_from_db()
    assert FreeWindow.objects.count() > 4 * kept
    assert opening.calendar.windows_until > NOW.date() + timedelta(days=180)
    assert drift(NOW) == (set(), set())


def test_holds_left_by_a_walk_are_busy_until_they_are_swept():
    motif = make_motif()
    make_opening(motifs=[motif])
    slot = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=1), now=NOW)[0]
    take_hold(
        demand=Demand(motif),
        starts_at=slot.starts_at,
        location_id=slot.location_id,
        visitor_key=uuid4(),
        client_hash="here",
        now=NOW,
    )
    later = NOW + timedelta(minutes=10)

    _, missing = drift(later)
    assert missing  # Hidden a little longer, never the reverse.
    assert Hold.objects.count() == 1
    sweep_expired_holds(now=later)

    assert drift(later) == (set(), set())
