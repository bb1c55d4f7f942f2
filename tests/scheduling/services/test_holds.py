from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError

from scheduling.exceptions import HoldNotProlonged, SlotTaken, TooManyHolds
from scheduling.models import HOLD_LASTS, Hold, OpeningMotif
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.holds import (
    MOST_HOLDS_PER_CLIENT,
    MOST_PROLONGED_PER_CLIENT,
    prolong_hold,
    sweep_expired_holds,
    take_hold,
)
from scheduling.services.openings import change_opening, close_opening
from tests.factories import (
    MONDAY,
    NOW,
    make_appointment,
    make_calendar,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_unavailability,
    paris,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


@pytest.fixture
def opening(motif):
    return make_opening(motifs=[motif])


@pytest.fixture
def visitor():
    return uuid4()


def hold(motif, visitor, hour=10, minute=0, *, now=NOW, location_id=None, **arguments):
    return take_hold(
        **{
            "demand": Demand(motif),
            "starts_at": paris(MONDAY, hour, minute),
            "location_id": location_id,
            "visitor_key": visitor,
            "client_hash": "here",
            "now": now,
        }
        | arguments
    )


def book(motif, visitor, hour=10, minute=0, *, now=LATER, **arguments):
    return book_appointment(
        **{
            "demand": Demand(motif),
            "starts_at": paris(MONDAY, hour, minute),
            "location_id": None,
            "attendees": [Attendee(make_citizen(organization=motif.organization))],
            "actor": CITIZEN,
            "visitor_key": visitor,
            "now": now,
        }
        | arguments
    )


def starts(motif, **arguments):
    slots = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=7), now=NOW, **arguments)
    return [slot.starts_at.astimezone(NOW.tzinfo).strftime("%H:%M") for slot in slots]


class TestAskedAgain:
    def test_is_the_same_hold_not_prolonged(self, motif, opening, visitor):
        first = hold(motif, visitor)

        again = hold(motif, visitor, now=LATER)

        assert (again.pk, again.expires_at) == (first.pk, NOW + HOLD_LASTS)

    def test_stays_with_its_calendar_although_another_has_less_to_do_by_now(self, motif, opening, visitor):
        make_opening(motifs=[motif], location=opening.location)
        first = hold(motif, visitor)
        make_appointment(motif=motif, calendar=first.calendar, starts_at=paris(MONDAY, 15))

        again = hold(motif, visitor, now=LATER)

        assert (again.pk, again.expires_at) == (first.pk, NOW + HOLD_LASTS)

    def test_stays_where_the_grid_has_moved(self, motif, opening, visitor):
        first = hold(motif, visitor)
        make_appointment(
            motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9), duration=timedelta(minutes=20)
        )

        assert hold(motif, visitor, now=LATER).pk == first.pk

    def test_begins_anew_once_it_has_expired(self, motif, opening, visitor):
        hold(motif, visitor)

        again = hold(motif, visitor, now=NOW + HOLD_LASTS)

        assert again.expires_at == NOW + 2 * HOLD_LASTS
        assert Hold.objects.count() == 1

    def test_for_another_length_takes_the_other_length(self, motif, opening, visitor):
        hold(motif, visitor)

        longer = hold(motif, visitor, demand=Demand(motif, persons=2))

        assert longer.ends_at == paris(MONDAY, 11)
        assert starts(motif) == ["09:00", "09:30", "11:00", "11:30"]

    def test_falls_to_a_colleague_when_its_agent_has_fallen_ill(self, motif, opening, visitor):
        colleague = make_opening(motifs=[motif], location=opening.location).calendar
        first = hold(motif, visitor)
        assert first.calendar == opening.calendar
        make_unavailability(calendar=opening.calendar, organization=motif.organization)

        assert hold(motif, visitor, now=LATER).calendar == colleague


class TestConfirmed:
    def test_at_another_location_than_asked_is_not_what_was_held(self, motif, opening, visitor):
        elsewhere = make_opening(motifs=[motif])
        hold(motif, visitor, location_id=opening.location_id)

        appointment = book(motif, visitor, location_id=elsewhere.location_id)

        assert appointment.location_id == elsewhere.location_id
        assert not Hold.objects.exists()
        assert starts(motif, location_ids=[opening.location_id])[2] == "10:00"

    def test_on_other_calendars_than_asked_is_not_what_was_held(self, motif, opening, visitor):
        other = make_opening(motifs=[motif], location=opening.location).calendar
        hold(motif, visitor, calendar_ids=[opening.calendar_id])

        assert book(motif, visitor, calendar_ids=[other.pk]).calendars.get() == other

    def test_falls_to_a_colleague_when_its_agent_has_fallen_ill(self, motif, opening, visitor):
        colleague = make_opening(motifs=[motif], location=opening.location).calendar
        assert hold(motif, visitor).calendar == opening.calendar
        make_unavailability(calendar=opening.calendar, organization=motif.organization)

        assert book(motif, visitor).calendars.get() == colleague
        assert not Hold.objects.exists()

    def test_gives_a_slot_across_the_visitors_own_other_hold(self, motif, opening, visitor):
        short = make_motif(organization=motif.organization, duration=timedelta(minutes=15))
        OpeningMotif.objects.create(organization=motif.organization, opening=opening, motif=short)
        hold(short, visitor, 9, 45)

        assert book(motif, visitor, 9, 30).starts_at == paris(MONDAY, 9, 30)
        assert not Hold.objects.exists()

    def test_on_another_calendar_gives_back_what_was_held(self, motif, opening, visitor):
        other = make_opening(motifs=[motif], location=opening.location, start_time=opening.end_time, end_time=time(13))
        hold(motif, visitor)

        assert book(motif, visitor, 12).calendars.get() == other.calendar
        assert "10:00" in starts(motif)

    def test_is_refused_once_the_opening_no_longer_carries_the_motif(self, motif, opening, visitor):
        hold(motif, visitor)
        change_opening(opening=opening, motifs=[make_motif(organization=motif.organization)], now=NOW)

        with pytest.raises(SlotTaken):
            book(motif, visitor)

    def test_is_refused_once_the_opening_is_at_another_location(self, motif, opening, visitor):
        hold(motif, visitor)
        before, elsewhere = opening.location_id, make_location(organization=motif.organization)
        change_opening(opening=opening, motifs=[motif], location=elsewhere, now=NOW)

        with pytest.raises(SlotTaken):
            book(motif, visitor, location_id=before)

    def test_is_refused_once_the_opening_is_gone(self, motif, opening, visitor):
        hold(motif, visitor)
        close_opening(opening=opening, now=NOW)

        with pytest.raises(SlotTaken):
            book(motif, visitor)
        assert not Hold.objects.exists()

    def test_is_refused_once_an_agent_has_placed_somebody_there(self, motif, opening, visitor):
        hold(motif, visitor)
        make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 10))

        with pytest.raises(SlotTaken):
            book(motif, visitor)

    def test_keeps_its_promise_when_the_minimum_delay_passes_meanwhile(self, motif, opening, visitor):
        early = paris(MONDAY, 8, 29)
        hold(motif, visitor, 9, now=early)

        assert book(motif, visitor, 9, now=early + timedelta(minutes=5)).starts_at == paris(MONDAY, 9)


def test_an_address_holds_so_many_slots_and_no_more(motif):
    location = make_location(organization=motif.organization)
    for _ in range(MOST_HOLDS_PER_CLIENT + 1):
        make_opening(motifs=[motif], location=location)
    for _ in range(MOST_HOLDS_PER_CLIENT):
        hold(motif, uuid4())

    with pytest.raises(TooManyHolds):
        hold(motif, uuid4())
    assert hold(motif, uuid4(), client_hash="elsewhere")


def test_a_fault_of_ours_is_not_told_as_a_slot_that_is_taken(motif, opening, visitor):
    with pytest.raises(IntegrityError):
        hold(motif, visitor, client_hash=None)


def test_an_option_of_another_motif_is_no_demand(motif):
    with pytest.raises(ValueError, match="another motif"):
        Demand(motif, make_option())


def test_calendars_may_be_named_by_any_iterable_once(motif, opening, visitor):
    named = iter([opening.calendar_id])
    make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 10))
    make_opening(motifs=[motif], calendar=make_calendar(organization=motif.organization), location=opening.location)

    with pytest.raises(SlotTaken) as refusal:
        hold(motif, visitor, calendar_ids=named)
    assert {slot.calendar_id for slot in refusal.value.nearest} == {opening.calendar_id}


class TestProlonged:
    def test_once_by_ten_minutes_more_than_was_promised(self, motif, opening, visitor):
        hold(motif, visitor)

        assert prolong_hold(visitor_key=visitor, now=LATER).expires_at == NOW + 2 * HOLD_LASTS
        assert sweep_expired_holds(now=NOW + HOLD_LASTS) == 0
        with pytest.raises(HoldNotProlonged):
            prolong_hold(visitor_key=visitor, now=LATER)
        assert Hold.objects.get().expires_at == NOW + 2 * HOLD_LASTS
        assert sweep_expired_holds(now=NOW + 2 * HOLD_LASTS) == 1

    def test_asking_again_for_the_slot_gives_no_new_time(self, motif, opening, visitor):
        hold(motif, visitor)
        prolong_hold(visitor_key=visitor, now=LATER)

        assert hold(motif, visitor, now=LATER).expires_at == NOW + 2 * HOLD_LASTS
        with pytest.raises(HoldNotProlonged):
            prolong_hold(visitor_key=visitor, now=LATER)

    def test_nothing_for_who_holds_nothing(self, motif, opening, visitor):
        hold(motif, visitor)

        with pytest.raises(HoldNotProlonged):
            prolong_hold(visitor_key=uuid4(), now=LATER)
        with pytest.raises(HoldNotProlonged):
            prolong_hold(visitor_key=visitor, now=NOW + HOLD_LASTS)
        assert Hold.objects.get().expires_at == NOW + HOLD_LASTS

    def test_an_address_prolongs_some_at_once(self, motif, visitor):
        location = make_location(organization=motif.organization)
        visitors = [uuid4() for _ in range(MOST_PROLONGED_PER_CLIENT + 1)]
        for each in visitors:
            make_opening(motifs=[motif], location=location)
            hold(motif, each)
        for each in visitors[:-1]:
            prolong_hold(visitor_key=each, now=LATER)

        with pytest.raises(TooManyHolds):
            prolong_hold(visitor_key=visitors[-1], now=LATER)
        make_opening(motifs=[motif], location=location)
        hold(motif, visitor, client_hash="elsewhere")
        assert prolong_hold(visitor_key=visitor, now=LATER).prolonged_at == LATER

    def test_no_offer_is(self, motif, opening, visitor):
        """Its time is that of the offer, which was written to somebody."""
        hold(motif, visitor)
        Hold.objects.update(taken_at=None)

        with pytest.raises(HoldNotProlonged):
            prolong_hold(visitor_key=visitor, now=LATER)

    @pytest.mark.parametrize(
        "written",
        [
            {"expires_at": NOW + HOLD_LASTS + timedelta(seconds=1)},
            {"prolonged_at": LATER, "expires_at": NOW + 2 * HOLD_LASTS + timedelta(seconds=1)},
            {"prolonged_at": LATER, "taken_at": None},
            {"prolonged_at": NOW - timedelta(seconds=1)},
        ],
    )
    def test_the_database_knows_no_longer_ones(self, motif, opening, visitor, written):
        hold(motif, visitor)

        with pytest.raises(IntegrityError, match="hold_prolonged_once"):
            Hold.objects.update(**written)

    def test_it_costs_six_queries(self, motif, opening, visitor, django_assert_num_queries):
        hold(motif, visitor)

        with django_assert_num_queries(6 + 2):  # A savepoint stands for the transaction here.
            prolong_hold(visitor_key=visitor, now=LATER)
