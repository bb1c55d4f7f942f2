"""Putting reference weeks on a calendar from date to date."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from organizations.models import Motif

from ..engine.reference_weeks import Addition, Plan, turn_of
from ..engine.typography import NBSP
from ..engine.wall_clock import local_day
from ..exceptions import PreviewOutdated, QuotaExceeded, ReferenceWeekRefused
from ..models import Calendar, Opening, OpeningMotif, ReferenceWeek
from ..selectors.reference_weeks import (
    Preview,
    Timetable,
    openings_of_calendar,
    overruns_of,
    preview_of,
)
from .freed_time import covered_by
from .locations import refuse_place_of_others
from .locks import lock_calendars, lock_organizations
from .openings import FURTHEST_FIRST_DAY, OLDEST_FIRST_DAY, rules_counted
from .recomputation import recompute_locked
from .series import move_holds


def preview_reference_week(
    *,
    weeks: Sequence[ReferenceWeek],
    calendar: Calendar,
    first_day: date,
    last_day: date,
    now: datetime,
    motifs: Sequence[Motif] = (),
    location=None,
) -> Preview:
    """What `apply_reference_week` would change. Writes nothing. Raises ReferenceWeekRefused as it does."""
    timetable = _timetable(weeks, calendar, motifs, location, first_day, last_day)
    _refuse_what_cannot_be(timetable, now=now)
    return preview_of(timetable, now=now)


@transaction.atomic
def apply_reference_week(
    *,
    weeks: Sequence[ReferenceWeek],
    calendar: Calendar,
    first_day: date,
    last_day: date,
    now: datetime,
    motifs: Sequence[Motif] = (),
    location=None,
    expected: str | None = None,
) -> Preview:
    """Replace the organization's openings of `calendar` on [first_day, last_day] by what `weeks` say, by turns.

    Without `motifs` or `location` a desk's own are taken. Openings are cut at the borders of the period; those that
    are as wanted stay, so that applying again changes nothing. RDVs stay; the answer says which no hours hold.
    `expected` is the fingerprint of the preview that was confirmed.

    Raises QuotaExceeded, leaving nothing behind; ReferenceWeekRefused for what cannot be, LocationInUse for a place of
    others; PreviewOutdated when something else would change than what was expected.
    """
    timetable = _timetable(weeks, calendar, motifs, location, first_day, last_day)
    _refuse_what_cannot_be(timetable, now=now)
    (organization,) = lock_organizations([timetable.organization.pk])
    if timetable.location is not None:
        refuse_place_of_others(organization=organization, location_id=timetable.location.pk)
    (locked,) = lock_calendars([calendar.pk])
    timetable = replace(timetable, calendar=locked)
    preview = preview_of(timetable, now=now)
    if expected is not None and expected != preview.fingerprint:
        raise PreviewOutdated
    if not preview.plan.changes_nothing:
        before = rules_counted(locked)
        replaced = covered_by(cut.id for cut in preview.plan.cuts if cut.before is None and cut.after is None)
        added = _carry_out(timetable, preview.plan)
        _check_quota(timetable, added, before=before, now=now)
        recompute_locked(calendars=[locked], now=now, replaced=replaced)
    return preview


def _timetable(weeks, calendar, motifs, location, first_day, last_day):
    motifs = list(motifs)
    if calendar.desk_id is not None:
        motifs = motifs or list(calendar.desk.motifs.active().order_by("name", "pk"))
        location = location or calendar.desk.location
    return Timetable(list(weeks), calendar, motifs, location, first_day, last_day)


def _refuse_what_cannot_be(timetable, *, now):
    organization = timetable.organization
    today = local_day(now, organization.zone)
    if timetable.last_day < timetable.first_day:
        raise ReferenceWeekRefused("La période se termine avant son premier jour.")
    if timetable.last_day > today + FURTHEST_FIRST_DAY:
        raise ReferenceWeekRefused("La période va à plus de cinq ans.")
    if timetable.first_day < today - OLDEST_FIRST_DAY:
        raise ReferenceWeekRefused("Le premier jour est passé depuis plus d'un an.")
    if not timetable.motifs:
        raise ReferenceWeekRefused("Choisissez au moins un motif.")
    others = [*timetable.weeks, *timetable.motifs]
    if any(other.organization_id != organization.pk for other in others):
        raise ReferenceWeekRefused("Un motif ou une semaine n'est pas de cette organisation.")
    on_site = any(motif.location_kind == Motif.LocationKind.ON_SITE for motif in timetable.motifs)
    if on_site and timetable.location is None:
        raise ReferenceWeekRefused(f"Choisissez un lieu{NBSP}: un des motifs se tient sur place.")


def _carry_out(timetable: Timetable, planned: Plan) -> list[Opening]:
    """Cut, copy, delete and add openings. Returns those that were added."""
    cuts = {cut.id: cut for cut in planned.cuts}
    touched = [opening for opening in openings_of_calendar(timetable.calendar) if opening.pk in cuts]
    motifs_of = {opening.pk: list(opening.motifs.all()) for opening in touched}
    shortened, copies, halves, ended = [], [], [], []
    for opening in touched:
        cut = cuts[opening.pk]
        left = [part for part in (cut.before, cut.after) if part is not None]
        if not left:
            ended.append(opening)
            continue
        if len(left) == 2:
            copies.append((_copy(opening, left[1]), motifs_of[opening.pk]))
            halves.append((opening, copies[-1][0]))
        shortened.append((_on_days(opening, left[0]), motifs_of[opening.pk]))
    additions = [(_added(timetable, addition), timetable.motifs) for addition in planned.additions]
    Opening.objects.bulk_update(
        [opening for opening, _ in shortened], ["first_day", "rrule", "excluded_days", "last_day"]
    )
    _create([*copies, *additions])
    for opening, copy in halves:
        opening.edited_occurrences.filter(series_day__gte=copy.first_day).update(series=copy)
    move_holds(touched, [*shortened, *copies, *additions])
    Opening.objects.filter(pk__in=[opening.pk for opening in ended]).delete()
    return [opening for opening, _ in additions]


def _on_days(opening, recurrence):
    opening.recurrence = recurrence
    return opening


def _copy(opening, recurrence):
    copy = Opening(
        organization=opening.organization,
        calendar_id=opening.calendar_id,
        title=opening.title,
        location_id=opening.location_id,
        start_time=opening.start_time,
        end_time=opening.end_time,
    )
    return _on_days(copy, recurrence)


def _added(timetable, addition):
    opening = Opening(
        organization=timetable.organization,
        calendar=timetable.calendar,
        title=_title(timetable, addition),
        location=timetable.location,
        start_time=addition.start_time,
        end_time=addition.end_time,
    )
    return _on_days(opening, addition.recurrence)


def _title(timetable: Timetable, addition: Addition) -> str:
    """The names of the weeks that it comes from."""
    first_day, rule = addition.recurrence.first_day, addition.recurrence.rule
    turn = turn_of(first_day, timetable.first_day, len(timetable.weeks))
    hours = (addition.start_time, addition.end_time)
    names = [
        week.name
        for number, week in enumerate(timetable.weeks)
        if number == turn or (rule and rule.interval == 1 and hours in week.hours[first_day.weekday()])
    ]
    return " / ".join(dict.fromkeys(names))[: Opening._meta.get_field("title").max_length]


def _create(openings):
    Opening.objects.bulk_create([opening for opening, _ in openings])
    OpeningMotif.objects.bulk_create(
        OpeningMotif(organization_id=opening.organization_id, opening=opening, motif=motif)
        for opening, motifs in openings
        for motif in motifs
    )


def _check_quota(timetable, added, *, before, now):
    """After the write: the openings it reads are those that stand now."""
    rules = rules_counted(timetable.calendar)
    refusal = overruns_of(timetable, rules, [opening.rule for opening in added], before=before, now=now)
    if refusal:
        raise QuotaExceeded(refusal)
