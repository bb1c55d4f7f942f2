"""Every write on unavailabilities. They remove slots, never appointments."""

from datetime import date, datetime, timedelta

from django.db import transaction

from ..engine.openings import catches_up_with_itself
from ..engine.series import Scope
from ..engine.wall_clock import MIDNIGHT, local_day
from ..exceptions import UnavailabilityRefused
from ..models import Unavailability
from .locks import lock_calendars
from .recomputation import recompute_locked
from .series import cut_series, ids_removed_with, keep, part_to_change, shorten, stands_alone, stored_series

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
def change_unavailability(
    *, unavailability: Unavailability, now: datetime, scope: Scope = Scope.ALL, day: date | None = None, **fields
) -> Unavailability:
    """Change the unavailability: all of it, its occurrence of `day`, or that one and those that follow.

    A part becomes an unavailability of its own, which is returned. Occurrences edited before keep their own hours.
    Calendar and organization stay. Raises as `add_unavailability`, and when `day` is no occurrence (any longer).
    """
    return _save(unavailability, now=now, fields=fields, scope=scope, day=day)


@transaction.atomic
def remove_unavailability(
    *, unavailability: Unavailability, now: datetime, scope: Scope = Scope.ALL, day: date | None = None
) -> None:
    """Delete it or a part of it, with the edited occurrences of that part. Deleting what is deleted changes nothing.

    Raises UnavailabilityRefused when `day` is no occurrence (any longer).
    """
    calendars = lock_calendars([unavailability.calendar_id])
    stored = stored_series(unavailability)
    if stored is None:
        return
    removed = cut_series(stored, scope=scope, day=day, refusal=UnavailabilityRefused)
    Unavailability.objects.filter(pk__in=ids_removed_with(stored, removed, scope=scope, day=day)).delete()
    if removed.left is not None:
        keep(stored, removed.left)
    recompute_locked(calendars=calendars, now=now)


def _save(unavailability, *, now, fields, scope=Scope.ALL, day=None):
    calendars = lock_calendars([unavailability.calendar_id])
    stored, left = None, None
    if unavailability.pk is not None:
        stored = stored_series(unavailability)
        if stored is None:
            raise UnavailabilityRefused("Cette indisponibilité vient d'être supprimée.")
        unavailability, left = part_to_change(
            unavailability, stored, scope=Scope(scope), day=day, refusal=UnavailabilityRefused
        )
    for name, value in fields.items():
        setattr(unavailability, name, value)
    stands_alone(unavailability)
    _refuse_what_cannot_be(unavailability)
    if stored is None or unavailability.first_day not in (stored.first_day, day):
        _refuse_first_day_out_of_reach(unavailability.first_day, today=local_day(now, unavailability.organization.zone))
    unavailability.last_day = unavailability.last_day_of_recurrence
    unavailability.save()
    if left is not None:
        shorten(stored, left, beside=unavailability, day=day)
    recompute_locked(calendars=calendars, now=now)
    return unavailability


def _refuse_first_day_out_of_reach(first_day, *, today):
    if first_day > today + FURTHEST_FIRST_DAY:
        raise UnavailabilityRefused("Le premier jour est dans plus de cinq ans.")


def _refuse_what_cannot_be(unavailability):
    ends_same_day = unavailability.days_spanned == 0
    if ends_same_day and MIDNIGHT != unavailability.end_time <= unavailability.start_time:
        raise UnavailabilityRefused("L'indisponibilité doit se terminer après son début.")
    if not 0 <= unavailability.days_spanned <= LONGEST.days:
        raise UnavailabilityRefused("Une indisponibilité dure un an au plus.")
    if unavailability.recurrence.first_occurrence() is None:
        raise UnavailabilityRefused("La répétition ne tombe sur aucun jour.")
    if catches_up_with_itself(unavailability.rule):
        raise UnavailabilityRefused("Elle dure plus longtemps que l'intervalle entre deux répétitions.")
