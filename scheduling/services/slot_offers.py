"""Offers of earlier slots: made to who waits, in order, as soon as time is freed; taken, declined, or over.

An offer holds its slot as a visitor does, under a key of its own: the slot is hidden from everybody else, and what
frees expired holds frees it. That freed time is offered to the next one in turn.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Value, When
from psycopg.errors import ExclusionViolation, UniqueViolation

from ..engine.earlier_slots import WORTH_MOVING_FOR, next_morning
from ..engine.phrases import format_day, format_time
from ..engine.wall_clock import local_day
from ..exceptions import AppointmentNotChangeable, EarlierSlotRefused, NobodyToTell, OfferGone, SlotTaken
from ..models import (
    MOST_OFFERS,
    Appointment,
    AppointmentEvent,
    EarlierSlotRequest,
    FreedTime,
    Hold,
    Participation,
    SlotOffer,
)
from ..selectors.earlier_slots import (
    JOINED_MEANWHILE,
    FreedSlots,
    answer_time,
    can_come,
    may_be_asked,
    may_wait,
    waiting_for,
)
from ..selectors.moves import demand_of
from ..selectors.slots import Slot
from .actors import CITIZEN
from .appointments import move_appointment
from .earlier_slots import end_requests, withdraw_offers
from .events import record_event
from .holds import busy_period, free_expired_holds, remove_hold, still_offered
from .locks import lock_appointment, participation_of
from .windows import refresh_windows

End, State = EarlierSlotRequest.End, SlotOffer.State

# As the history tells it.
TAKEN_FROM_THE_LIST = "Créneau plus tôt, proposé par la liste d'attente"

HAS_LEFT = "Vous ne participez plus à ce rendez-vous."

# A worker that died leaves its freed time to another one after that.
_CLAIM_LASTS = timedelta(minutes=5)
# Who joins the list while time is being freed may not be seen at once: it is looked at again before it is forgotten.
_LOOKED_AT_AGAIN = JOINED_MEANWHILE
_MOST_AT_ONCE = 500
_LOOKED_AT_EVERY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


def offer_freed_time(*, now: datetime) -> int:
    """Offer what was freed to those who wait for it, first come first served; how many offers were made.

    May run beside itself: freed time is claimed by one UPDATE, and an offer is made under the locks of its calendar
    and appointment. One DELETE for all that nobody waits for; for the rest see `waiting_for`, and about 30 queries for
    each offer.
    """
    _forget_what_nobody_waits_for(now)
    due = FreedTime.objects.due(now).order_by("noted_at", "pk").values_list("pk", flat=True)
    return sum(_offer(freed_id, now) for freed_id in list(due[:_MOST_AT_ONCE]))


def _forget_what_nobody_waits_for(now):
    somebody = EarlierSlotRequest.objects.active().filter(
        organization=OuterRef("organization"),
        appointment__starts_at__gte=OuterRef("starts_at") + WORTH_MOVING_FOR,
    )
    FreedTime.objects.filter(ends_at__lte=now).delete()
    FreedTime.objects.due(now - _LOOKED_AT_AGAIN).filter(~Exists(somebody)).delete()


def _offer(freed_id, now):
    if not FreedTime.objects.filter(pk=freed_id).due(now).update(due_at=now + _CLAIM_LASTS):
        return 0
    freed = FreedTime.objects.select_related("organization__territory").get(pk=freed_id)
    waiting, slots = waiting_for(freed, now=now), FreedSlots(freed, now)
    offers = sum(_ask(wait, slots, now) for wait in waiting.now)
    tomorrow = any(next(slots.suiting(wait), None) for wait in waiting.tomorrow)
    if tomorrow:
        FreedTime.objects.filter(pk=freed_id).update(due_at=next_morning(now, freed.organization.zone))
    elif now < freed.noted_at + _LOOKED_AT_AGAIN:
        FreedTime.objects.filter(pk=freed_id).update(due_at=freed.noted_at + _LOOKED_AT_AGAIN)
    else:
        FreedTime.objects.filter(pk=freed_id).delete()
    return offers


def _ask(wait, slots, now) -> bool:
    for slot in slots.suiting(wait):
        if answer_time(wait.appointment, slot.starts_at, now=now) is None:
            continue
        try:
            make_offer(wait=wait, slot=slot, now=now)
        except NobodyToTell:
            # Whatever held the slot for them is undone: the next in line may have it.
            with suppress(AppointmentNotChangeable), transaction.atomic():
                lock_appointment(wait.appointment)
                end_requests(ids=[wait.pk], reason=End.UNREACHABLE, now=now)
            slots.look_again()
            return False
        except (EarlierSlotRefused, AppointmentNotChangeable):
            return False
        except SlotTaken:
            slots.look_again()
        except IntegrityError as error:
            # Somebody wrote without taking the lock: the constraint has the last word.
            if isinstance(error.__cause__, UniqueViolation):
                return False
            if not isinstance(error.__cause__, ExclusionViolation):
                raise
        else:
            slots.look_again()
            return True
    return False


@transaction.atomic
def make_offer(*, wait: EarlierSlotRequest, slot: Slot, now: datetime) -> SlotOffer:
    """Offer the slot to who asked, hold it for them, and tell them.

    Raises SlotTaken when it is not free any more; EarlierSlotRefused when they are not to be asked (now), or would
    have too little time to answer; NobodyToTell when no message was written; AppointmentNotChangeable.
    """
    appointment, calendars = lock_appointment(wait.appointment, and_calendars={slot.calendar_id})
    _note_overdue(SlotOffer.objects.filter(request=wait.pk), now)
    wait = (
        EarlierSlotRequest.objects.active()
        .select_related("participation")
        .prefetch_related("offers")
        .filter(pk=wait.pk)
        .first()
    )
    until = answer_time(appointment, slot.starts_at, now=now)
    if wait is None or until is None or not may_wait(appointment, now=now):
        raise EarlierSlotRefused
    wait.appointment = appointment
    zone = appointment.organization.zone
    if not may_be_asked(wait, now=now) or not wait.wishes.suit(slot.starts_at, zone):
        raise EarlierSlotRefused
    calendars = [calendar for calendar in calendars if calendar.pk == slot.calendar_id]
    free_expired_holds(calendars=calendars, now=now)
    demand = demand_of(appointment)
    if slot not in still_offered(slot, demand=demand, now=now):
        raise SlotTaken
    offer = SlotOffer.objects.create(
        organization_id=appointment.organization_id,
        request=wait,
        number=len(wait.offers.all()) + 1,
        local_day=local_day(now, zone),
        calendar_id=slot.calendar_id,
        location_id=slot.location_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        replaces_starts_at=appointment.starts_at,
        offered_at=now,
        expires_at=until,
    )
    hold = Hold.objects.create(
        organization_id=slot.organization_id,
        calendar_id=slot.calendar_id,
        opening_id=slot.opening_id,
        motif=demand.motif,
        option=demand.option,
        location_id=slot.location_id,
        persons=demand.persons,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        expires_at=until,
        visitor_key=offer.hold_key,
        # Of no address: it is nobody's share.
        client_hash="",
    )
    refresh_windows(calendars=calendars, period=busy_period(hold), now=now)
    event = record_event(
        appointment,
        AppointmentEvent.Kind.EARLIER_SLOT_OFFERED,
        participation=wait.participation,
        actor=CITIZEN,
        now=now,
        changes=[_in_words(offer, appointment)],
    )
    if not event.is_told:
        raise NobodyToTell
    return offer


def _in_words(offer, appointment):
    zone = appointment.organization.zone
    before, after = (moment.astimezone(zone) for moment in (offer.replaces_starts_at, offer.starts_at))
    words = [f"{format_day(moment.date())}, {format_time(moment.time())}" for moment in (before, after)]
    return {"field": "earlier_slot", "label": "Date", "before": words[0], "after": words[1]}


def take_offer(*, offer: SlotOffer, now: datetime, participation: Participation | None = None) -> Appointment:
    """Move the appointment to the slot that was offered. Taking it twice moves it once.

    `participation` is whose link it was answered by. Raises OfferGone when they have left the appointment, its time is
    over, it was declined, the appointment has changed so that it is no use any more, or the slot cannot be had after
    all; nothing is changed then but the offer.
    """
    try:
        return _take(offer, participation, now)
    except (SlotTaken, AppointmentNotChangeable) as refusal:
        with transaction.atomic():
            withdraw_offers(offers=SlotOffer.objects.filter(pk=offer.pk), now=now)
        raise OfferGone from refusal


@transaction.atomic
def _take(offer, participation, now):
    appointment, _ = lock_appointment(offer.request.appointment, and_calendars={offer.calendar_id})
    _refuse_who_has_left(appointment, participation)
    taken = SlotOffer.objects.filter(pk=offer.pk, state=State.TAKEN)
    if taken.exists():
        return appointment
    opened = SlotOffer.objects.open_at(now).filter(pk=offer.pk, starts_at__lt=appointment.starts_at)
    link_version = opened.values_list("request__participation__link_version", flat=True).first()
    if not opened.update(state=State.TAKEN, answered_at=now, link_version=link_version):
        raise OfferGone
    end_requests(ids=[offer.request_id], reason=End.MOVED, now=now)
    return move_appointment(
        appointment=appointment,
        starts_at=offer.starts_at,
        location_id=offer.location_id,
        calendar_ids=[offer.calendar_id],
        visitor_key=offer.hold_key,
        actor=CITIZEN,
        now=now,
        reason=TAKEN_FROM_THE_LIST,
    )


def _refuse_who_has_left(appointment, participation):
    if participation and not appointment.participations.filter(pk=participation.pk, left_at=None).exists():
        raise OfferGone(HAS_LEFT)


@transaction.atomic
def decline_offer(*, offer: SlotOffer, now: datetime, participation: Participation | None = None) -> None:
    """Give the slot back at once; the appointment stays where it is. Twice changes nothing; so does a late no.

    `participation` is whose link it was answered by. Raises OfferGone when it was taken, or they have left the
    appointment.
    """
    appointment, calendars = lock_appointment(offer.request.appointment, and_calendars={offer.calendar_id})
    _refuse_who_has_left(appointment, participation)
    _decline(offer, calendars, now)
    if SlotOffer.objects.filter(pk=offer.pk, state=State.TAKEN).exists():
        raise OfferGone("Vous avez déjà accepté cette proposition.")
    _end_exhausted(EarlierSlotRequest.objects.filter(pk=offer.request_id), now)


@transaction.atomic
def leave_waiting_list(*, participation: Participation, now: datetime) -> None:
    """Nobody asks them any more, and what they were offered is declined. Twice changes nothing.

    Raises AppointmentNotChangeable when they have left the appointment, or two records of them were just merged: the
    others are on the list still.
    """
    offer = SlotOffer.objects.filter(request__appointment=participation.appointment_id, state=State.OPEN).first()
    appointment, calendars = lock_appointment(
        participation.appointment, and_calendars={offer.calendar_id} if offer else frozenset()
    )
    if participation_of(appointment, participation).left_at is not None:
        raise AppointmentNotChangeable(HAS_LEFT)
    wait = EarlierSlotRequest.objects.active().filter(appointment=appointment).first()
    if wait is None:
        return
    end_requests(ids=[wait.pk], reason=End.LEFT, now=now)
    if offer is not None:
        _decline(offer, calendars, now)
    # One that was made in between: its calendar is not locked.
    withdraw_offers(offers=SlotOffer.objects.filter(request=wait), now=now)


def _decline(offer, calendars, now):
    opened = SlotOffer.objects.filter(pk=offer.pk, state=State.OPEN)
    if not opened.update(state=State.DECLINED, answered_at=now):
        return
    hold = Hold.objects.filter(visitor_key=offer.hold_key).select_related("motif").first()
    if hold is not None:
        remove_hold(hold, calendars=calendars, now=now)


def keep_waiting_list(*, now: datetime) -> int:
    """Every minute: note what nobody has answered, end what can come to nothing, offer what was left.

    The safety net of offers, too: no broker is needed for any of them. Returns how many were made.
    """
    _note_overdue(SlotOffer.objects.all(), now)
    _end_exhausted(EarlierSlotRequest.objects.all(), now)
    _end_what_is_too_late(now)
    return offer_freed_time(now=now)


def _note_overdue(offers, now):
    offers.overdue(now).update(state=State.EXPIRED)


def _end_exhausted(requests, now):
    of_request = SlotOffer.objects.filter(request=OuterRef("pk"))
    exhausted = requests.active().filter(
        Exists(of_request.filter(number=MOST_OFFERS)), ~Exists(of_request.filter(state=State.OPEN))
    )
    exhausted.update(ended_at=now, end=End.EXHAUSTED)


def _end_what_is_too_late(now):
    """Where every day that was wished has passed, the appointment is near. What is offered already may be answered.

    Those alone that can have come to it, or whose settings may have changed since yesterday.
    """
    due = (
        EarlierSlotRequest.objects.active()
        .filter(looked_at_from__lte=now)
        .exclude(Exists(SlotOffer.objects.filter(request=OuterRef("pk"), state=State.OPEN)))
        .select_related("appointment__motif", "appointment__organization__territory")
        .order_by("looked_at_from", "pk")
    )
    ended, still = {End.APPOINTMENT_OVER: [], End.TOO_LATE: []}, []
    for wait in due[:_MOST_AT_ONCE]:
        if not wait.appointment.is_upcoming(now):
            ended[End.APPOINTMENT_OVER].append(wait.pk)
        elif not can_come(wait.appointment, wait.wishes, now=now):
            ended[End.TOO_LATE].append(wait.pk)
        else:
            still.append(When(pk=wait.pk, looked_at_from=wait.looked_at_from, then=Value(_looked_at_next(wait, now))))
    for reason, ids in ended.items():
        if ids:
            end_requests(ids=ids, reason=reason, now=now)
    if still:
        # Not those that were changed meanwhile.
        EarlierSlotRequest.objects.filter(looked_at_from__lte=now).update(
            looked_at_from=Case(*still, default=F("looked_at_from"), output_field=DateTimeField())
        )


def _looked_at_next(wait, now):
    """From when on nothing can come, to a minute, and tomorrow at the latest."""
    first, last = 0, _LOOKED_AT_EVERY // _MINUTE
    while first < last:
        half = (first + last) // 2
        if can_come(wait.appointment, wait.wishes, now=now + half * _MINUTE):
            first = half + 1
        else:
            last = half
    return now + first * _MINUTE
