"""What the pages of one RDV show of the waiting list for an earlier slot."""

from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from notifications.models import Message
from notifications.services.citizen_messages import recipient_on
from scheduling.models import MOST_OFFERS, EarlierSlotRequest, Participation, SlotOffer
from scheduling.selectors.earlier_slots import may_wait, open_offer_of, request_of


@dataclass(frozen=True)
class Waiting:
    """`request` is that of the appointment, active or not; None before the first. `offer` is the open one."""

    request: EarlierSlotRequest | None
    offer: SlotOffer | None
    may_ask: bool
    is_reachable: bool

    @property
    def is_active(self):
        return self.request is not None and self.request.is_active

    @property
    def offers_made(self):
        return len(self.request.offers.all()) if self.request else 0

    @property
    def is_shown(self):
        return self.is_active or self.may_ask

    most_offers = MOST_OFFERS


def waiting_of(participation: Participation, *, now) -> Waiting:
    """Two queries, four for who has been on the list; one for a workshop or an RDV that is over."""
    appointment = participation.appointment
    prefetch_related_objects([appointment], "calendars")
    may_ask = participation.left_at is None and may_wait(appointment, now=now)
    is_possible = may_ask or (appointment.is_upcoming(now) and not appointment.is_collective)
    request = request_of(appointment) if is_possible and participation.left_at is None else None
    return Waiting(request, open_offer_of(request, now=now), may_ask, is_reachable(participation))


def is_reachable(participation: Participation) -> bool:
    """Whether an offer would reach anybody."""
    return any(recipient_on(participation, channel=channel) for channel in Message.Channel)
