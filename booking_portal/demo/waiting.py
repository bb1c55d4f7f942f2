"""Who would rather come earlier: some of those whose RDV is a week ahead or more wait, and one is offered a slot."""

from datetime import datetime, timedelta
from itertools import cycle

from scheduling.engine.earlier_slots import Wishes
from scheduling.models import Appointment, CreatedBy, EarlierSlotRequest
from scheduling.selectors.earlier_slots import answer_time, may_wait
from scheduling.selectors.moves import demand_of
from scheduling.selectors.slots import offered_slots
from scheduling.services.earlier_slots import ask_for_earlier_slot
from scheduling.services.slot_offers import make_offer

_MOST = 8
_WISHES = [Wishes(), Wishes(afternoons=False), Wishes(weekdays=frozenset({0, 2, 4}))]


def ask_to_come_earlier(at: datetime) -> None:
    far = Appointment.objects.upcoming(at + timedelta(days=7)).filter(created_by_kind=CreatedBy.CITIZEN)
    far = far.select_related("motif", "organization__territory").prefetch_related("calendars", "participations")
    who_may = [each for each in far.order_by("starts_at", "pk")[: 4 * _MOST] if may_wait(each, now=at)]
    for appointment, wishes in zip(who_may[::3][:_MOST], cycle(_WISHES), strict=False):
        ask_for_earlier_slot(participation=appointment.participations.all()[0], wishes=wishes, now=at)


def offer_one(at: datetime) -> None:
    """As if somebody had just given it back: to the first of those who wait for whom there is one."""
    for wait in EarlierSlotRequest.objects.active().select_related("appointment__motif__organization").in_order():
        slot = _earlier_slot(wait, at)
        if slot is not None:
            make_offer(wait=wait, slot=slot, now=at)
            return


def _earlier_slot(wait, at):
    appointment = wait.appointment
    slots = offered_slots(
        [demand_of(appointment)],
        start=at,
        end=appointment.starts_at,
        location_ids=[appointment.location_id] if appointment.location_id else None,
        now=at,
    )
    suiting = (slot for slot in slots if wait.wishes.suit(slot.starts_at, appointment.organization.zone))
    return next((slot for slot in suiting if answer_time(appointment, slot.starts_at, now=at)), None)


def plan_waiting(story) -> None:
    now = story.world.now
    story.plan(now - timedelta(hours=3), ask_to_come_earlier)
    story.plan(now - timedelta(minutes=20), offer_one)
