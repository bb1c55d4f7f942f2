"""Earlier slots: who is offered what, when, for how long, and what becomes of it."""

from datetime import time, timedelta

import pytest
from django.db import IntegrityError, transaction

from scheduling.engine.earlier_slots import Wishes
from scheduling.exceptions import EarlierSlotRefused, SlotTaken
from scheduling.models import (
    Appointment,
    Hold,
    SlotOffer,
)
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import move_appointment
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.earlier_slots import ask_for_earlier_slot
from scheduling.services.slot_offers import (
    decline_offer,
    keep_waiting_list,
    leave_waiting_list,
)
from tests.factories import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    make_appointment,
    make_calendar,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
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
    offers_to,
    only_offer,
)

pytestmark = pytest.mark.django_db

NEXT_DAY = TEN + timedelta(days=1)


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


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


def test_those_who_wait_cost_no_more_queries_the_more_they_are(motif, django_assert_max_num_queries):
    for _ in range(6):
        make_waiting(motif=motif, wishes=Wishes(weekdays=frozenset({4})))
    (taken,) = make_full(motif=motif)
    cancel(taken)

    with django_assert_max_num_queries(17):
        keep_waiting_list(now=TEN)
