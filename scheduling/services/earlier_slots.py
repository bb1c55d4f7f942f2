"""Being on the waiting list for an earlier slot: asked for, and ended by what happens to the appointment.

Offers are made and answered in `slot_offers`. Whatever changes a request holds the lock of its appointment.
"""

from datetime import datetime

from django.db import transaction

from config.shortcuts import run_after_commit

from ..engine.earlier_slots import WORTH_MOVING_FOR, Wishes
from ..exceptions import EarlierSlotRefused
from ..models import (
    MOST_OFFERS,
    Appointment,
    AppointmentEvent,
    EarlierSlotRequest,
    Hold,
    Participation,
    SlotOffer,
)
from ..selectors.earlier_slots import can_come, may_wait
from .locks import lock_appointment, participation_of

End, State, Kind = EarlierSlotRequest.End, SlotOffer.State, AppointmentEvent.Kind

NO_OFFER_LEFT = "Les trois propositions possibles pour ce rendez-vous ont été faites."
NOTHING_CAN_COME = "Aucun créneau ne peut venir avant votre rendez-vous avec ces souhaits."

_CANCELLED = (Kind.CANCELLED_BY_CITIZEN, Kind.CANCELLED_BY_AGENT, Kind.UNSCHEDULED)


@transaction.atomic
def ask_for_earlier_slot(
    *, participation: Participation, wishes: Wishes, now: datetime, any_place: bool = False
) -> EarlierSlotRequest:
    """Put the participant on the list for their appointment, or change what is wished for it: the rank stays then, and
    who asked first is told still.

    Who comes back to the list is the last of it. What is free already is not offered: they can move to it at once.
    Raises EarlierSlotRefused where the appointment cannot have one, nothing could come with these wishes, or all
    offers have been made; AppointmentNotChangeable when two records of the person were just merged.
    """
    appointment, _ = lock_appointment(participation.appointment)
    participation = participation_of(appointment, participation)
    if participation.left_at is not None or not may_wait(appointment, now=now):
        raise EarlierSlotRefused
    if not can_come(appointment, wishes, now=now):
        raise EarlierSlotRefused(NOTHING_CAN_COME)
    wait = EarlierSlotRequest.objects.filter(appointment=appointment).first()
    if wait is None:
        wait = EarlierSlotRequest(organization_id=appointment.organization_id, appointment=appointment)
    elif wait.offers.count() >= MOST_OFFERS:
        raise EarlierSlotRefused(NO_OFFER_LEFT)
    if wait.pk is None or not wait.is_active:
        wait.waiting_since, wait.ended_at, wait.end = now, None, ""
        wait.participation = participation
    wait.weekdays = sorted(wishes.weekdays)
    wait.mornings, wait.afternoons = wishes.mornings, wishes.afternoons
    wait.not_before, wait.any_place = wishes.not_before, any_place
    wait.looked_at_from = now
    wait.save()
    return wait


def follow_appointment(*, appointment: Appointment, event: AppointmentEvent, now: datetime) -> None:
    """What the event means for who waits for an earlier slot of the locked appointment: over when it is cancelled, or
    they have left it; an open offer is void when the appointment is no later than it any more.

    One query for what moves or cancels, none for anything else; two or three more where something is.
    """
    if event.kind not in (Kind.MOVED, Kind.PARTICIPANT_REMOVED, *_CANCELLED):
        return
    wait = EarlierSlotRequest.objects.active().filter(appointment=appointment.pk).first()
    if wait is None or event.participation_id not in (None, wait.participation_id):
        return
    if event.kind != Kind.MOVED:
        end_requests(ids=[wait.pk], reason=End.APPOINTMENT_OVER, now=now)
        withdraw_offers(offers=SlotOffer.objects.filter(request=wait), now=now)
        return
    EarlierSlotRequest.objects.filter(pk=wait.pk).update(looked_at_from=now)
    pointless = SlotOffer.objects.filter(request=wait, starts_at__gt=appointment.starts_at - WORTH_MOVING_FOR)
    withdraw_offers(offers=pointless, now=now)


def end_requests(*, ids, reason: str, now: datetime) -> int:
    """Those that are active. One UPDATE."""
    return EarlierSlotRequest.objects.active().filter(pk__in=ids).update(ended_at=now, end=reason)


def withdraw_offers(*, offers, now: datetime) -> None:
    """Those of `offers` that are open are so no longer, and what they hold is freed by the sweep of holds, at once.

    Not here: the locks of their calendars would come after that of an appointment.
    """
    keys = list(offers.filter(state=State.OPEN).values_list("hold_key", flat=True))
    if not keys:
        return
    SlotOffer.objects.filter(hold_key__in=keys, state=State.OPEN).update(state=State.WITHDRAWN, answered_at=now)
    # What has expired is being deleted under those locks, perhaps at this moment: nobody waits for that here.
    Hold.objects.filter(visitor_key__in=keys, expires_at__gt=now).update(expires_at=now)
    run_after_commit("scheduling.tasks.sweep_expired_holds")
