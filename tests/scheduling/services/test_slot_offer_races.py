"""Two hands on one offer, and two workers on one freed slot: one of them does it, and nobody is doubled."""

import random
from datetime import timedelta
from uuid import uuid4

import pytest

from scheduling.exceptions import OfferGone, SchedulingError, SlotTaken
from scheduling.models import Appointment, AppointmentEvent, Hold, SlotOffer
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.holds import sweep_expired_holds
from scheduling.services.slot_offers import (
    decline_offer,
    keep_waiting_list,
    leave_waiting_list,
    offer_freed_time,
    take_offer,
)
from tests.factories import WEDNESDAY, make_citizen, make_motif, make_organization, paris
from tests.scheduling import walks
from tests.scheduling.earlier_slots import FAR, TEN, cancel, free_and_offer, make_full, make_waiting, only_offer
from tests.scheduling.services.test_crowd import doubled
from tests.scheduling.services.test_hand_move_races import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


def nothing_is_doubled_or_drifts(now=TEN):
    return list(doubled()) == [] and walks.drift(now) == (set(), set())


def open_offers():
    return list(SlotOffer.objects.filter(state="open").order_by("pk"))


def book(motif, start, **fields):
    return book_appointment(
        demand=Demand(motif),
        starts_at=start,
        location_id=None,
        attendees=[Attendee(make_citizen(organization=motif.organization))],
        actor=CITIZEN,
        now=TEN,
        **fields,
    )


@pytest.mark.parametrize("_time", range(3))
def test_workers_at_once_offer_each_slot_once_and_each_person_one(motif, _time):
    waiting = [make_waiting(motif=motif, now=TEN - timedelta(minutes=5 - n)) for n in range(3)]
    taken = [*make_full(motif=motif), *make_full(motif=motif, hour=10)]
    for appointment in taken:
        cancel(appointment)

    together(*[lambda: offer_freed_time(now=TEN)] * 4)

    assert len(open_offers()) == 2
    # In order: the third one waits on.
    assert {offer.request_id for offer in open_offers()} == {wait.pk for wait in waiting[:2]}
    assert len({(offer.calendar_id, offer.starts_at) for offer in open_offers()}) == 2
    assert nothing_is_doubled_or_drifts()


@pytest.mark.parametrize("_time", range(3))
def test_a_visitor_and_a_worker_who_want_the_freed_slot(motif, _time):
    make_waiting(motif=motif)
    (taken,) = make_full(motif=motif)
    cancel(taken)

    booked, _ = together(lambda: book(motif, paris(WEDNESDAY, 9)), lambda: offer_freed_time(now=TEN))

    assert isinstance(booked, Appointment) is not bool(open_offers())
    assert nothing_is_doubled_or_drifts()


@pytest.mark.parametrize("_time", range(3))
def test_a_yes_in_as_many_clicks_as_one_likes(motif, _time):
    wait = make_waiting(motif=motif)
    (taken,) = make_full(motif=motif)
    free_and_offer(taken)
    offer = only_offer(wait)

    outcomes = together(*[lambda: take_offer(offer=SlotOffer.objects.get(pk=offer.pk), now=TEN)] * 4)

    assert all(isinstance(outcome, Appointment) for outcome in outcomes)
    assert AppointmentEvent.objects.filter(kind="moved").count() == 1
    assert nothing_is_doubled_or_drifts()


@pytest.mark.parametrize("other", ["no", "cancelled", "left"])
def test_a_yes_against_whatever_ends_it(motif, other):
    wait = make_waiting(motif=motif)
    (taken,) = make_full(motif=motif)
    free_and_offer(taken)
    offer = only_offer(wait)
    acts = {
        "no": lambda: decline_offer(offer=offer, now=TEN),
        "cancelled": lambda: cancel(wait.appointment),
        "left": lambda: leave_waiting_list(participation=wait.participation, now=TEN),
    }

    yes, _ = together(lambda: take_offer(offer=offer, now=TEN), acts[other])
    sweep_expired_holds(now=TEN)

    appointment = Appointment.objects.get(pk=wait.appointment_id)
    if isinstance(yes, OfferGone):
        assert appointment.starts_at == paris(FAR, 9)
    else:
        assert appointment.starts_at == paris(WEDNESDAY, 9)
    assert not Hold.objects.exists()
    assert appointment.is_cancelled is (other == "cancelled")
    assert nothing_is_doubled_or_drifts()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(1, 20))])
def test_whatever_is_done_no_slot_is_both_offered_and_bookable(motif, seed):
    """A walk of thirty acts: cancelled, booked, offered, taken, declined, expired, in any order."""
    chance = random.Random(seed)
    full = make_full(motif=motif, slots=4) + make_full(motif=motif, slots=4, hour=14)
    for number in range(4):
        make_waiting(motif=motif, hour=9 + number)
    now = TEN
    for _ in range(30):
        act = chance.choice(["cancel", "cancel", "book", "sweep", "sweep", "yes", "no", "wait"])
        offers = open_offers()
        try:
            if act == "cancel" and full:
                cancel(full.pop(chance.randrange(len(full))), now=now)
            elif act == "book":
                free = offered_slots([Demand(motif)], start=now, end=paris(FAR, 0), now=now)
                if free:
                    full.append(book(motif, chance.choice(free).starts_at, visitor_key=uuid4()))
            elif act == "sweep":
                sweep_expired_holds(now=now)
                keep_waiting_list(now=now)
            elif act in ("yes", "no") and offers:
                answer = take_offer if act == "yes" else decline_offer
                answer(offer=chance.choice(offers), now=now)
            elif act == "wait":
                now += timedelta(minutes=chance.choice([5, 50, 130]))
        except (SlotTaken, OfferGone):
            pass
        except SchedulingError as refusal:
            raise AssertionError(act) from refusal
        slots = offered_slots([Demand(motif)], start=now, end=paris(FAR, 0), now=now)
        free = {(slot.calendar_id, slot.starts_at) for slot in slots}
        assert not free & {(offer.calendar_id, offer.starts_at) for offer in open_offers() if offer.is_open_at(now)}
    assert list(doubled()) == []
