"""Every write on conflicts: what stands against RDVs to come, and what people chose to keep all the same."""

from datetime import datetime

from django.db import transaction

from ..models import Appointment, AppointmentCalendar, Conflict
from ..selectors.conflicts import standings_of
from .actors import Actor
from .locks import lock_calendars


@transaction.atomic(savepoint=False)
def review_conflicts(*, calendars, now: datetime) -> None:
    """Note what now stands against the coming RDVs of locked `calendars`, after a change of hours or closed days.

    What somebody chose to keep stays kept until something new stands against it; an RDV against which nothing stands
    any longer has no conflict. Compares before it writes. Nine queries at most; two when nothing is coming.
    """
    coming = AppointmentCalendar.objects.filter(calendar__in=calendars).coming(now)
    standings = {row.pk: (row, sorted(reasons)) for row, reasons in standings_of(coming).items()}
    stored = Conflict.objects.filter(appointment_calendar__in=coming) if standings else Conflict.objects.none()
    changed, ended = [], []
    for conflict in stored.order_by("pk"):
        _row, reasons = standings.pop(conflict.appointment_calendar_id)
        if not reasons:
            ended.append(conflict.pk)
        elif reasons != conflict.reasons:
            changed.append(_take_note(conflict, reasons, now))
    Conflict.objects.filter(pk__in=ended).delete()
    Conflict.objects.bulk_update(changed, ["reasons", "found_at", "kept_at", "kept_by"])
    _record(standings.values(), found_at=now)


def _take_note(conflict, reasons, now):
    if not set(reasons) <= set(conflict.reasons):
        conflict.found_at, conflict.kept_at, conflict.kept_by = now, None, None
    conflict.reasons = reasons
    return conflict


@transaction.atomic(savepoint=False)
def accept_as_placed(*, appointment: Appointment, actor: Actor, now: datetime) -> None:
    """An agent who places an RDV by hand was told what stands against it: it is kept from the start.

    What was noted before of its other calendars stays as it is. Its calendars are locked. Six queries; one when it is
    past.
    """
    coming = AppointmentCalendar.objects.filter(appointment=appointment, conflict=None).coming(now)
    _record(standings_of(coming).items(), found_at=now, kept_at=now, kept_by=actor.agent)


def _record(standings, **fields):
    Conflict.objects.bulk_create(
        Conflict(organization_id=row.organization_id, appointment_calendar=row, reasons=sorted(reasons), **fields)
        for row, reasons in standings
        if reasons
    )


@transaction.atomic
def keep_appointment(*, appointment: Appointment, actor: Actor, now: datetime) -> bool:
    """Leave an RDV where it is, whatever stands against it now; all its conflicts are settled. Safe to repeat.

    Returns whether there was something to settle.
    """
    lock_calendars(appointment.appointment_calendars.order_by().values_list("calendar", flat=True))
    conflicts = Conflict.objects.filter(appointment_calendar__appointment=appointment).open(now)
    return conflicts.update(kept_at=now, kept_by=actor.agent) > 0


def purge_past_conflicts(*, now: datetime) -> int:
    """Delete those of RDVs that have begun: there is nothing left to settle. Returns how many."""
    deleted, _ = Conflict.objects.filter(appointment_calendar__starts_at__lt=now).delete()
    return deleted
