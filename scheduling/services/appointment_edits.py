"""What an appointment says of itself, and on whose calendars it stands: changed, with its history and its messages."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from psycopg.errors import ExclusionViolation

from organizations.models import Location, MotifOption

from ..engine.delays import describe_duration
from ..engine.intervals import Interval
from ..engine.typography import NBSP, enumerate_words
from ..exceptions import (
    AppointmentNotChangeable,
    CalendarsNotFree,
    EditedMeanwhile,
    LastCalendar,
    LengthDoesNotFit,
    PlacementRefused,
)
from ..models import Appointment, AppointmentCalendar, AppointmentEvent, Calendar
from ..selectors.availability import busy_among, busy_by_calendar
from ..selectors.slots import Demand
from .actors import Actor
from .appointment_status import busy_period
from .conflicts import accept_as_placed, review_conflicts
from .events import calendars_change, record_event
from .locks import lock_appointment
from .overlaps import overlapped_calendars
from .windows import refresh_windows

LONGEST = timedelta(days=1)
LASTS_TOO_LONG = "Un rendez-vous dure une journée au plus."


@dataclass(frozen=True)
class Edit:
    """All that is edited at once. `location` or `address`, `phone`, `video_url` as the kind of place asks."""

    title: str = ""
    context_note: str = ""
    location: Location | None = None
    address: str = ""
    phone: str = ""
    video_url: str = ""
    option: MotifOption | None = None
    persons: int = 1


_LABELS = {
    "title": "Intitulé",
    "context_note": "Note pour les agents",
    "location": "Lieu",
    "address": "Adresse",
    "phone": "Téléphone à appeler",
    "video_url": "Lien de la visio",
    "option": "Option",
    "persons": "Personnes",
}


@transaction.atomic
def edit_appointment(*, appointment: Appointment, edit: Edit, seen: int, actor: Actor, now: datetime) -> Appointment:
    """Make the appointment say what `edit` says; the same again changes nothing. `seen` is the `ics_sequence` edited.

    Another option or number of persons brings its length where the appointment still has the usual one; what was
    stretched by hand stays as long as it is.

    A new place, number or link of a coming appointment is told to its participants as a « création » (N1 has no kind
    of its own for it): that message is the recap with the place in it, where « changement de date » would speak of a
    date that has not changed. Its agents are told what was changed. Nothing else is told.

    Raises LengthDoesNotFit when something occupies the time that the new length needs; PlacementRefused when that is
    more than a day; EditedMeanwhile when somebody else changed it since it was seen; AppointmentNotChangeable when it
    is cancelled.
    """
    appointment, calendars = lock_appointment(appointment)
    if appointment.is_cancelled:
        raise AppointmentNotChangeable("Ce rendez-vous est annulé. Reprenez-le d'abord.")
    changes = changes_of(appointment=appointment, edit=edit)
    before, ends_at = busy_period(appointment), _new_end(appointment, edit)
    if not changes:
        return appointment
    if appointment.ics_sequence != seen:
        raise EditedMeanwhile
    if ends_at - appointment.starts_at > LONGEST:
        raise PlacementRefused(LASTS_TOO_LONG)
    if ends_at != appointment.ends_at:
        changes.append(_length_change(appointment, ends_at))
        _check_room(appointment, calendars, ends_at, now=now)
    for name in _LABELS:
        setattr(appointment, name, getattr(edit, name))
    appointment.ends_at, appointment.ics_sequence = ends_at, F("ics_sequence") + 1
    _save(appointment, [*_LABELS, "ends_at", "ics_sequence"])
    appointment.refresh_from_db(fields=["ics_sequence"])
    after = busy_period(appointment)
    if after != before:
        refresh_windows(calendars=calendars, period=Interval(before.start, max(before.end, after.end)), now=now)
    if appointment.is_upcoming(now):
        review_conflicts(calendars=calendars, now=now)
    record_event(appointment, AppointmentEvent.Kind.EDITED, actor=actor, now=now, changes=changes)
    return appointment


def changes_of(*, appointment: Appointment, edit: Edit) -> list[dict]:
    """What `edit` would change, as the history writes it."""
    return [
        {"field": name, "label": label, "before": _text(getattr(appointment, name)), "after": _text(value)}
        for name, label in _LABELS.items()
        if (getattr(appointment, name) or None) != ((value := getattr(edit, name)) or None)
    ]


def _text(value):
    return getattr(value, "as_national", None) or str(value or "")


def _new_end(appointment, edit):
    usual = Demand(appointment.motif, appointment.option, appointment.persons).length
    if appointment.ends_at - appointment.starts_at != usual:
        return appointment.ends_at
    return appointment.starts_at + Demand(appointment.motif, edit.option, edit.persons).length


def _length_change(appointment, ends_at):
    lengths = (appointment.ends_at - appointment.starts_at, ends_at - appointment.starts_at)
    before, after = (describe_duration(length) for length in lengths)
    return {"field": "length", "label": "Durée", "before": before, "after": after}


def _check_room(appointment, calendars, ends_at, *, now):
    if ends_at <= appointment.ends_at:
        return
    needed, own = Interval(appointment.ends_at, ends_at), busy_period(appointment)
    for busy in busy_by_calendar([calendar.pk for calendar in calendars], needed, now=now).values():
        if own in busy:
            busy.remove(own)
        if any(interval.overlaps(needed) for interval in busy):
            raise LengthDoesNotFit(ends_at - appointment.starts_at)


def _save(appointment, fields):
    try:
        with transaction.atomic():
            appointment.save(update_fields=fields)
    except IntegrityError as error:
        # Somebody wrote without taking the lock: the constraint has the last word.
        if not isinstance(error.__cause__, ExclusionViolation):
            raise
        raise LengthDoesNotFit(appointment.ends_at - appointment.starts_at) from error


@transaction.atomic
def change_calendars(
    *,
    appointment: Appointment,
    calendar_ids: Collection[int],
    actor: Actor,
    now: datetime,
    seen: int | None = None,
    is_overlap_confirmed: bool = False,
    confirmed_on: Collection[int] | None = None,
    overlaps_seen: Collection[int] | None = None,
) -> Appointment:
    """The agents and desks that the appointment occupies from now on. The same again changes nothing.

    `seen` is the `ics_sequence` that was on the screen, as of `edit_appointment`; None where none was. Confirmed is
    what was shown: `confirmed_on` these calendars, over the RDVs `overlaps_seen` (None: whichever).

    An agent who is added is told as of a new appointment, one who is taken away that it is no longer theirs.
    Raises CalendarsNotFree, naming them, when calendars to add are not free and nobody confirmed it;
    OverlapNotConfirmed for another RDV in the way than those seen; LastCalendar without any; EditedMeanwhile when
    somebody else changed it since; AppointmentNotChangeable when it is cancelled.
    """
    wanted = set(calendar_ids)
    appointment, calendars = lock_appointment(appointment, and_calendars=wanted)
    rows = {row.calendar_id: row for row in appointment.appointment_calendars.order_by("pk")}
    added, taken = wanted - rows.keys(), rows.keys() - wanted
    if appointment.is_cancelled:
        raise AppointmentNotChangeable("Ce rendez-vous est annulé. Reprenez-le d'abord.")
    if not wanted:
        raise LastCalendar
    if not added and not taken:
        return appointment
    if seen is not None and seen != appointment.ics_sequence:
        raise EditedMeanwhile
    period = Interval(appointment.starts_at, appointment.ends_at)
    busy = busy_among(added, period, now=now)
    if busy and not (is_overlap_confirmed and (confirmed_on is None or busy <= set(confirmed_on))):
        raise CalendarsNotFree(f"{_named(busy)}{NBSP}: ce temps n'est pas libre.", calendar_ids=busy)
    overlapped = overlapped_calendars(
        calendars=added, period=period, is_confirmed=is_overlap_confirmed, seen=overlaps_seen, besides=appointment.pk
    )
    changes = calendars_change(before=rows.keys(), after=wanted)
    AppointmentCalendar.objects.filter(pk__in=[rows[calendar_id].pk for calendar_id in taken]).delete()
    AppointmentCalendar.objects.bulk_create(
        AppointmentCalendar(
            organization_id=appointment.organization_id,
            appointment=appointment,
            calendar_id=calendar_id,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
            is_overlap_confirmed=calendar_id in overlapped,
        )
        for calendar_id in sorted(added)
    )
    # Whoever has it on their screen as it was is told so.
    appointment.ics_sequence = F("ics_sequence") + 1
    appointment.save(update_fields=["ics_sequence"])
    appointment.refresh_from_db(fields=["ics_sequence"])
    refresh_windows(calendars=calendars, period=busy_period(appointment), now=now)
    accept_as_placed(appointment=appointment, actor=actor, now=now)
    record_event(appointment, AppointmentEvent.Kind.EDITED, actor=actor, now=now, changes=changes)
    return appointment


def overlapped_by(calendar_ids, *, appointment) -> set[int]:
    """Of these calendars, those where another appointment stands in the time of this one. One query."""
    others = AppointmentCalendar.objects.filter(
        calendar__in=calendar_ids,
        is_occupying=True,
        starts_at__lt=appointment.ends_at,
        ends_at__gt=appointment.starts_at,
    )
    return set(others.exclude(appointment=appointment).values_list("calendar", flat=True))


def _named(calendar_ids):
    return enumerate_words([str(each) for each in Calendar.objects.filter(pk__in=calendar_ids).for_display()])
