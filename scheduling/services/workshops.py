"""Workshops: RDVs with seats, of a collective motif, which exist before anybody registers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F

from organizations.models import Motif

from ..engine.intervals import Interval
from ..engine.typography import NBSP, quote
from ..exceptions import AppointmentNotChangeable, OverlapNotConfirmed, WorkshopRefused
from ..models import Appointment, AppointmentCalendar, AppointmentEvent
from .actors import Actor
from .appointment_status import busy_period
from .booking import Details, place_appointment
from .conflicts import keep_appointment, review_conflicts
from .events import record_event
from .locks import lock_appointment, lock_calendars
from .seats import check_seats, set_seats
from .windows import refresh_windows


@transaction.atomic
def create_workshops(
    *,
    motif: Motif,
    periods: Sequence[Interval],
    calendar_ids: Iterable[int],
    details: Details,
    actor: Actor,
    now: datetime,
    location_id: int | None = None,
    is_overlap_confirmed: bool = False,
    idempotency_key: UUID | None = None,
) -> list[Appointment]:
    """Place a workshop at each of `periods`, with the seats and the title of `details` (the motif's name if empty).

    All of them or none. The same `idempotency_key` gives the same workshops, however often it is asked.
    Raises WorkshopRefused when the motif has no workshops or they have no seats or no place; OverlapNotConfirmed.
    """
    calendar_ids = list(calendar_ids)
    _check(motif, details, calendar_ids, location_id)
    lock_calendars(calendar_ids)
    keys = request_keys(idempotency_key, number=len(periods))
    already = Appointment.objects.filter(organization=motif.organization_id, idempotency_key__in=filter(None, keys))
    if found := list(already.order_by("starts_at")):
        return found
    return [
        place_appointment(
            motif=motif,
            period=period,
            calendar_ids=calendar_ids,
            attendees=[],
            actor=actor,
            now=now,
            location_id=location_id,
            details=replace(details, title=details.title or motif.name),
            is_overlap_confirmed=is_overlap_confirmed,
            idempotency_key=key,
        )
        for period, key in zip(periods, keys, strict=True)
    ]


def request_keys(idempotency_key: UUID | None, *, number: int) -> list[UUID | None]:
    """One for each workshop of a request."""
    return [idempotency_key and uuid5(idempotency_key, str(position)) for position in range(number)]


def _check(motif, details, calendar_ids, location_id):
    if not motif.is_collective:
        raise WorkshopRefused(f"{quote(motif)} n'est pas un motif collectif.")
    if not motif.is_active:
        raise WorkshopRefused(f"{quote(motif)} est archivé.")
    if not calendar_ids:
        raise WorkshopRefused("Un atelier occupe au moins un agenda.")
    check_seats(details.seats)
    check_place(motif, location_id=location_id, address=details.address)


def check_place(motif: Motif, *, location_id: int | None, address: str) -> None:
    """Raises WorkshopRefused."""
    if motif.location_kind == Motif.LocationKind.ON_SITE and location_id is None and not address:
        raise WorkshopRefused(f"Choisissez un lieu ou écrivez-en un{NBSP}: {quote(motif)} se tient sur place.")


@transaction.atomic
def change_workshop(
    *,
    workshop: Appointment,
    details: Details,
    calendar_ids: Iterable[int],
    actor: Actor,
    now: datetime,
    location_id: int | None = None,
    is_overlap_confirmed: bool = False,
) -> Appointment:
    """Give it this title, these seats, this place and these calendars; its day and hours stay.

    With more seats the queue moves up, each told; a change of place is told to everybody.
    Raises WorkshopRefused for fewer seats than are taken, or no place; OverlapNotConfirmed where a calendar that it
    did not have is taken; AppointmentNotChangeable when it is cancelled.
    """
    calendar_ids = set(calendar_ids)
    workshop, calendars = lock_appointment(workshop, and_calendars=calendar_ids)
    if workshop.is_cancelled:
        raise AppointmentNotChangeable
    if not calendar_ids:
        raise WorkshopRefused("Un atelier occupe au moins un agenda.")
    check_place(workshop.motif, location_id=location_id, address=details.address)
    before = _as_people_read_it(workshop)
    _occupy(workshop, calendar_ids, calendars=calendars, is_confirmed=is_overlap_confirmed, now=now)
    _write(workshop, details, location_id)
    # Who changes it by hand was told what stands against it.
    review_conflicts(calendars=calendars, now=now)
    keep_appointment(appointment=workshop, actor=actor, now=now)
    changes = _changes(before, _as_people_read_it(workshop) | {"seats": str(details.seats)})
    if changes:
        has_moved = any(change["field"] in _PLACE for change in changes)
        kind = AppointmentEvent.Kind.PLACE_CHANGED if has_moved else AppointmentEvent.Kind.EDITED
        record_event(workshop, kind, actor=actor, now=now, changes=changes)
    if details.seats != workshop.seats:
        set_seats(workshop, seats=details.seats, actor=actor, now=now)
    return workshop


_LABELS = {
    "title": "Intitulé",
    "seats": "Places",
    "location": "Lieu",
    "address": "Autre lieu",
    "video_url": "Lien de la visio",
    "calendars": "Agents et guichets",
    "context_note": "Note pour les agents",
}
_PLACE = {"location", "address", "video_url"}


def _as_people_read_it(workshop):
    names = ("title", "address", "video_url", "context_note")
    return {name: getattr(workshop, name) for name in names} | {
        "seats": str(workshop.seats),
        "location": str(workshop.location or ""),
        "calendars": ", ".join(str(calendar) for calendar in workshop.calendars.for_display()),
    }


def _changes(before, after):
    return [
        {"field": name, "label": label, "before": before[name], "after": after[name]}
        for name, label in _LABELS.items()
        if before[name] != after[name]
    ]


def _occupy(workshop, calendar_ids, *, calendars, is_confirmed, now):
    """The locked workshop stands on these calendars, and on no others."""
    rows = workshop.appointment_calendars.all()
    occupied = set(rows.values_list("calendar", flat=True))
    added = calendar_ids - occupied
    overlapped = set(
        AppointmentCalendar.objects.filter(
            calendar__in=added, is_occupying=True, starts_at__lt=workshop.ends_at, ends_at__gt=workshop.starts_at
        ).values_list("calendar", flat=True)
    )
    if overlapped and not is_confirmed:
        raise OverlapNotConfirmed
    rows.exclude(calendar__in=calendar_ids).delete()
    AppointmentCalendar.objects.bulk_create(
        AppointmentCalendar(
            organization_id=workshop.organization_id,
            appointment=workshop,
            calendar_id=calendar_id,
            starts_at=workshop.starts_at,
            ends_at=workshop.ends_at,
            is_occupying=workshop.is_occupying,
            is_overlap_confirmed=calendar_id in overlapped,
        )
        for calendar_id in sorted(added)
    )
    changed = occupied ^ calendar_ids
    if changed:
        touched = [calendar for calendar in calendars if calendar.pk in changed]
        refresh_windows(calendars=touched, period=busy_period(workshop), now=now)


def _write(workshop, details, location_id):
    workshop.title = details.title or workshop.motif.name
    workshop.location_id, workshop.address = location_id, details.address
    workshop.video_url, workshop.context_note = details.video_url, details.context_note
    workshop.ics_sequence = F("ics_sequence") + 1
    workshop.save(update_fields=["title", "location", "address", "video_url", "context_note", "ics_sequence"])
    workshop.refresh_from_db(fields=["ics_sequence", "location"])
