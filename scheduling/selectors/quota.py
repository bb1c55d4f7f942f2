"""How much of its weekly allowance a calendar has opened, over all its places and organizations."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..engine.phrases import describe_overruns, describe_quota, format_week
from ..engine.quota import Week, opened_by_week, weeks_over
from ..engine.wall_clock import local_day
from ..models import Calendar, Opening

ONE_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Gauge:
    """One week of one calendar that has an allowance. `refusal` says why a draft cannot be saved, in French."""

    calendar_id: int
    week: Week
    opened: timedelta
    allowance: timedelta
    refusal: str = ""

    @property
    def sentence(self) -> str:
        return describe_quota(self.opened, self.allowance)

    @property
    def week_label(self) -> str:
        return format_week(*self.week)

    @property
    def is_over(self) -> bool:
        return self.opened > self.allowance

    @property
    def minutes(self) -> int:
        return self.opened // ONE_MINUTE

    @property
    def allowed_minutes(self) -> int:
        return self.allowance // ONE_MINUTE


def gauges_of(calendars, *, day: date) -> dict[int, Gauge]:
    """The week of `day` for those of `calendars` that have an allowance, by id. One query, none without such."""
    limited = {calendar.pk: calendar for calendar in calendars if calendar.weekly_allowance is not None}
    if not limited:
        return {}
    week = Week.of(day)
    rules = defaultdict(list)
    for opening in _openings_of(limited).touching(week.monday, week.sunday):
        rules[opening.calendar_id].append(opening.rule)
    return {
        pk: Gauge(pk, week, _opened_in(week, rules[pk]), calendar.weekly_allowance) for pk, calendar in limited.items()
    }


def gauge_of_draft(draft: Opening, *, now: datetime, beside: Opening | None = None) -> Gauge | None:
    """The gauge of the first week that `draft` would open, as if it were saved. None without an allowance.

    `draft` need not be saved; if it is, it counts as it is now and not as it is stored, and so does
    `beside`, the series as it stays when `draft` is a part of it. One query.
    """
    calendar: Calendar = draft.calendar
    if calendar.weekly_allowance is None:
        return None
    today = local_day(now, draft.organization.zone)
    upcoming = next(draft.recurrence.days(today, date.max), None) or draft.recurrence.first_occurrence()
    stored = list(_openings_of([calendar.pk]))
    others = [
        (beside if beside and opening.pk == beside.pk else opening).rule for opening in stored if opening.pk != draft.pk
    ]
    overruns = weeks_over(
        [*others, draft.rule],
        calendar.weekly_allowance,
        from_week=Week.of(min(today, draft.first_day)),
        changed=[draft.rule],
        before=[opening.rule for opening in stored],
    )
    week = Week.of(upcoming or draft.first_day)
    return Gauge(
        calendar.pk,
        week,
        _opened_in(week, [*others, draft.rule]),
        calendar.weekly_allowance,
        refusal=describe_overruns(overruns, calendar.weekly_allowance) if overruns else "",
    )


def taken_in_week(opening: Opening, *, day: date) -> timedelta:
    """What one opening takes of the allowance in the week of `day`. No query."""
    return _opened_in(Week.of(day), [opening.rule])


def _opened_in(week: Week, rules) -> timedelta:
    return opened_by_week(rules, week.monday, week.sunday).get(week, timedelta(0))


def _openings_of(calendar_ids):
    return Opening.objects.filter(calendar__in=calendar_ids).select_related("organization__territory").order_by("pk")
