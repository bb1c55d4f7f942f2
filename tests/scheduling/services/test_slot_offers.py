"""Earlier slots: who is offered what, when, for how long, and what becomes of it."""

from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from scheduling.engine.earlier_slots import Wishes
from scheduling.engine.series import Scope
from scheduling.exceptions import EarlierSlotRefused, OfferGone, SlotTaken
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    EarlierSlotRequest,
    FreedTime,
    Hold,
    SlotOffer,
)
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import move_appointment
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.earlier_slots import ask_for_earlier_slot
from scheduling.services.hand_moves import stretch_appointment
from scheduling.services.holds import release_hold, sweep_expired_holds, take_hold
from scheduling.services.nightly import roll_forward
from scheduling.services.opening_days import remove_closure
from scheduling.services.openings import change_opening, close_opening
from scheduling.services.reference_week_application import apply_reference_week
from scheduling.services.slot_offers import (
    decline_offer,
    keep_waiting_list,
    leave_waiting_list,
    offer_freed_time,
    take_offer,
)
from scheduling.services.unavailabilities import remove_unavailability
from tests.factories import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    make_appointment,
    make_calendar,
    make_citizen,
    make_closure,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_reference_week,
    make_territory,
    make_unavailability,
    paris,
)
from tests.scheduling.earlier_slots import (
    FAR,
    TEN,
    cancel,
    forget,
    free_and_offer,
    make_full,
    make_waiting,
    offers_to,
    only_offer,
)

pytestmark = pytest.mark.django_db

NEXT_DAY = TEN + timedelta(days=1)


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


def bookable(motif, *, now=TEN, day=WEDNESDAY):
    start = paris(day, 0)
    return [
        slot.starts_at for slot in offered_slots([Demand(motif)], start=start, end=start + timedelta(days=1), now=now)
    ]


class TestOffered:
    def test_to_who_waits_as_soon_as_a_slot_is_freed_and_held_for_them(self, motif):
        request = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)

        assert free_and_offer(taken) == 1

        offer = only_offer(request)
        assert (offer.starts_at, offer.replaces_starts_at) == (paris(WEDNESDAY, 9), paris(FAR, 9))
        assert (offer.offered_at, offer.expires_at) == (TEN, TEN + timedelta(hours=2))
        assert bookable(motif) == []
        assert Hold.objects.get().visitor_key == offer.hold_key
        with pytest.raises(SlotTaken):
            book_appointment(
                demand=Demand(motif),
                starts_at=paris(WEDNESDAY, 9),
                location_id=None,
                attendees=[Attendee(make_citizen(organization=motif.organization))],
                actor=CITIZEN,
                now=TEN,
            )

    def test_to_the_first_who_came_and_then_to_the_next(self, motif):
        second = make_waiting(motif=motif, now=TEN - timedelta(hours=1))
        first = make_waiting(motif=motif, now=TEN - timedelta(hours=2))
        for taken in make_full(motif=motif, slots=2):
            cancel(taken)
        keep_waiting_list(now=TEN)

        assert only_offer(first).starts_at == paris(WEDNESDAY, 9)
        assert only_offer(second).starts_at == paris(WEDNESDAY, 9, 30)

    def test_to_nobody_whose_rendez_vous_is_sooner_or_hardly_later(self, motif):
        sooner = make_waiting(motif=motif, day=TUESDAY, hour=18)
        hardly = make_waiting(motif=motif, day=WEDNESDAY, hour=10)
        (taken,) = make_full(motif=motif, hour=9)

        free_and_offer(taken)

        assert offers_to(sooner) == offers_to(hardly) == []
        assert bookable(motif) == [paris(WEDNESDAY, 9)]

    def test_to_nobody_of_another_motif_organization_or_place_than_they_want(self, motif):
        others = [
            make_waiting(motif=make_motif(organization=motif.organization)),
            make_waiting(motif=make_motif()),
            make_waiting(motif=motif, any_place=False),
        ]
        (taken,) = make_full(motif=motif)

        free_and_offer(taken)

        assert [offers_to(request) for request in others] == [[], [], []]

    def test_in_the_same_place_to_who_wants_no_other(self, motif):
        location = make_location(organization=motif.organization)
        request = make_waiting(motif=motif, any_place=False, location=location)
        (taken,) = make_full(motif=motif, location=location)

        free_and_offer(taken)

        assert only_offer(request).location_id == location.pk

    @pytest.mark.parametrize(
        ("wishes", "is_offered"),
        [
            (Wishes(weekdays=frozenset({2})), True),
            (Wishes(weekdays=frozenset({0, 1, 3, 4})), False),
            (Wishes(afternoons=False), True),
            (Wishes(mornings=False), False),
            (Wishes(not_before=WEDNESDAY), True),
            (Wishes(not_before=THURSDAY), False),
        ],
    )
    def test_as_they_wish(self, motif, wishes, is_offered):
        request = make_waiting(motif=motif, wishes=wishes)
        (taken,) = make_full(motif=motif)

        free_and_offer(taken)

        assert bool(offers_to(request)) is is_offered

    def test_only_where_what_they_asked_for_fits(self, motif):
        option = make_option(motif=motif, duration=timedelta(hours=1))
        long = make_waiting(motif=motif, option=option, duration=timedelta(hours=1))
        several = make_waiting(motif=motif, persons=2, duration=timedelta(hours=1))
        one = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)

        free_and_offer(taken)

        assert offers_to(long) == offers_to(several) == []
        assert only_offer(one)

    def test_not_what_they_have_just_left(self, motif):
        (own,) = make_full(motif=motif)
        make_opening(motifs=[motif], first_day=FAR, location=own.location)
        ask_for_earlier_slot(participation=own.participations.get(), wishes=Wishes(), now=TEN)

        move_appointment(appointment=own, starts_at=paris(FAR, 9), location_id=None, actor=CITIZEN, now=TEN)
        keep_waiting_list(now=TEN)

        assert not SlotOffer.objects.exists()
        assert bookable(motif) == [paris(WEDNESDAY, 9)]

    def test_not_what_was_free_when_they_asked(self, motif):
        make_opening(motifs=[motif], first_day=WEDNESDAY)
        forget()
        request = make_waiting(motif=motif)

        keep_waiting_list(now=TEN)

        assert offers_to(request) == []

    def test_not_what_was_freed_before_they_came_though_somebody_else_is_asked_tomorrow(self, motif):
        first = make_waiting(motif=motif)
        slots = make_full(motif=motif, day=THURSDAY, slots=3)
        for taken in slots:
            free_and_offer(taken)
        later = make_waiting(motif=motif, now=TEN + timedelta(hours=3))

        keep_waiting_list(now=TEN + timedelta(hours=3))
        keep_waiting_list(now=paris(TUESDAY, 8))

        assert len(offers_to(first)) == 2
        assert offers_to(later) == []

    def test_of_a_follow_up_on_the_own_calendar_or_that_of_a_referent_alone(self, motif):
        motif.is_follow_up = True
        motif.save()
        referent, stranger = make_calendar(organization=motif.organization), make_calendar()
        citizen = make_citizen(organization=motif.organization)
        citizen.referents.add(referent.agent)
        request = make_waiting(motif=motif, citizen=citizen)
        (of_stranger,) = make_full(motif=motif, calendar=stranger, day=WEDNESDAY)
        (of_referent,) = make_full(motif=motif, calendar=referent, day=THURSDAY)

        free_and_offer(of_stranger)
        assert offers_to(request) == []
        free_and_offer(of_referent)
        assert only_offer(request).calendar_id == referent.pk

    @pytest.mark.parametrize("setting", ["offers_earlier_slots", "citizen_may_move"])
    def test_not_where_the_motif_has_been_set_otherwise(self, motif, setting):
        request = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)
        setattr(motif, setting, False)
        motif.save()

        free_and_offer(taken)

        assert offers_to(request) == []


class TestLimits:
    def test_one_a_day_and_the_next_morning_what_is_still_free(self, motif):
        request = make_waiting(motif=motif)
        first, second = make_full(motif=motif, day=THURSDAY, slots=2)
        free_and_offer(first)
        decline_offer(offer=only_offer(request), now=TEN)

        free_and_offer(second, now=TEN + timedelta(hours=1))
        assert len(offers_to(request)) == 1
        assert keep_waiting_list(now=paris(TUESDAY, 7, 59)) == 0
        assert keep_waiting_list(now=paris(TUESDAY, 8)) == 1

        # Not the one that was declined.
        assert [offer.starts_at for offer in offers_to(request)] == [paris(THURSDAY, 9), paris(THURSDAY, 9, 30)]

    def test_three_in_all_also_for_who_comes_back_to_the_list(self, motif):
        request = make_waiting(motif=motif, day=FAR + timedelta(days=7))
        for number, day in enumerate((MONDAY, TUESDAY, WEDNESDAY)):
            now = TEN + timedelta(days=number)
            (taken,) = make_full(motif=motif, day=FRIDAY, hour=9 + number)
            free_and_offer(taken, now=now)
            assert len(offers_to(request)) == number + 1, day
            if number == 0:
                leave_waiting_list(participation=request.participation, now=now)
                ask_for_earlier_slot(participation=request.participation, wishes=Wishes(), any_place=True, now=now)
            else:
                decline_offer(offer=offers_to(request)[-1], now=now)

        request.refresh_from_db()
        assert (request.is_active, request.end) == (False, "exhausted")

    def test_are_constraints(self, motif):
        request = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)
        free_and_offer(taken)
        offer = only_offer(request)

        def another(**fields):
            values = {name: getattr(offer, name) for name in ("organization", "request", "calendar")}
            values |= {name: getattr(offer, name) for name in ("starts_at", "ends_at", "offered_at", "expires_at")}
            values |= {"replaces_starts_at": offer.replaces_starts_at, "state": "expired"}
            values |= {"number": 2, "local_day": TUESDAY} | fields
            with transaction.atomic():
                SlotOffer.objects.create(**values)

        for name, fields in {
            "slot_offer_once_a_day": {"local_day": MONDAY},
            "slot_offer_numbered_once": {"number": 1},
            "slot_offer_three_in_all": {"number": 4},
            "slot_offer_one_at_a_time": {"state": "open"},
            "slot_offer_is_earlier": {"replaces_starts_at": offer.starts_at},
            "slot_offer_is_answered_before_it_begins": {"expires_at": offer.starts_at + timedelta(minutes=1)},
        }.items():
            with pytest.raises(IntegrityError, match=name):
                another(**fields)
        another()


class TestAnswerTime:
    @pytest.mark.parametrize(
        ("freed_at", "until"),
        [
            (paris(MONDAY, 10), paris(MONDAY, 12)),
            # In the evening people are awake still.
            (paris(MONDAY, 19, 59), paris(MONDAY, 21, 59)),
            # By night their time begins in the morning, and so do the SMS.
            (paris(MONDAY, 20), paris(TUESDAY, 10)),
            (paris(TUESDAY, 3), paris(TUESDAY, 10)),
        ],
    )
    def test_is_two_hours_by_day(self, motif, freed_at, until):
        request = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)

        free_and_offer(taken, now=freed_at)

        assert only_offer(request).expires_at == until

    def test_begins_when_the_quiet_hours_of_the_territory_end(self):
        territory = make_territory(quiet_from=time(18), quiet_until=time(9))
        motif = make_motif(organization=make_organization(territory=territory))
        request = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif, day=THURSDAY)

        free_and_offer(taken, now=paris(MONDAY, 18))

        assert only_offer(request).expires_at == paris(TUESDAY, 11)

    @pytest.mark.parametrize(("minute", "until"), [(0, paris(MONDAY, 10, 30)), (1, None), (30, None)])
    def test_ends_with_the_delay_of_the_motif_and_is_half_an_hour_at_least(self, motif, minute, until):
        request = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif, day=MONDAY, hour=11)

        free_and_offer(taken, now=paris(MONDAY, 10, minute))

        assert [offer.expires_at for offer in offers_to(request)] == ([until] if until else [])

    def test_ends_when_the_rendez_vous_can_be_changed_no_longer(self, motif):
        request = make_waiting(motif=motif, day=MONDAY, hour=15)
        (taken,) = make_full(motif=motif, day=MONDAY, hour=12)

        free_and_offer(taken)

        assert only_offer(request).expires_at == paris(MONDAY, 11)


class TestFreedBy:
    """Whatever frees time: each of these is noted in its own transaction."""

    @pytest.fixture
    def request_of(self, motif):
        return make_waiting(motif=motif)

    def offered(self, request):
        keep_waiting_list(now=TEN)
        return [offer.starts_at for offer in offers_to(request)]

    def test_a_move(self, motif, request_of):
        (taken,) = make_full(motif=motif)
        make_opening(motifs=[motif], first_day=FAR + timedelta(days=1), location=taken.location)
        forget()

        move_appointment(
            appointment=taken, starts_at=paris(FAR + timedelta(days=1), 9), location_id=None, actor=CITIZEN, now=TEN
        )

        assert self.offered(request_of) == [paris(WEDNESDAY, 9)]

    def test_a_new_opening(self, motif, request_of):
        make_opening(motifs=[motif], first_day=THURSDAY, now=TEN)

        assert self.offered(request_of) == [paris(THURSDAY, 9)]

    def test_an_opening_that_is_extended(self, motif, request_of):
        (taken,) = make_full(motif=motif)
        opening = taken.calendars.get().openings.get()
        change_opening(opening=opening, motifs=[motif], now=TEN, end_time=time(10))

        assert self.offered(request_of) == [paris(WEDNESDAY, 9, 30)]

    def test_an_opening_that_receives_for_the_motif_from_now_on(self, motif, request_of):
        opening = make_opening(motifs=[make_motif(organization=motif.organization)], first_day=WEDNESDAY)
        forget()

        change_opening(opening=opening, motifs=[*opening.motifs.all(), motif], now=TEN)

        assert self.offered(request_of) == [paris(WEDNESDAY, 9)]

    def test_an_unavailability_that_is_removed(self, motif, request_of):
        opening = make_opening(motifs=[motif], first_day=WEDNESDAY)
        absence = make_unavailability(calendar=opening.calendar, organization=motif.organization, first_day=WEDNESDAY)
        forget()

        remove_unavailability(unavailability=absence, now=TEN)

        assert self.offered(request_of) == [paris(WEDNESDAY, 9)]

    def test_a_closure_that_is_removed(self, motif, request_of):
        closure = make_closure(organization=motif.organization, first_day=WEDNESDAY, last_day=WEDNESDAY)
        make_opening(motifs=[motif], first_day=WEDNESDAY)
        forget()

        remove_closure(closure=closure, now=TEN)

        assert self.offered(request_of) == [paris(WEDNESDAY, 9)]

    @pytest.mark.parametrize("how", ["expired", "released", "changed"])
    def test_no_hold_of_a_visitor(self, motif, request_of, how):
        """Its time was free to everybody before: else who looks at slot after slot spends everybody's offers."""
        make_opening(motifs=[motif], first_day=WEDNESDAY, end_time=time(10))
        forget()
        visitor = uuid4()

        def hold(hour, minute, now):
            take_hold(
                demand=Demand(motif),
                starts_at=paris(WEDNESDAY, hour, minute),
                location_id=None,
                visitor_key=visitor,
                client_hash="here",
                now=now,
            )

        hold(9, 0, TEN - timedelta(minutes=10))
        if how == "changed":
            hold(9, 30, TEN - timedelta(minutes=5))
        elif how == "released":
            release_hold(visitor_key=visitor, now=TEN - timedelta(minutes=5))
        sweep_expired_holds(now=TEN + timedelta(minutes=5))

        assert not FreedTime.objects.exists()
        assert self.offered(request_of) == []
        assert bookable(motif) == [paris(WEDNESDAY, 9), paris(WEDNESDAY, 9, 30)]

    @pytest.mark.parametrize("first", ["visitor", "sweep"])
    def test_an_offer_that_expired_beside_a_hold_of_a_visitor(self, motif, request_of, first):
        make_waiting(motif=motif)
        taken, other = make_full(motif=motif, slots=2)
        free_and_offer(taken)
        cancel(other, now=TEN)
        FreedTime.objects.all().delete()
        visitor, later = uuid4(), TEN + timedelta(hours=2)
        take_hold(
            demand=Demand(motif),
            starts_at=paris(WEDNESDAY, 9, 30),
            location_id=None,
            visitor_key=visitor,
            client_hash="here",
            now=later - timedelta(minutes=10),
        )

        if first == "visitor":
            release_hold(visitor_key=visitor, now=later)
        sweep_expired_holds(now=later)

        freed = FreedTime.objects.get()
        assert (freed.starts_at, freed.ends_at) == (paris(WEDNESDAY, 9), paris(WEDNESDAY, 9, 30))

    def test_a_rendez_vous_that_is_shortened(self, motif, request_of):
        opening = make_opening(motifs=[motif], first_day=WEDNESDAY, end_time=time(10))
        long = make_appointment(
            motif=motif,
            calendar=opening.calendar,
            location=opening.location,
            starts_at=paris(WEDNESDAY, 9),
            duration=timedelta(hours=1),
        )
        forget()

        stretch_appointment(appointment=long, ends_at=paris(WEDNESDAY, 9, 30), actor=CITIZEN, now=TEN)

        assert self.offered(request_of) == [paris(WEDNESDAY, 9, 30)]

    def test_an_absence_that_comes_again_each_day_it_was_and_no_other(self, motif, request_of):
        opening = make_opening(motifs=[motif], first_day=MONDAY + timedelta(days=7), rrule="FREQ=DAILY")
        absence = make_unavailability(
            calendar=opening.calendar,
            organization=motif.organization,
            first_day=MONDAY + timedelta(days=7),
            rrule="FREQ=WEEKLY;BYDAY=MO",
        )
        forget()
        remove_unavailability(unavailability=absence, now=TEN)

        freed = FreedTime.objects.order_by("starts_at").values_list("starts_at", "ends_at")
        mondays = [MONDAY + timedelta(days=7 * number) for number in range(1, 5)]
        assert list(freed[:4]) == [(paris(day, 9), paris(day, 12)) for day in mondays]

    def test_a_recurring_absence_only_where_it_was(self, motif):
        """Tuesday, which was never taken, suits; Monday, which was freed, does not."""
        request = make_waiting(motif=motif, wishes=Wishes(weekdays=frozenset({1})), day=FAR + timedelta(days=2))
        opening = make_opening(motifs=[motif], first_day=MONDAY + timedelta(days=7), rrule="FREQ=DAILY")
        absence = make_unavailability(
            calendar=opening.calendar,
            organization=motif.organization,
            first_day=MONDAY + timedelta(days=7),
            rrule="FREQ=WEEKLY;BYDAY=MO",
        )
        forget()

        remove_unavailability(unavailability=absence, now=TEN)

        assert self.offered(request) == []

    @pytest.mark.parametrize("scope", [Scope.OCCURRENCE, Scope.FOLLOWING])
    def test_no_opening_of_which_a_part_is_changed_in_name_alone(self, motif, request_of, scope):
        opening = make_opening(motifs=[motif], first_day=WEDNESDAY, rrule="FREQ=DAILY")
        forget()

        change_opening(opening=opening, motifs=[motif], scope=scope, day=THURSDAY, title="Guichet", now=TEN)

        assert not FreedTime.objects.exists()
        assert self.offered(request_of) == []

    def test_of_an_opening_that_is_split_what_is_longer_and_what_receives_for_more(self, motif, request_of):
        other = make_motif(organization=motif.organization)
        opening = make_opening(motifs=[other], first_day=WEDNESDAY, rrule="FREQ=DAILY;UNTIL=20260306")
        forget()
        part = change_opening(
            opening=opening, motifs=[other], scope=Scope.OCCURRENCE, day=THURSDAY, end_time=time(13), now=TEN
        )
        freed = FreedTime.objects.get()
        assert (freed.starts_at, freed.ends_at) == (paris(THURSDAY, 12), paris(THURSDAY, 13))
        forget()

        change_opening(opening=opening, motifs=[other, motif], scope=Scope.OCCURRENCE, day=FRIDAY, now=TEN)

        assert part.pk
        assert self.offered(request_of) == [paris(FRIDAY, 9)]

    def test_no_opening_that_a_reference_week_replaces_by_the_same_hours(self, motif, request_of):
        location = make_location(organization=motif.organization)
        opening = make_opening(motifs=[motif], first_day=WEDNESDAY, location=location)
        week = make_reference_week(organization=motif.organization, wednesday="09h00-10h00\n11h00-13h00")
        forget()

        apply_reference_week(
            weeks=[week],
            calendar=opening.calendar,
            motifs=[motif],
            location=location,
            first_day=WEDNESDAY,
            last_day=WEDNESDAY,
            now=TEN,
        )

        freed = FreedTime.objects.get()
        assert (freed.starts_at, freed.ends_at) == (paris(WEDNESDAY, 12), paris(WEDNESDAY, 13))

    def test_no_booking_and_no_night(self, motif, request_of):
        opening = make_opening(motifs=[motif], rrule="FREQ=DAILY", first_day=WEDNESDAY)
        forget()
        book_appointment(
            demand=Demand(motif),
            starts_at=paris(WEDNESDAY, 9),
            location_id=None,
            attendees=[Attendee(make_citizen(organization=motif.organization))],
            actor=CITIZEN,
            now=TEN,
        )
        close_opening(opening=make_opening(motifs=[motif], first_day=FAR), now=TEN)
        forget()
        roll_forward(calendar_ids=[opening.calendar_id], now=TEN + timedelta(days=1))

        assert not FreedTime.objects.exists()


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


class TestPlaces:
    """Offers are of places that the portal shows: where it does not show theirs, nothing could ever come."""

    def test_nobody_waits_for_the_place_that_the_portal_hides(self, motif):
        hidden = make_location(organization=motif.organization, is_visible_on_portal=False)

        with pytest.raises(EarlierSlotRefused):
            make_waiting(motif=motif, location=hidden, any_place=False)

    def test_nobody_waits_for_a_place_of_one_time(self, motif):
        appointment = make_appointment(motif=motif, starts_at=paris(FAR, 9), now=TEN)
        Appointment.objects.filter(pk=appointment.pk).update(location=None, address="3 rue du Port, Calais")

        with pytest.raises(EarlierSlotRefused):
            ask_for_earlier_slot(participation=appointment.participations.get(), wishes=Wishes(), now=TEN)

    def test_who_is_visited_at_home_waits_for_a_visit_there(self):
        motif = make_motif(organization=make_organization(), location_kind="home")
        request = make_waiting(motif=motif, any_place=False)
        Appointment.objects.filter(pk=request.appointment_id).update(address="3 rue du Port, Calais")
        (taken,) = make_full(motif=motif, location=None)

        free_and_offer(taken)

        assert only_offer(request)


def test_an_offer_withdrawn_after_its_time_is_left_to_the_sweep_of_holds(motif):
    """It frees what has expired under the calendar's own lock, which whoever withdraws an offer does not have."""
    request = make_waiting(motif=motif)
    (taken,) = make_full(motif=motif)
    free_and_offer(taken)
    hold = Hold.objects.get()

    cancel(request.appointment, now=hold.expires_at + timedelta(minutes=1))

    assert Hold.objects.get().expires_at == hold.expires_at
    assert only_offer(request).state == "withdrawn"


class TestLeftToThePublic:
    """What nobody of those who wait takes is not hidden until it is lost."""

    def test_after_five_offers(self, motif):
        requests = [make_waiting(motif=motif, now=TEN - timedelta(minutes=9 - number)) for number in range(6)]
        (taken,) = make_full(motif=motif)
        free_and_offer(taken)

        for request in requests[:5]:
            decline_offer(offer=only_offer(request), now=TEN)
            keep_waiting_list(now=TEN)

        assert offers_to(requests[5]) == []
        assert bookable(motif) == [paris(WEDNESDAY, 9)]

    def test_also_where_somebody_may_only_be_asked_the_next_morning(self, motif):
        (elsewhere,) = make_full(motif=motif, day=FRIDAY)
        last = make_waiting(motif=motif, now=TEN - timedelta(minutes=10))
        free_and_offer(elsewhere)
        decline_offer(offer=only_offer(last), now=TEN)
        forget()
        requests = [make_waiting(motif=motif, now=TEN - timedelta(minutes=9 - number)) for number in range(5)]
        (taken,) = make_full(motif=motif, day=THURSDAY)
        free_and_offer(taken)
        for request in requests:
            decline_offer(offer=only_offer(request), now=TEN)
            keep_waiting_list(now=TEN)

        keep_waiting_list(now=paris(TUESDAY, 8))

        assert only_offer(last)
        assert bookable(motif, day=THURSDAY) == [paris(THURSDAY, 9)]

    @pytest.mark.parametrize(("hour", "is_next_asked"), [(9, False), (11, True)])
    def test_within_a_day_of_its_start(self, motif, hour, is_next_asked):
        first = make_waiting(motif=motif, now=TEN - timedelta(hours=1))
        second = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif, day=TUESDAY, hour=hour)
        free_and_offer(taken)

        decline_offer(offer=only_offer(first), now=TEN)
        keep_waiting_list(now=TEN)

        assert bool(offers_to(second)) is is_next_asked
        assert bool(bookable(motif, day=TUESDAY)) is not is_next_asked


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


class TestNotLost:
    def test_while_the_broker_is_down(self, motif, django_capture_on_commit_callbacks):
        request = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)
        with django_capture_on_commit_callbacks(execute=True):
            cancel(taken)
        assert offers_to(request) == []

        keep_waiting_list(now=TEN + timedelta(minutes=1))

        assert only_offer(request)

    @pytest.mark.parametrize("somebody_waits", [True, False])
    def test_to_a_minute_where_a_worker_can_be_asked(self, motif, somebody_waits, django_capture_on_commit_callbacks):
        """At once where somebody waits; where nobody does, no worker is bothered."""
        if somebody_waits:
            make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)

        with django_capture_on_commit_callbacks() as callbacks:
            cancel(taken)

        published = [callback.args[0] for callback in callbacks]
        assert ("scheduling.tasks.offer_freed_time" in published) is somebody_waits

    def test_by_a_worker_that_died_after_it_took_it_up(self, motif):
        request = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)
        cancel(taken)
        FreedTime.objects.update(due_at=TEN + timedelta(minutes=5))

        assert keep_waiting_list(now=TEN) == 0
        assert keep_waiting_list(now=TEN + timedelta(minutes=5)) == 1
        assert only_offer(request)

    def test_for_who_joins_at_that_very_moment(self, motif):
        (taken,) = make_full(motif=motif)
        cancel(taken)
        assert keep_waiting_list(now=TEN) == 0
        request = make_waiting(motif=motif)

        assert keep_waiting_list(now=TEN + timedelta(minutes=1)) == 1
        assert only_offer(request)

    def test_and_not_kept_where_nobody_waits(self, motif):
        (taken,) = make_full(motif=motif)
        cancel(taken)

        keep_waiting_list(now=TEN + timedelta(minutes=2))

        assert not FreedTime.objects.exists()


def test_those_who_wait_cost_no_more_queries_the_more_they_are(motif, django_assert_max_num_queries):
    for _ in range(6):
        make_waiting(motif=motif, wishes=Wishes(weekdays=frozenset({4})))
    (taken,) = make_full(motif=motif)
    cancel(taken)

    with django_assert_max_num_queries(17):
        keep_waiting_list(now=TEN)
