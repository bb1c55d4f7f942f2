"""What tests of the waiting list for an earlier slot have in common: who waits, and what is freed for them."""

from datetime import time, timedelta

from scheduling.engine.earlier_slots import Wishes
from scheduling.models import FreedTime, SlotOffer
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from scheduling.services.earlier_slots import ask_for_earlier_slot
from scheduling.services.slot_offers import keep_waiting_list
from tests.factories import MONDAY, WEDNESDAY, make_appointment, make_opening, paris

# The clock: Monday, in the middle of the morning. What is freed is on Wednesday, who waits has an RDV ten days later.
TEN = paris(MONDAY, 10)
FAR = MONDAY + timedelta(days=14)


def make_waiting(*, motif, now=TEN, day=FAR, hour=9, wishes=None, citizen=None, any_place=True, **fields):
    """Somebody on the list, with an RDV of their own on a calendar of its own; their request."""
    appointment = make_appointment(motif=motif, starts_at=paris(day, hour), citizen=citizen, now=now, **fields)
    return ask_for_earlier_slot(
        participation=appointment.participations.get(),
        wishes=wishes or Wishes(),
        any_place=any_place,
        now=now,
    )


def make_full(*, motif, day=WEDNESDAY, hour=9, slots=1, **fields):
    """An opening of so many slots with an RDV in each of them; the RDVs."""
    start = time(hour)
    end = (paris(day, hour) + slots * motif.duration).time()
    opening = make_opening(motifs=[motif], first_day=day, start_time=start, end_time=end, **fields)
    appointments = [
        make_appointment(
            motif=motif,
            calendar=opening.calendar,
            location=opening.location,
            starts_at=paris(day, hour) + number * motif.duration,
        )
        for number in range(slots)
    ]
    forget()
    return appointments


def forget():
    """What the preparation of a test has freed."""
    FreedTime.objects.all().delete()


def cancel(appointment, *, now=TEN):
    return cancel_appointment(appointment=appointment, status="cancelled_by_citizen", actor=CITIZEN, now=now)


def free_and_offer(appointment, *, now=TEN):
    cancel(appointment, now=now)
    return keep_waiting_list(now=now)


def offers_to(request):
    return list(SlotOffer.objects.filter(request=request).order_by("number"))


def only_offer(request):
    (offer,) = offers_to(request)
    return offer


def bookable(motif, *, now=TEN, day=WEDNESDAY):
    """Starts that a citizen is offered on that day."""
    start = paris(day, 0)
    return [
        slot.starts_at for slot in offered_slots([Demand(motif)], start=start, end=start + timedelta(days=1), now=now)
    ]
