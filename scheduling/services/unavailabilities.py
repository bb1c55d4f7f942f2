"""Every write on unavailabilities. They remove slots, never appointments."""

from datetime import datetime, timedelta

from django.db import transaction

from ..engine.openings import catches_up_with_itself
from ..engine.wall_clock import MIDNIGHT, local_day
from ..exceptions import UnavailabilityRefused
from ..models import Unavailability
from .locks import lock_calendars
from .windows import rebuild_windows

LONGEST = timedelta(days=366)
FURTHEST_FIRST_DAY = timedelta(days=5 * 366)


@transaction.atomic
def add_unavailability(*, organization, calendar, now: datetime, **fields) -> Unavailability:
    """Take time back from `calendar`; wall-clock times are those of `organization`.

    Raises UnavailabilityRefused when it ends before it starts, never happens, lasts more than a year, begins in more
    than five, or comes again before it has ended.
    """
    return _save(Unavailability(organization=organization, calendar=calendar), now=now, fields=fields)


@transaction.atomic
def change_unavailability(*, unavailability: Unavailability, now: datetime, **fields) -> Unavailability:
    """Change the whole series. Its calendar and organization stay. Raises as `add_unavailability`."""
    return _save(unavailability, now=now, fields=fields)


@transaction.atomic
def remove_unavailability(*, unavailability: Unavailability, now: datetime) -> None:
    calendars = lock_calendars([unavailability.calendar_id])
    Unavailability.objects.filter(pk=unavailability.pk).delete()
    rebuild_windows(calendars=calendars, now=now)


def _save(unavailability, *, now, fields):
    calendars = lock_calendars([unavailability.calendar_id])
    if unavailability.pk and not Unavailability.objects.filter(pk=unavailability.pk).exists():
        raise UnavailabilityRefused("Cette indisponibilité vient d'être supprimée.")
    for name, value in fields.items():
        setattr(unavailability, name, value)
    _refuse_what_cannot_be(unavailability, today=local_day(now, unavailability.organization.zone))
    last_start = unavailability.recurrence.last_day()
    unavailability.last_day = last_start and last_start + timedelta(days=unavailability.days_spanned)
    unavailability.save()
    rebuild_windows(calendars=calendars, now=now)
    return unavailability


def _refuse_what_cannot_be(unavailability, *, today):
    ends_same_day = unavailability.days_spanned == 0
    if ends_same_day and MIDNIGHT != unavailability.end_time <= unavailability.start_time:
        raise UnavailabilityRefused("L'indisponibilité doit se terminer après son début.")
    if not 0 <= unavailability.days_spanned <= LONGEST.days:
        raise UnavailabilityRefused("Une indisponibilité dure un an au plus.")
    if unavailability.first_day > today + FURTHEST_FIRST_DAY:
        raise UnavailabilityRefused("Le premier jour est dans plus de cinq ans.")
    if unavailability.recurrence.first_occurrence() is None:
        raise UnavailabilityRefused("La répétition ne tombe sur aucun jour.")
    if catches_up_with_itself(unavailability.rule):
        raise UnavailabilityRefused("Elle dure plus longtemps que l'intervalle entre deux répétitions.")
