from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from organizations.models import Motif
from scheduling.exceptions import OverlapNotConfirmed, SlotTaken
from scheduling.models import Appointment, AppointmentCalendar, FreeWindow, Hold
from scheduling.selectors.slots import Demand, next_slots, offered_slots
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment, move_appointment
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.holds import HOLD_LASTS, release_hold, sweep_expired_holds, take_hold
from tests.factories import (
    MONDAY,
    NOW,
    make_appointment,
    make_calendar,
    make_citizen,
    make_motif,
    make_opening,
    make_organization,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization)


@pytest.fixture
def opening(motif):
    return make_opening(motifs=[motif])


def starts(motif, **arguments):
    slots = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=7), now=NOW, **arguments)
    return [slot.starts_at.astimezone(NOW.tzinfo).strftime("%H:%M") for slot in slots]


def book(motif, hour, minute=0, **arguments):
    arguments.setdefault("attendees", [Attendee(make_citizen(organization=motif.organization))])
    return book_appointment(
        **{
            "demand": Demand(motif),
            "starts_at": paris(MONDAY, hour, minute),
            "location_id": None,
            "actor": CITIZEN,
            "now": NOW,
        }
        | arguments
    )


def hold(motif, hour, minute=0, *, visitor_key=None, now=NOW, **arguments):
    return take_hold(
        demand=Demand(motif),
        starts_at=paris(MONDAY, hour, minute),
        location_id=None,
        visitor_key=visitor_key or uuid4(),
        client_hash=arguments.pop("client_hash", "here"),
        now=now,
        **arguments,
    )


def test_an_opening_is_cut_into_slots_of_the_motifs_duration(motif, opening):
    assert starts(motif) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]


def test_a_booked_slot_is_no_longer_offered(motif, opening):
    appointment = book(motif, 10)

    assert "10:00" not in starts(motif)
    assert appointment.location_id == opening.location_id
    assert list(appointment.calendars.all()) == [opening.calendar]


def test_a_slot_that_is_taken_is_refused_with_the_nearest_free_ones(motif, opening):
    book(motif, 10)

    with pytest.raises(SlotTaken) as refusal:
        book(motif, 10)

    nearest = [slot.starts_at for slot in refusal.value.nearest]
    assert nearest == [paris(MONDAY, 9, 30), paris(MONDAY, 10, 30), paris(MONDAY, 9)]
    assert Appointment.objects.count() == 1


def test_the_pause_after_an_appointment_restarts_the_grid(organization):
    motif = make_motif(organization=organization, pause=timedelta(minutes=10))
    make_opening(motifs=[motif])

    book(motif, 9, 40)

    assert starts(motif) == ["09:00", "10:20", "11:00"]


def test_a_start_off_the_grid_is_refused(motif, opening):
    with pytest.raises(SlotTaken):
        book(motif, 9, 10)


def test_the_fairest_calendar_takes_the_appointment(motif, opening):
    colleague = make_opening(motifs=[motif], location=opening.location).calendar
    book(motif, 9)

    assert list(book(motif, 10).calendars.all()) == [colleague]


def test_the_same_idempotency_key_gives_the_same_appointment(motif, opening):
    key = uuid4()

    assert book(motif, 9, idempotency_key=key) == book(motif, 9, idempotency_key=key)
    assert Appointment.objects.count() == 1


def test_an_agent_busy_in_one_organization_is_busy_in_all(motif, opening):
    elsewhere = make_organization()
    make_appointment(organization=elsewhere, calendar=opening.calendar, starts_at=paris(MONDAY, 9, 15))

    assert starts(motif) == ["09:45", "10:15", "10:45", "11:15"]


def test_a_cancelled_appointment_gives_its_slot_back(motif, opening):
    appointment = book(motif, 10)

    cancel_appointment(appointment=appointment, status=Appointment.Status.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW)

    assert "10:00" in starts(motif)
    assert FreeWindow.objects.count() == 1


def test_a_move_frees_the_old_slot_and_takes_the_new_one(motif, opening):
    appointment = book(motif, 10)

    moved = move_appointment(
        appointment=appointment, starts_at=paris(MONDAY, 11), location_id=opening.location_id, actor=CITIZEN, now=NOW
    )

    assert (moved.starts_at, moved.ics_sequence) == (paris(MONDAY, 11), 1)
    assert starts(motif) == ["09:00", "09:30", "10:00", "10:30", "11:30"]
    assert AppointmentCalendar.objects.get().starts_at == paris(MONDAY, 11)


class TestHold:
    def test_hides_the_slot_from_everybody_but_its_visitor(self, motif, opening):
        visitor = uuid4()
        hold(motif, 10, visitor_key=visitor)

        assert "10:00" not in starts(motif)
        assert "10:00" in starts(motif, visitor_key=visitor)

    def test_of_a_visitor_replaces_the_one_before(self, motif, opening):
        visitor = uuid4()
        hold(motif, 10, visitor_key=visitor)
        hold(motif, 11, visitor_key=visitor)

        assert Hold.objects.get().starts_at == paris(MONDAY, 11)
        assert "10:00" in starts(motif)

    def test_becomes_the_appointment(self, motif, opening):
        visitor = uuid4()
        hold(motif, 10, visitor_key=visitor)

        book(motif, 10, visitor_key=visitor)

        assert not Hold.objects.exists()
        assert "10:00" not in starts(motif)

    def test_is_kept_even_where_the_grid_has_moved(self, motif, opening):
        visitor = uuid4()
        hold(motif, 10, visitor_key=visitor)
        make_appointment(
            motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9), duration=timedelta(minutes=20)
        )

        assert book(motif, 10, visitor_key=visitor).starts_at == paris(MONDAY, 10)

    def test_that_expired_is_booked_all_the_same_when_nobody_took_the_slot(self, motif, opening):
        visitor = uuid4()
        hold(motif, 10, visitor_key=visitor)

        appointment = book(motif, 10, visitor_key=visitor, now=NOW + HOLD_LASTS)

        assert appointment.starts_at == paris(MONDAY, 10)
        assert not Hold.objects.exists()

    def test_that_expired_hides_its_slot_until_it_is_swept(self, motif, opening):
        hold(motif, 10)

        with pytest.raises(SlotTaken):
            hold(motif, 10, now=NOW + HOLD_LASTS)

    def test_that_expired_is_swept(self, motif, opening):
        hold(motif, 10)

        assert sweep_expired_holds(now=NOW + HOLD_LASTS - timedelta(seconds=1)) == 0
        assert sweep_expired_holds(now=NOW + HOLD_LASTS) == 1
        assert "10:00" in starts(motif)

    def test_is_given_back(self, motif, opening):
        visitor = uuid4()
        hold(motif, 10, visitor_key=visitor)

        release_hold(visitor_key=visitor, now=NOW)

        assert "10:00" in starts(motif)


class TestTheDatabaseRefuses:
    def test_two_appointments_of_one_calendar_at_the_same_time(self, opening):
        make_appointment(calendar=opening.calendar, starts_at=paris(MONDAY, 9))
        other = make_appointment(starts_at=paris(MONDAY, 9))

        with pytest.raises(IntegrityError, match="appointment_never_double_booked"), transaction.atomic():
            AppointmentCalendar.objects.create(
                organization=other.organization,
                appointment=other,
                calendar=opening.calendar,
                starts_at=other.starts_at,
                ends_at=other.ends_at,
            )

    def test_a_move_onto_another_appointment_without_the_service(self, motif, opening):
        book(motif, 9)
        later = book(motif, 10)

        with pytest.raises(IntegrityError, match="appointment_never_double_booked"), transaction.atomic():
            Appointment.objects.filter(pk=later.pk).update(starts_at=paris(MONDAY, 9), ends_at=paris(MONDAY, 9, 30))

    def test_a_cancelled_one_brought_back_where_somebody_else_is(self, motif, opening):
        first = book(motif, 9)
        cancel_appointment(appointment=first, status=Appointment.Status.CANCELLED_BY_AGENT, actor=CITIZEN, now=NOW)
        book(motif, 9)

        with pytest.raises(IntegrityError, match="appointment_never_double_booked"), transaction.atomic():
            Appointment.objects.filter(pk=first.pk).update(status=Appointment.Status.BOOKED)

    def test_a_motif_of_another_organization(self, motif, opening):
        appointment = book(motif, 9)

        with pytest.raises(IntegrityError, match="appointment_motif_of_its_organization"), transaction.atomic():
            Appointment.objects.filter(pk=appointment.pk).update(motif=make_motif())
            connection.check_constraints()


def test_an_overlap_placed_by_hand_has_to_be_confirmed(motif, opening):
    book(motif, 9)

    with pytest.raises(OverlapNotConfirmed):
        make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9))
    make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9), is_overlap_confirmed=True)

    assert Appointment.objects.count() == 2


def test_next_availability_of_each_location_costs_one_query(motif, opening, django_assert_num_queries):
    other = make_opening(motifs=[motif], start_time=time(14), end_time=time(16))
    book(motif, 9)

    with django_assert_num_queries(1):
        found = next_slots([Demand(motif)], now=NOW)

    assert {location_id: slot.starts_at for (_, location_id), slot in found.items()} == {
        opening.location_id: paris(MONDAY, 9, 30),
        other.location_id: paris(MONDAY, 14),
    }


def test_a_past_horizon_search_of_an_agent_is_answered_by_the_core(motif):
    opening = make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO")
    opening.calendar.refresh_from_db()
    far = paris(opening.calendar.windows_until, 9) + timedelta(days=14)
    far -= timedelta(days=far.weekday())

    slots = offered_slots([Demand(motif)], start=far, end=far + timedelta(days=1), now=NOW, for_agent=True)

    assert [slot.starts_at for slot in slots][:1] == [far]
    assert len(slots) == 6


def test_calendar_without_openings_has_no_slots(motif):
    make_calendar(organization=motif.organization)

    assert starts(motif) == []


class TestInAnotherTransaction:
    """As on the portal, where the citizen is written with the appointment."""

    def test_a_refusal_leaves_the_transaction_usable(self, motif, opening):
        with transaction.atomic():
            book(motif, 10)
            with pytest.raises(SlotTaken):
                book(motif, 10)
            book(motif, 11)

        assert Appointment.objects.count() == 2

    def test_what_is_rolled_back_gives_the_slot_back(self, motif, opening):
        with transaction.atomic():
            book(motif, 10)
            transaction.set_rollback(True)

        assert "10:00" in starts(motif)


def test_the_same_idempotency_key_in_another_organization_is_another_appointment(motif, opening):
    key, elsewhere = uuid4(), make_motif()
    make_opening(motifs=[elsewhere])

    assert book(motif, 9, idempotency_key=key) != book(elsewhere, 9, idempotency_key=key)


def test_somebody_registered_twice_is_a_fault_and_no_slot_taken(motif, opening):
    attendee = Attendee(make_citizen(organization=motif.organization))

    with pytest.raises(IntegrityError, match="participation_once"), transaction.atomic():
        book(motif, 9, attendees=[attendee, attendee])


@pytest.mark.parametrize("calendars", [2, 8])
def test_booking_and_moving_cost_the_same_on_many_calendars(calendars, opening, motif, django_assert_max_num_queries):
    for _ in range(calendars - 1):
        make_opening(motifs=[motif], location=opening.location)
    motif = Motif.objects.select_related("organization__territory").get(pk=motif.pk)
    attendees = [Attendee(make_citizen(organization=motif.organization))]

    with django_assert_max_num_queries(31):
        appointment = book(motif, 9, attendees=attendees)
    with django_assert_max_num_queries(39):
        move_appointment(
            appointment=appointment,
            starts_at=paris(MONDAY, 11),
            location_id=opening.location_id,
            actor=CITIZEN,
            now=NOW,
        )
