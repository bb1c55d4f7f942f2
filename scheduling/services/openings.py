"""Every write on opening ranges."""

from datetime import datetime, timedelta

from django.db import transaction

from organizations.models import Motif

from ..engine.phrases import describe_overruns
from ..engine.quota import Week, weeks_over
from ..engine.typography import NBSP
from ..engine.wall_clock import MIDNIGHT, local_day
from ..exceptions import OpeningRefused, QuotaExceeded
from ..models import Calendar, FreeWindow, Opening, OpeningMotif
from .locks import lock_calendars, lock_organizations
from .windows import rebuild_windows

# Nobody plans further, or notes what is longer ago than what is kept; a slip of the year is caught.
FURTHEST_FIRST_DAY = timedelta(days=5 * 366)
OLDEST_FIRST_DAY = timedelta(days=366)


@transaction.atomic
def open_hours(*, organization, calendar, motifs, now: datetime, **fields) -> Opening:
    """Add an opening of `organization` to `calendar`.

    Raises QuotaExceeded, leaving nothing behind, naming the first ISO week that would be opened for longer than
    the calendar's weekly allowance; OpeningRefused for hours, a motif, a place or a first day that cannot be.
    """
    return _save(Opening(organization=organization, calendar=calendar), motifs=motifs, now=now, fields=fields)


@transaction.atomic
def change_opening(*, opening: Opening, motifs, now: datetime, **fields) -> Opening:
    """Change the whole opening. Its calendar and organization stay. Raises as `open_hours`."""
    return _save(opening, motifs=motifs, now=now, fields=fields)


@transaction.atomic
def close_opening(*, opening: Opening, now: datetime) -> None:
    """Delete the whole opening: its free slots disappear, its appointments stay."""
    lock_organizations([opening.organization_id])
    calendars = lock_calendars([opening.calendar_id])
    _delete([opening.pk])
    rebuild_windows(calendars=calendars, now=now)


def purge_ended_openings(*, now: datetime) -> int:
    """Delete the openings that ended more than a year ago (retention). Nothing can be booked on them any more."""
    a_year_ago = now.date() - timedelta(days=366)
    ended = list(Opening.objects.filter(last_day__lt=a_year_ago).order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(ended), 1000):
        with transaction.atomic():
            _delete(ended[first : first + 1000])
    return len(ended)


def _delete(opening_ids):
    FreeWindow.objects.filter(opening__in=opening_ids).delete()
    OpeningMotif.objects.filter(opening__in=opening_ids).delete()
    Opening.objects.filter(pk__in=opening_ids).delete()


def _save(opening, *, motifs, now, fields):
    (organization,) = lock_organizations([opening.organization_id])
    calendars = lock_calendars([opening.calendar_id])
    known_first_day = _first_day_now(opening)
    for name, value in fields.items():
        setattr(opening, name, value)
    motifs = list(motifs)
    _refuse_what_cannot_be(opening, organization=organization, motifs=motifs)
    if opening.first_day != known_first_day:
        _refuse_first_day_out_of_reach(opening.first_day, today=local_day(now, organization.zone))
    opening.last_day = opening.recurrence.last_day()
    opening.save()
    _carry(opening, motifs)
    check_quota(calendars[0], changed=opening, now=now)  # After the write: the openings it reads include this one.
    rebuild_windows(calendars=calendars, now=now)
    return opening


def _carry(opening, motifs):
    OpeningMotif.objects.filter(opening=opening).exclude(motif__in=motifs).delete()
    OpeningMotif.objects.bulk_create(
        [OpeningMotif(organization_id=opening.organization_id, opening=opening, motif=motif) for motif in motifs],
        ignore_conflicts=True,
    )


def _first_day_now(opening):
    """As stored, under the lock; None for a new one."""
    if opening.pk is None:
        return None
    first_day = Opening.objects.filter(pk=opening.pk).values_list("first_day", flat=True).first()
    if first_day is None:
        raise OpeningRefused("Cette plage d'ouverture vient d'être supprimée.")
    return first_day


def _refuse_first_day_out_of_reach(first_day, *, today):
    if first_day > today + FURTHEST_FIRST_DAY:
        raise OpeningRefused("Le premier jour est dans plus de cinq ans.")
    if first_day < today - OLDEST_FIRST_DAY:
        raise OpeningRefused("Le premier jour est passé depuis plus d'un an.")


def _refuse_what_cannot_be(opening, *, organization, motifs):
    if MIDNIGHT != opening.end_time <= opening.start_time:
        raise OpeningRefused("La plage doit se terminer après son début.")
    if not motifs:
        raise OpeningRefused("Choisissez au moins un motif.")
    if any(motif.organization_id != organization.pk for motif in motifs):
        raise OpeningRefused("Un motif n'est pas de cette organisation.")
    if opening.location_id is None and any(motif.location_kind == Motif.LocationKind.ON_SITE for motif in motifs):
        raise OpeningRefused(f"Choisissez un lieu{NBSP}: un des motifs se tient sur place.")
    if opening.recurrence.first_occurrence() is None:
        raise OpeningRefused("La répétition ne tombe sur aucun jour.")


def check_quota(calendar: Calendar, *, changed: Opening, now: datetime) -> None:
    """Raise QuotaExceeded if `changed` opens the calendar for longer than its allowance in any week."""
    if calendar.weekly_allowance is None:
        return
    openings = Opening.objects.filter(calendar=calendar).select_related("organization__territory").order_by("pk")
    overruns = weeks_over(
        [opening.rule for opening in openings],
        calendar.weekly_allowance,
        from_week=Week.of(min(local_day(now, changed.organization.zone), changed.first_day)),
        changed=[changed.rule],
    )
    if overruns:
        raise QuotaExceeded(describe_overruns(overruns, calendar.weekly_allowance))
