"""Earlier slots: what follows when an offer is taken, declined, left without an answer or overtaken by events."""

from datetime import time, timedelta

import pytest

from scheduling.engine.earlier_slots import Wishes
from scheduling.exceptions import OfferGone
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    EarlierSlotRequest,
    Hold,
)
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import move_appointment
from scheduling.services.holds import sweep_expired_holds
from scheduling.services.openings import close_opening
from scheduling.services.slot_offers import (
    decline_offer,
    keep_waiting_list,
    leave_waiting_list,
    offer_freed_time,
    take_offer,
)
from tests.factories import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    make_appointment,
    make_motif,
    make_opening,
    make_organization,
    paris,
)
from tests.scheduling.earlier_slots import (
    FAR,
    TEN,
    bookable,
    cancel,
    forget,
    free_and_offer,
    make_full,
    make_waiting,
    only_offer,
)

pytestmark = pytest.mark.django_db

NEXT_DAY = TEN + timedelta(days=1)


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


class TestTaken:
    @pytest.fixture
    def request_of(self, motif):
        return make_waiting(motif=motif)

    @pytest.fixture
    def offer(self, motif, request_of):
        (taken,) = make_full(motif=motif)
        free_and_offer(taken)
        return only_offer(request_of)

    def test_moves_the_rendez_vous_and_ends_the_waiting(self, offer, request_of):
        take_offer(offer=offer, now=TEN)

        appointment = Appointment.objects.get(pk=request_of.appointment_id)
        assert appointment.starts_at == paris(WEDNESDAY, 9)
        assert [calendar.pk for calendar in appointment.calendars.order_by("pk")] == [offer.calendar_id]
        assert appointment.location_id == offer.location_id
        request_of.refresh_from_db()
        offer.refresh_from_db()
        assert (request_of.end, offer.state) == ("moved", "taken")
        event = AppointmentEvent.objects.get(appointment=appointment, kind="moved")
        assert event.reason == "Créneau plus tôt, proposé par la liste d'attente"
        assert not Hold.objects.exists()

    def test_twice_moves_it_once(self, offer, request_of):
        take_offer(offer=offer, now=TEN)
        take_offer(offer=offer, now=TEN + timedelta(minutes=1))

        assert AppointmentEvent.objects.filter(kind="moved").count() == 1

    def test_leaves_the_old_slot_to_the_next_who_waits(self, motif, offer, request_of):
        calendar = request_of.appointment.calendars.get()
        make_opening(motifs=[motif], calendar=calendar, first_day=FAR)
        next_one = make_waiting(motif=motif, day=FAR + timedelta(days=3))
        forget()

        take_offer(offer=offer, now=TEN)
        keep_waiting_list(now=TEN)

        assert only_offer(next_one).starts_at == paris(FAR, 9)

    @pytest.mark.parametrize(("minutes", "is_taken"), [(119, True), (120, False)])
    def test_up_to_the_last_moment_and_not_after(self, offer, request_of, minutes, is_taken):
        now = TEN + timedelta(minutes=minutes)
        if is_taken:
            take_offer(offer=offer, now=now)
        else:
            with pytest.raises(OfferGone):
                take_offer(offer=offer, now=now)

        appointment = Appointment.objects.get(pk=request_of.appointment_id)
        assert appointment.starts_at == (paris(WEDNESDAY, 9) if is_taken else paris(FAR, 9))

    def test_not_after_a_no(self, motif, offer):
        decline_offer(offer=offer, now=TEN)

        with pytest.raises(OfferGone):
            take_offer(offer=offer, now=TEN)
        assert bookable(motif) == [paris(WEDNESDAY, 9)]

    def test_not_once_the_rendez_vous_is_cancelled(self, motif, offer, request_of):
        cancel(request_of.appointment)

        with pytest.raises(OfferGone):
            take_offer(offer=offer, now=TEN)
        offer.refresh_from_db()
        request_of.refresh_from_db()
        assert (offer.state, request_of.end) == ("withdrawn", "appointment_over")
        sweep_expired_holds(now=TEN)
        assert bookable(motif) == [paris(WEDNESDAY, 9)]

    def test_not_once_the_rendez_vous_has_been_moved_before_it(self, motif, offer, request_of):
        make_opening(motifs=[motif], first_day=TUESDAY)
        move_appointment(
            appointment=request_of.appointment,
            starts_at=paris(TUESDAY, 9),
            location_id=None,
            actor=CITIZEN,
            now=TEN,
        )

        with pytest.raises(OfferGone):
            take_offer(offer=offer, now=TEN)
        assert Appointment.objects.get(pk=request_of.appointment_id).starts_at == paris(TUESDAY, 9)

    def test_still_once_it_has_been_moved_to_another_day_after_it(self, motif, offer, request_of):
        make_opening(motifs=[motif], first_day=FRIDAY)
        move_appointment(
            appointment=request_of.appointment, starts_at=paris(FRIDAY, 9), location_id=None, actor=CITIZEN, now=TEN
        )

        take_offer(offer=offer, now=TEN)

        assert Appointment.objects.get(pk=request_of.appointment_id).starts_at == paris(WEDNESDAY, 9)

    def test_not_where_an_agent_has_taken_the_time_meanwhile(self, motif, offer, request_of):
        make_appointment(motif=motif, calendar=offer.calendar, starts_at=paris(WEDNESDAY, 9), location=offer.location)

        with pytest.raises(OfferGone):
            take_offer(offer=offer, now=TEN)
        offer.refresh_from_db()
        request_of.refresh_from_db()
        assert (offer.state, request_of.is_active) == ("withdrawn", True)
        assert Appointment.objects.get(pk=request_of.appointment_id).starts_at == paris(FAR, 9)

    def test_not_where_the_opening_is_gone(self, offer, request_of):
        close_opening(opening=offer.calendar.openings.get(), now=TEN)

        with pytest.raises(OfferGone):
            take_offer(offer=offer, now=TEN)


class TestDeclined:
    def test_goes_to_the_next_at_once_and_they_stay_on_the_list(self, motif):
        first = make_waiting(motif=motif, now=TEN - timedelta(hours=1))
        second = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)
        free_and_offer(taken)

        decline_offer(offer=only_offer(first), now=TEN)
        decline_offer(offer=only_offer(first), now=TEN)
        offer_freed_time(now=TEN)

        first.refresh_from_db()
        assert (only_offer(first).state, first.is_active) == ("declined", True)
        assert only_offer(second).starts_at == paris(WEDNESDAY, 9)

    def test_cannot_be_what_was_taken(self, motif):
        request = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)
        free_and_offer(taken)
        take_offer(offer=only_offer(request), now=TEN)

        with pytest.raises(OfferGone):
            decline_offer(offer=only_offer(request), now=TEN)

    def test_by_leaving_the_list(self, motif):
        request = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)
        free_and_offer(taken)

        leave_waiting_list(participation=request.participation, now=TEN)
        leave_waiting_list(participation=request.participation, now=TEN)

        request.refresh_from_db()
        assert (only_offer(request).state, request.end) == ("declined", "left")
        assert bookable(motif) == [paris(WEDNESDAY, 9)]


def test_an_offer_without_answer_goes_to_the_next(motif):
    first = make_waiting(motif=motif, now=TEN - timedelta(hours=1))
    second = make_waiting(motif=motif)
    (taken,) = make_full(motif=motif)
    free_and_offer(taken)
    later = TEN + timedelta(hours=2)

    sweep_expired_holds(now=later)
    keep_waiting_list(now=later)

    assert only_offer(first).state == "expired"
    assert only_offer(second).starts_at == paris(WEDNESDAY, 9)


def test_an_offer_withdrawn_after_its_time_is_left_to_the_sweep_of_holds(motif):
    """It frees what has expired under the calendar's own lock, which whoever withdraws an offer does not have."""
    request = make_waiting(motif=motif)
    (taken,) = make_full(motif=motif)
    free_and_offer(taken)
    hold = Hold.objects.get()

    cancel(request.appointment, now=hold.expires_at + timedelta(minutes=1))

    assert Hold.objects.get().expires_at == hold.expires_at
    assert only_offer(request).state == "withdrawn"


class TestEnded:
    def test_when_the_rendez_vous_is_too_near(self, motif):
        request = make_waiting(motif=motif, day=THURSDAY, hour=9)

        keep_waiting_list(now=paris(THURSDAY, 4, 29))
        request.refresh_from_db()
        # At half past eight is the first answer, four hours before it the last change.
        assert request.end == "too_late"

    def test_when_no_day_that_was_wished_is_left(self, motif):
        request = make_waiting(motif=motif, day=FRIDAY, wishes=Wishes(weekdays=frozenset({1})))

        keep_waiting_list(now=paris(TUESDAY, 12))
        assert EarlierSlotRequest.objects.active().filter(pk=request.pk).exists()
        keep_waiting_list(now=paris(WEDNESDAY, 0))

        assert not EarlierSlotRequest.objects.active().filter(pk=request.pk).exists()

    def test_and_is_looked_at_once_a_day_until_it_can_end(self, motif):
        """However many wait, a minute in which none of them can end loads none of them."""
        for hour in (9, 13, 14):
            make_waiting(motif=motif, day=THURSDAY, hour=hour)
        keep_waiting_list(now=TEN)

        looked_at = EarlierSlotRequest.objects.filter(looked_at_from__lte=TEN + timedelta(hours=23, minutes=59))
        assert not looked_at.exists()
        later = paris(WEDNESDAY, 10)
        keep_waiting_list(now=later)
        # Half an hour to answer, four hours before the RDV, from eight o'clock on.
        first_end = EarlierSlotRequest.objects.order_by("looked_at_from").first().looked_at_from
        assert later < first_end < paris(THURSDAY, 9)
        keep_waiting_list(now=first_end - timedelta(minutes=1))
        assert EarlierSlotRequest.objects.active().count() == 3
        keep_waiting_list(now=first_end)
        assert EarlierSlotRequest.objects.active().count() == 2

    def test_of_a_rendez_vous_that_is_moved_near_is_looked_at_anew(self, motif):
        request = make_waiting(motif=motif)
        keep_waiting_list(now=TEN)
        make_opening(motifs=[motif], first_day=MONDAY, start_time=time(15), end_time=time(16))

        move_appointment(
            appointment=request.appointment, starts_at=paris(MONDAY, 15), location_id=None, actor=CITIZEN, now=TEN
        )
        keep_waiting_list(now=paris(MONDAY, 13))

        request.refresh_from_db()
        assert request.end == "too_late"
