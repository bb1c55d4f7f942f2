from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest

from organizations.models import Membership, Motif
from scheduling.models import Calendar
from scheduling.selectors.slots import Demand, next_slots, offered_slots
from scheduling.services.holds import take_hold
from tests.factories import (
    MONDAY,
    NOW,
    make_calendar,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    paris,
)

pytestmark = pytest.mark.django_db


def starts(motif, *, days=7, **arguments):
    slots = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=days), now=NOW, **arguments)
    return [slot.starts_at.astimezone(NOW.tzinfo).strftime("%H:%M") for slot in slots]


def answered_by(source, calendar):
    """Whether the windows or the core answer for the calendar must not matter."""
    if source == "core":
        Calendar.objects.filter(pk=calendar.pk).update(windows_stale_since=NOW)


@pytest.mark.parametrize("source", ["windows", "core"])
class TestNobodyIsOffered:
    """Rows stay as they are: what counts is who could receive somebody now."""

    def test_an_agent_whose_account_is_switched_off(self, source):
        opening = make_opening(motifs=[make_motif()])
        answered_by(source, opening.calendar)
        opening.calendar.agent.is_active = False
        opening.calendar.agent.save()

        assert starts(opening.motifs.get()) == []
        assert next_slots([Demand(opening.motifs.get())], now=NOW) == {}

    def test_an_agent_who_has_left_the_organization(self, source):
        motif = make_motif()
        opening = make_opening(motifs=[motif])
        make_opening(motifs=[make_motif()])
        answered_by(source, opening.calendar)
        Membership.objects.filter(agent=opening.calendar.agent).delete()

        assert starts(motif) == []

    def test_a_desk_that_is_archived(self, source):
        motif = make_motif()
        desk = make_desk(organization=motif.organization)
        make_opening(motifs=[motif], calendar=desk.calendar, location=desk.location)
        answered_by(source, desk.calendar)
        desk.archived_at = NOW
        desk.save()

        assert starts(motif) == []

    def test_a_location_that_is_closed_or_not_to_be_seen(self, source):
        motif = make_motif()
        closed = make_location(organization=motif.organization, closed_at=NOW)
        hidden = make_location(organization=motif.organization, is_visible_on_portal=False)
        calendar = make_calendar(organization=motif.organization)
        make_opening(motifs=[motif], calendar=calendar, location=closed)
        make_opening(motifs=[motif], calendar=calendar, location=hidden, start_time=time(14), end_time=time(15))
        answered_by(source, calendar)

        assert starts(motif) == []
        assert starts(motif, for_agent=True) == ["14:00", "14:30"]


def test_a_motif_by_phone_does_not_mind_the_location_of_its_opening():
    motif = make_motif(location_kind=Motif.LocationKind.PHONE)
    location = make_location(organization=motif.organization, closed_at=NOW, is_visible_on_portal=False)
    make_opening(motifs=[motif], location=location, end_time=time(10))

    assert starts(motif) == ["09:00", "09:30"]
    assert {slot.location_id for slot in next_slots([Demand(motif)], now=NOW).values()} == {None}


def test_a_follow_up_motif_is_offered_on_named_calendars_only():
    motif = make_motif(is_follow_up=True)
    opening = make_opening(motifs=[motif], end_time=time(10))
    make_opening(motifs=[motif], end_time=time(10))

    assert starts(motif) == starts(motif, calendar_ids=[]) == []
    assert starts(motif, calendar_ids=[opening.calendar_id]) == ["09:00", "09:30"]


def test_the_first_local_day_past_the_horizon_is_the_cores_far_east_too():
    """In Kiritimati that day begins ten hours before it does in UTC."""
    organization = make_organization(
        territory=make_territory(time_zone="Pacific/Kiritimati"), open_weekdays=list(range(7))
    )
    motif = make_motif(organization=organization)
    opening = make_opening(motifs=[motif], rrule="FREQ=DAILY", start_time=time(0), end_time=time(2))
    horizon = Calendar.objects.get(pk=opening.calendar_id).windows_until
    # 0 h on the local day after the horizon.
    start = datetime.combine(horizon, time(10), UTC)

    found = offered_slots([Demand(motif)], start=start, end=start + timedelta(hours=1), now=NOW, for_agent=True)

    assert [slot.starts_at for slot in found] == [start, start + timedelta(minutes=30)]


def test_the_grid_a_visitor_sees_is_the_one_without_their_own_hold():
    """A hold of another length moves the grid behind it, for everybody but its visitor."""
    organization = make_organization()
    short, long = (make_motif(organization=organization, duration=timedelta(minutes=minutes)) for minutes in (20, 30))
    make_opening(motifs=[short, long], end_time=time(11))
    visitor = uuid4()
    take_hold(
        demand=Demand(short),
        starts_at=paris(MONDAY, 9, 20),
        location_id=None,
        visitor_key=visitor,
        client_hash="here",
        now=NOW,
    )

    assert starts(long) == ["09:40", "10:10"]
    assert starts(long, visitor_key=visitor) == ["09:00", "09:30", "10:00", "10:30"]


def test_a_visitors_hold_does_not_hide_its_slot_from_them_in_a_search_past_the_horizon():
    motif = make_motif()
    opening = make_opening(motifs=[motif], rrule="FREQ=DAILY", end_time=time(10))
    visitor = uuid4()
    hold = take_hold(
        demand=Demand(motif),
        starts_at=paris(MONDAY, 9, 30),
        location_id=None,
        visitor_key=visitor,
        client_hash="here",
        now=NOW,
    )
    Calendar.objects.filter(pk=opening.calendar_id).update(windows_until=MONDAY + timedelta(days=1))

    found = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=9), now=NOW, visitor_key=visitor)

    assert hold.starts_at in [slot.starts_at for slot in found]
    assert date(2026, 3, 10) in [slot.starts_at.date() for slot in found]


@pytest.mark.parametrize("calendars", [1, 6])
def test_a_search_costs_one_query_whatever_the_number_of_calendars(calendars, django_assert_num_queries):
    motif = make_motif()
    location = make_location(organization=motif.organization)
    for _ in range(calendars):
        make_opening(motifs=[motif], location=location)
    motif = Motif.objects.select_related("organization__territory").get(pk=motif.pk)

    with django_assert_num_queries(1):
        found = starts(motif)
    with django_assert_num_queries(1):
        soonest = next_slots([Demand(motif)], now=NOW)

    assert len(found) == 6 * calendars
    assert [slot.starts_at for slot in soonest.values()] == [paris(MONDAY, 9)]
