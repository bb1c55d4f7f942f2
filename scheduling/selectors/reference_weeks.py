"""What putting reference weeks on a calendar would change, read without changing it."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from organizations.models import Location, Motif

from ..engine.conflicts import Booked, is_held
from ..engine.intervals import Interval
from ..engine.openings import OpeningRule, first_crossing
from ..engine.phrases import describe_overruns, format_day
from ..engine.quota import Week, opened_by_week, weeks_over
from ..engine.reference_weeks import Existing, Opened, Plan, plan
from ..engine.typography import NBSP, count, enumerate_words, quote
from ..engine.wall_clock import ONE_DAY, day_interval, local_day
from ..models import Appointment, AppointmentCalendar, AppointmentStatus, Calendar, Opening, ReferenceWeek
from .opening_days import closed_day_reasons_of
from .quota import Gauge

DAYS_SHOWN = 100
APPOINTMENTS_SHOWN = 50


@dataclass(frozen=True)
class Timetable:
    """What is to be applied: `weeks` by turns from the week of `first_day`; `last_day` is included."""

    weeks: Sequence[ReferenceWeek]
    calendar: Calendar
    motifs: Sequence[Motif]
    location: Location | None
    first_day: date
    last_day: date

    @property
    def organization(self):
        return self.weeks[0].organization

    @property
    def week_hours(self):
        return [week.hours for week in self.weeks]

    @property
    def period(self) -> Interval:
        zone = self.organization.zone
        return Interval(day_interval(self.first_day, zone).start, day_interval(self.last_day, zone).end)

    def is_alike(self, opening: Opening) -> bool:
        """Whether the opening carries the same motifs at the same place. No query when its motifs are loaded."""
        carried = {motif.pk for motif in opening.motifs.all()}
        place = self.location.pk if self.location else None
        return opening.location_id == place and carried == {motif.pk for motif in self.motifs}


@dataclass
class DayChange:
    """One day on which something changes; `closed` says why none of it gives slots."""

    day: date
    removed: list[Opened] = field(default_factory=list)
    added: list[Opened] = field(default_factory=list)
    unchanged: list[Opened] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    @property
    def month(self) -> date:
        return self.day.replace(day=1)


@dataclass(frozen=True)
class Preview:
    """`outside` are the first of the coming RDVs in the period that no hours will hold, `outside_ids` all of them.

    `refusal` says, in French, why it cannot be applied; `gauge` is the fullest week of the period, once applied.
    """

    plan: Plan
    days: list[DayChange]
    changed_days: int
    outside: list[Appointment]
    outside_ids: list[int]
    warnings: list[str]
    gauge: Gauge | None = None
    refusal: str = ""

    @property
    def days_not_shown(self) -> int:
        return self.changed_days - len(self.days)

    @property
    def appointments_not_shown(self) -> int:
        return len(self.outside_ids) - len(self.outside)

    @property
    def fingerprint(self) -> str:
        """Names what was seen: rows that change and RDVs left outside."""
        seen = repr((self.plan.cuts, self.plan.additions, self.plan.added, self.plan.removed, self.outside_ids))
        return hashlib.sha256(seen.encode()).hexdigest()[:16]


def openings_of_calendar(calendar: Calendar) -> list[Opening]:
    """All of them, in every organization, with their motifs. Two queries."""
    openings = Opening.objects.filter(calendar=calendar).select_related("organization__territory").order_by("pk")
    return list(openings.prefetch_related("motifs"))


def plan_of(timetable: Timetable, openings: Sequence[Opening]) -> Plan:
    """No query. `openings` are those of the calendar; other organizations' are left alone."""
    existing = [
        Existing(
            opening.pk,
            opening.recurrence,
            opening.start_time,
            opening.end_time,
            is_alike=timetable.is_alike(opening),
        )
        for opening in openings
        if opening.organization_id == timetable.organization.pk
    ]
    return plan(timetable.week_hours, timetable.first_day, timetable.last_day, existing)


def preview_of(timetable: Timetable, *, now: datetime) -> Preview:
    """Nine queries at most."""
    openings = openings_of_calendar(timetable.calendar)
    planned = plan_of(timetable, openings)
    organization_id = timetable.organization.pk
    own = [opening.rule for opening in openings if opening.organization_id == organization_id]
    others = [opening.rule for opening in openings if opening.organization_id != organization_id]
    additions = [_rule(timetable, 0, addition) for addition in planned.additions]
    after = [*_left_of(own, planned), *additions]
    outside_ids = appointments_outside(timetable, after, now=now)
    days, changed_days = _days(timetable, planned)
    return Preview(
        plan=planned,
        days=days,
        changed_days=changed_days,
        outside=list(Appointment.objects.filter(pk__in=outside_ids[:APPOINTMENTS_SHOWN]).for_list()),
        outside_ids=outside_ids,
        warnings=[*_past(timetable, now), *_too_short(timetable), *_crossings(timetable, additions, others)],
        gauge=_fullest_week(timetable, [*others, *after]),
        refusal=overruns_of(timetable, [*others, *after], additions, before=[*others, *own], now=now),
    )


def appointments_outside(timetable: Timetable, rules: Sequence[OpeningRule], *, now: datetime) -> list[int]:
    """Coming RDVs of the organization on the calendar, in the period, that no `rules` hold. One query."""
    period = timetable.period
    coming = AppointmentCalendar.objects.filter(
        calendar=timetable.calendar,
        organization=timetable.organization,
        appointment__status=AppointmentStatus.BOOKED,
        starts_at__gt=now,
        starts_at__lt=period.end,
        ends_at__gt=period.start,
    )
    rows = coming.order_by("starts_at", "pk").values_list(
        "appointment_id", "appointment__location", "starts_at", "ends_at"
    )
    organization = timetable.organization
    return [
        pk
        for pk, location_id, *period in rows
        if not is_held(Booked(organization.pk, location_id, Interval(*period), organization.zone), rules)
    ]


def overruns_of(timetable: Timetable, rules, changed, *, before, now: datetime) -> str:
    """The refusal, in French, when `changed` among `rules` exceed the calendar's allowance, in weeks that were not open
    for as long by the rules `before`; empty otherwise.
    """
    allowance = timetable.calendar.weekly_allowance
    if allowance is None or not changed:
        return ""
    today = local_day(now, timetable.organization.zone)
    from_week = Week.of(min(today, timetable.first_day))
    overruns = weeks_over(rules, allowance, from_week=from_week, changed=changed, before=before)
    return describe_overruns(overruns, allowance) if overruns else ""


def _rule(timetable, number, part):
    return OpeningRule(
        id=number,
        organization_id=timetable.organization.pk,
        location_id=timetable.location and timetable.location.pk,
        recurrence=part.recurrence,
        start_time=part.start_time,
        end_time=part.end_time,
        zone=timetable.organization.zone,
    )


def _left_of(rules, planned):
    cuts = {cut.id: cut for cut in planned.cuts}
    for rule in rules:
        if rule.id not in cuts:
            yield rule
            continue
        for recurrence in (cuts[rule.id].before, cuts[rule.id].after):
            if recurrence is not None:
                yield replace(rule, recurrence=recurrence)


def _days(timetable, planned):
    """The first days that change, and how many do in all."""
    by_day = defaultdict(lambda: DayChange(date.min))
    for name in ("removed", "added"):
        for opened in getattr(planned, name):
            getattr(by_day[opened.day], name).append(opened)
    shown = sorted(by_day)[:DAYS_SHOWN]
    if not shown:
        return [], 0
    for opened in planned.unchanged:
        if opened.day in by_day:
            by_day[opened.day].unchanged.append(opened)
    organization = timetable.organization
    reasons = closed_day_reasons_of([organization], first_day=shown[0], last_day=shown[-1])[organization.pk]
    for day in shown:
        by_day[day].day, by_day[day].closed = day, reasons.get(day, [])
    return [by_day[day] for day in shown], len(by_day)


def _fullest_week(timetable, rules):
    allowance = timetable.calendar.weekly_allowance
    if allowance is None:
        return None
    opened = opened_by_week(rules, timetable.first_day, timetable.last_day)
    if not opened:
        return Gauge(timetable.calendar.pk, Week.of(timetable.first_day), timedelta(0), allowance)
    fullest = max(opened, key=lambda week: opened[week])
    return Gauge(timetable.calendar.pk, fullest, opened[fullest], allowance)


def _past(timetable, now):
    today = local_day(now, timetable.organization.zone)
    if timetable.first_day < today:
        day = format_day(timetable.first_day)
        yield f"Le premier jour, {day}, est passé{NBSP}: les jours passés sont remplacés aussi."


def _too_short(timetable):
    """Motifs that no range is long enough for."""
    lengths = [row.duration for week in timetable.weeks for row in week.ranges.all()]
    too_long = [quote(motif.name) for motif in timetable.motifs if lengths and motif.duration > max(lengths)]
    if too_long:
        verb = "dure" if len(too_long) == 1 else "durent"
        yield f"{enumerate_words(too_long)} {verb} plus longtemps que chacune des plages{NBSP}: aucun créneau."


def _crossings(timetable, additions, others):
    first_day, last_day = timetable.first_day - ONE_DAY, timetable.last_day + ONE_DAY
    crossed = [
        day for rule in additions for other in others if (day := first_crossing(rule, other, first_day, last_day))
    ]
    if crossed:
        yield (
            "Ces heures chevauchent une plage d'une autre organisation, pour la première fois"
            f" le {format_day(min(crossed))} ({count(len(crossed), 'plage')} en tout)."
        )
