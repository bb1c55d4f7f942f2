"""A cancelled appointment that takes place after all, and one like another at a different time."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from psycopg.errors import ExclusionViolation

from ..engine.intervals import Interval
from ..exceptions import AppointmentNotChangeable, OverlapNotConfirmed, SlotTaken
from ..models import Appointment, AppointmentEvent, AppointmentStatus, Calendar, Conflict
from ..selectors.availability import busy_among
from ..selectors.slots import Demand, offered_slots
from ..selectors.together import free_together
from .actors import Actor
from .appointment_edits import overlapped_by
from .appointment_status import busy_period
from .booking import Attendee, Details, already_booked, as_they_stand, book_appointment, place_appointment
from .conflicts import accept_as_placed
from .events import record_event
from .locks import lock_appointment, lock_calendars
from .windows import refresh_windows


@transaction.atomic
def resume_appointment(
    *, appointment: Appointment, actor: Actor, now: datetime, is_overlap_confirmed: bool = False
) -> Appointment:
    """Undo a cancellation: the same time, calendars and people, but those who had left before. Safe to repeat.

    All are told as of a new appointment, unless it is past.
    Raises OverlapNotConfirmed when its time is no longer free and nobody confirmed it; AppointmentNotChangeable when
    it has an outcome, or a calendar that is out of use.
    """
    appointment, calendars = lock_appointment(appointment)
    if appointment.status == AppointmentStatus.BOOKED:
        return appointment
    if not appointment.is_cancelled:
        raise AppointmentNotChangeable
    ids = {calendar.pk for calendar in calendars}
    if Calendar.objects.in_use().for_organization(appointment.organization).filter(pk__in=ids).count() < len(ids):
        raise AppointmentNotChangeable("Son agenda n'est plus en service. Prenez un autre créneau.")
    period = Interval(appointment.starts_at, appointment.ends_at)
    if busy_among(ids, period, now=now) and not is_overlap_confirmed:
        raise OverlapNotConfirmed("Cette heure n'est plus libre.")
    rows = appointment.appointment_calendars
    rows.filter(calendar__in=overlapped_by(ids, appointment=appointment)).update(is_overlap_confirmed=True)
    _book_again(appointment, now)
    Conflict.objects.filter(appointment_calendar__appointment=appointment).delete()
    refresh_windows(calendars=calendars, period=busy_period(appointment), now=now)
    accept_as_placed(appointment=appointment, actor=actor, now=now)
    record_event(appointment, AppointmentEvent.Kind.RESUMED, actor=actor, now=now)
    return appointment


def _book_again(appointment, now):
    appointment.status, appointment.placed_at = AppointmentStatus.BOOKED, now
    appointment.ics_sequence = F("ics_sequence") + 1
    try:
        with transaction.atomic():
            appointment.save(update_fields=["status", "placed_at", "ics_sequence"])
    except IntegrityError as error:
        # Somebody wrote without taking the lock: the constraint has the last word.
        if not isinstance(error.__cause__, ExclusionViolation):
            raise
        raise OverlapNotConfirmed from error
    appointment.refresh_from_db(fields=["ics_sequence", "is_occupying"])
    appointment.participations.taking_part().update(status=AppointmentStatus.BOOKED)


def duplicate_appointment(
    *,
    appointment: Appointment,
    starts_at: datetime,
    location_id: int | None,
    calendar_ids: list[int],
    actor: Actor,
    now: datetime,
    idempotency_key: UUID | None = None,
) -> Appointment:
    """A new appointment on another slot, with the people, the motif, the note and the answers of this one.

    One of several calendars is placed on all of them, where they are all free. The same `idempotency_key` gives the
    same appointment.
    Raises SlotTaken, with the nearest free slots for one of a single calendar.
    """
    demand = Demand(appointment.motif, appointment.option, appointment.persons)
    asked = {"location_id": location_id, "attendees": _attendees(appointment), "actor": actor, "now": now}
    asked["details"] = Details(
        context_note=appointment.context_note,
        address=appointment.address,
        phone=str(appointment.phone or ""),
        video_url=appointment.video_url,
    )
    with transaction.atomic():
        if len(calendar_ids) > 1:
            new = _placed_on_all(demand, starts_at, calendar_ids, asked, idempotency_key)
        else:
            new = book_appointment(
                demand=demand,
                starts_at=starts_at,
                calendar_ids=calendar_ids,
                for_agent=True,
                idempotency_key=idempotency_key,
                **asked,
            )
        if appointment.title and not new.title:
            new.title = appointment.title
            new.save(update_fields=["title"])
    return new


def _placed_on_all(demand, starts_at, calendar_ids, asked, idempotency_key):
    """As a move of several does it: all are free then, and one of them offers it."""
    period = Interval(starts_at, starts_at + demand.length)
    this_request = {"organization_id": demand.motif.organization_id, "idempotency_key": idempotency_key}
    # What is free now stays so until it is placed.
    asked["attendees"] = as_they_stand(asked["attendees"])
    lock_calendars(calendar_ids)
    if (already := already_booked(**this_request)) is not None:
        return already
    if not _is_offered(demand, starts_at, calendar_ids, asked):
        raise SlotTaken
    try:
        new = place_appointment(
            motif=demand.motif,
            option=demand.option,
            persons=demand.persons,
            period=period,
            calendar_ids=calendar_ids,
            **asked,
        )
    except OverlapNotConfirmed as error:
        # A second click waited for the first.
        if (already := already_booked(**this_request)) is not None:
            return already
        raise SlotTaken from error
    new.idempotency_key = idempotency_key
    new.save(update_fields=["idempotency_key"])
    return new


def _is_offered(demand, starts_at, calendar_ids, asked):
    place, now = asked["location_id"], asked["now"]
    slots = offered_slots(
        [demand],
        start=starts_at,
        end=starts_at + timedelta.resolution,
        now=now,
        for_agent=True,
        calendar_ids=calendar_ids,
        location_ids=None if place is None else [place],
    )
    return bool(free_together(slots, calendar_ids, now=now))


def _attendees(appointment):
    return [
        Attendee(
            participation.citizen,
            answers=participation.answers,
            notify_by_email=participation.notify_by_email,
            notify_by_sms=participation.notify_by_sms,
            language=participation.language,
        )
        for participation in appointment.participations.taking_part().select_related("citizen").order_by("pk")
    ]
