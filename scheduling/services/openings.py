"""Every write on opening ranges."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from organizations.models import Location, Motif

from ..engine.openings import OpeningRule
from ..engine.phrases import describe_overruns
from ..engine.quota import Week, weeks_over
from ..engine.series import Scope
from ..engine.typography import NBSP
from ..engine.wall_clock import MIDNIGHT, local_day
from ..exceptions import OpeningRefused, QuotaExceeded
from ..models import Calendar, FreeWindow, Opening, OpeningMotif
from .freed_time import note_freed_time
from .locks import lock_calendars, lock_organizations
from .recomputation import recompute_locked
from .series import (
    cut_series,
    ids_removed_with,
    keep,
    move_holds,
    part_to_change,
    shorten,
    stands_alone,
    stored_series,
)

# Nobody plans further, or notes what is longer ago than what is kept; a slip of the year is caught.
FURTHEST_FIRST_DAY = timedelta(days=5 * 366)
OLDEST_FIRST_DAY = timedelta(days=366)

_PURGED_AT_ONCE = 1000


@transaction.atomic
def open_hours(*, organization, calendar, motifs, now: datetime, **fields) -> Opening:
    """Add an opening of `organization` to `calendar`.

    Raises QuotaExceeded, leaving nothing behind, naming the first ISO week that would be opened for longer than
    the calendar's weekly allowance; OpeningRefused for hours, a motif, a place or a first day that cannot be.
    """
    return _save(Opening(organization=organization, calendar=calendar), motifs=motifs, now=now, fields=fields)


@transaction.atomic
def change_opening(
    *, opening: Opening, motifs, now: datetime, scope: Scope = Scope.ALL, day: date | None = None, **fields
) -> Opening:
    """Change the opening: all of it, its occurrence of `day`, or that one and those that follow.

    A part becomes an opening of its own, which is returned. Occurrences edited before keep their own hours. Calendar
    and organization stay. Raises as `open_hours`, and OpeningRefused when `day` is no occurrence (any longer).
    """
    return _save(opening, motifs=motifs, now=now, fields=fields, scope=scope, day=day)


@transaction.atomic
def close_opening(*, opening: Opening, now: datetime, scope: Scope = Scope.ALL, day: date | None = None) -> None:
    """Delete the opening or a part of it, with the edited occurrences of that part: its free slots disappear, its
    appointments stay. Deleting what is deleted changes nothing.

    Raises OpeningRefused when `day` is no occurrence (any longer).
    """
    lock_organizations([opening.organization_id])
    calendars = lock_calendars([opening.calendar_id])
    stored = stored_series(opening)
    if stored is None:
        return
    removed = cut_series(stored, scope=scope, day=day, refusal=OpeningRefused)
    delete_openings(ids_removed_with(stored, removed, scope=scope, day=day))
    if removed.left is not None:
        keep(stored, removed.left)
    recompute_locked(calendars=calendars, now=now)


def purge_ended_openings(*, now: datetime) -> int:
    """Delete the openings that ended more than a year ago (retention). Nothing can be booked on them any more."""
    a_year_ago = now.date() - timedelta(days=366)
    ended = Opening.objects.filter(last_day__lt=a_year_ago).order_by("pk")
    deleted = 0
    while True:
        with transaction.atomic():
            # Locked, and looked at once more: somebody may be prolonging one. The night after finds what is locked now.
            batch = [opening.pk for opening in ended.select_for_update(skip_locked=True)[:_PURGED_AT_ONCE]]
            delete_openings(batch)
        deleted += len(batch)
        if len(batch) < _PURGED_AT_ONCE:
            return deleted


def delete_openings(opening_ids) -> None:
    """Delete whole openings. Callers hold the locks of their calendars and recompute these."""
    FreeWindow.objects.filter(opening__in=opening_ids).delete()
    OpeningMotif.objects.filter(opening__in=opening_ids).delete()
    Opening.objects.filter(pk__in=opening_ids).delete()


def _save(opening, *, motifs, now, fields, scope=Scope.ALL, day=None):
    (organization,) = lock_organizations([opening.organization_id])
    calendars = lock_calendars([opening.calendar_id])
    rules_before = rules_counted(calendars[0])
    motifs = list(motifs)
    stored, left = None, None
    if opening.pk is not None:
        stored = stored_series(opening)
        if stored is None:
            raise OpeningRefused("Cette plage d'ouverture vient d'être supprimée.")
        opening, left = part_to_change(opening, stored, scope=Scope(scope), day=day, refusal=OpeningRefused)
    for name, value in fields.items():
        setattr(opening, name, value)
    stands_alone(opening)
    _refuse_what_cannot_be(opening, organization=organization, motifs=motifs)
    _refuse_what_belongs_to_others(opening, stored, organization=organization)
    if stored is None or opening.first_day not in (stored.first_day, day):
        _refuse_first_day_out_of_reach(opening.first_day, today=local_day(now, organization.zone))
    opening.last_day = opening.last_day_of_recurrence
    opening.save()
    joined = _carry(opening, motifs)
    if left is not None:
        shorten(stored, left, beside=opening, day=day)
        move_holds([stored], [(stored, stored.motifs.all()), (opening, motifs)])
    # After the write: the openings it reads include this one.
    check_quota(calendars[0], changed=[opening], rules_before=rules_before, now=now)
    recompute_locked(calendars=calendars, now=now)
    if joined:
        # Its windows stay as they are: to those who wait for such a motif all of them are new.
        note_freed_time(appeared=FreeWindow.objects.filter(opening=opening).order_by("pk"), gone=[], now=now)
    return opening


def _carry(opening, motifs) -> bool:
    """Whether it carries one that it did not carry before."""
    before = set(OpeningMotif.objects.filter(opening=opening).values_list("motif", flat=True))
    OpeningMotif.objects.filter(opening=opening).exclude(motif__in=motifs).delete()
    OpeningMotif.objects.bulk_create(
        [OpeningMotif(organization_id=opening.organization_id, opening=opening, motif=motif) for motif in motifs],
        ignore_conflicts=True,
    )
    return bool(before) and not before.issuperset(motif.pk for motif in motifs)


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


def _refuse_what_belongs_to_others(opening, stored, *, organization):
    """What an opening has already may stay: its agent may have left, its location be shared no longer."""
    if stored is None and not Calendar.objects.for_organization(organization).filter(pk=opening.calendar_id).exists():
        raise OpeningRefused("Cet agenda n'est pas de cette organisation.")
    if opening.location_id is None or (stored and opening.location_id == stored.location_id):
        return
    if not Location.objects.for_organization(organization).filter(pk=opening.location_id).exists():
        raise OpeningRefused("Ce lieu n'est pas de cette organisation.")


def check_quota(calendar: Calendar, *, changed: Sequence[Opening], rules_before, now: datetime) -> None:
    """Raise QuotaExceeded if `changed` opens the calendar for longer than its allowance in any week.

    Where it was already open for as long by `rules_before`, under an earlier allowance, the week is left alone:
    a change may always open less.
    """
    if calendar.weekly_allowance is None:
        return
    overruns = weeks_over(
        rules_counted(calendar),
        calendar.weekly_allowance,
        from_week=Week.of(min(local_day(now, changed[0].organization.zone), *(row.first_day for row in changed))),
        changed=[row.rule for row in changed],
        before=rules_before,
    )
    if overruns:
        raise QuotaExceeded(describe_overruns(overruns, calendar.weekly_allowance))


def rules_counted(calendar: Calendar) -> list[OpeningRule]:
    """Of every opening of a calendar with an allowance, as `check_quota` compares them; of others nobody asks."""
    if calendar.weekly_allowance is None:
        return []
    openings = Opening.objects.filter(calendar=calendar).select_related("organization__territory").order_by("pk")
    return [opening.rule for opening in openings]
