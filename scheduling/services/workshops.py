"""Workshops: RDVs with seats, of a collective motif, which exist before anybody registers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from organizations.models import Location, Motif

from ..engine.intervals import Interval
from ..engine.typography import NBSP, quote
from ..exceptions import EditedMeanwhile, WorkshopRefused
from ..models import Appointment
from ..selectors.workshops import last_change_of
from .actors import Actor
from .appointment_edits import Edit, change_calendars, changes_of, edit_appointment
from .booking import Details, place_appointment
from .locks import calendars_of, lock_appointment, lock_calendars
from .seats import check_seats, set_seats


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
    overlaps_seen: Collection[int] | None = None,
    idempotency_key: UUID | None = None,
) -> list[Appointment]:
    """Place a workshop at each of `periods`, with the seats and the title of `details` (the motif's name if empty).

    `overlaps_seen` are the RDVs that were shown before an overlap was confirmed (None: whichever).

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
            overlaps_seen=overlaps_seen,
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
    location: Location | None,
    actor: Actor,
    now: datetime,
    is_overlap_confirmed: bool = False,
    overlaps_seen: Collection[int] | None = None,
    seen: int | None = None,
) -> Appointment:
    """Give it this title, these seats, this place and these calendars; its day and hours stay.

    With more seats the queue moves up, each told; a change of place is told to everybody. Registrations go on
    meanwhile: they are no change of it. `seen` is the last one that there was when the page was shown
    (`selectors.workshops.last_change_of`); None where none was shown.
    Raises WorkshopRefused for fewer seats than are taken, or no place; OverlapNotConfirmed where a calendar that it
    did not have is not free; LastCalendar without any; EditedMeanwhile when somebody else changed it since it was
    seen; AppointmentNotChangeable when it is cancelled.
    """
    calendar_ids = set(calendar_ids)
    # Everything at once and in the one order of locks; what follows locks again what is locked.
    workshop, _ = lock_appointment(workshop, and_calendars=calendar_ids)
    check_place(workshop.motif, location_id=location and location.pk, address=details.address)
    edit = Edit(
        title=details.title or workshop.motif.name,
        context_note=details.context_note,
        location=location,
        address=details.address,
        phone=workshop.phone,
        video_url=details.video_url,
        option=workshop.option,
        persons=workshop.persons,
    )
    is_same = not changes_of(appointment=workshop, edit=edit) and workshop.seats == details.seats
    if is_same and calendars_of(workshop) == calendar_ids and not workshop.is_cancelled:
        return workshop
    if seen is not None and seen != last_change_of(workshop):
        raise EditedMeanwhile
    act = {"appointment": workshop, "actor": actor, "now": now}
    edit_appointment(edit=edit, seen=workshop.ics_sequence, **act)
    consent = {"is_overlap_confirmed": is_overlap_confirmed, "overlaps_seen": overlaps_seen}
    change_calendars(calendar_ids=calendar_ids, **consent, **act)
    set_seats(workshop, seats=details.seats, actor=actor, now=now)
    return workshop
