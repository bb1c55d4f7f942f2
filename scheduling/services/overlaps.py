"""Two RDVs at once on one calendar: only where an agent was shown the other one, and confirmed."""

from collections.abc import Collection, Iterable
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from psycopg.errors import ExclusionViolation

from ..engine.intervals import Interval
from ..exceptions import OverlapNotConfirmed
from ..models import AppointmentCalendar


def overlapped_calendars(
    *,
    calendars: Iterable,
    period: Interval,
    is_confirmed: bool,
    seen: Collection[int] | None = None,
    besides: int | None = None,
) -> set[int]:
    """The locked `calendars` (or their ids) on which another RDV than `besides` occupies a part of `period`. One query.

    `seen` are the RDVs that were shown when the overlap was confirmed; None: whichever.
    Raises OverlapNotConfirmed when there is one that nobody confirmed.
    """
    rows = AppointmentCalendar.objects.filter(
        calendar__in=calendars, is_occupying=True, starts_at__lt=period.end, ends_at__gt=period.start
    ).exclude(appointment=besides)
    overlapping = list(rows.order_by().values_list("calendar", "appointment"))
    unseen = {appointment for _, appointment in overlapping} - set(seen) if seen is not None else ()
    if overlapping and (not is_confirmed or unseen):
        raise OverlapNotConfirmed
    return {calendar for calendar, _ in overlapping}


@contextmanager
def overlap_refused():
    """Where somebody wrote without taking the lock, the constraint has the last word. Raises OverlapNotConfirmed."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise OverlapNotConfirmed from error
        raise
