"""What calendars open in a week and in the fullest one to come, over all their places and organizations."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from ..engine.phrases import format_week_of
from ..engine.quota import Week, fullest_week, opened_by_week
from ..models import Calendar, Opening
from .quota import Gauge

NOTHING = timedelta(0)


@dataclass(frozen=True)
class OpenedHours:
    """Hours alone: of another organization nothing else may be told. `fullest` is this week or one to come."""

    calendar: Calendar
    week: Week
    opened: timedelta
    fullest: Week
    fullest_opened: timedelta

    @property
    def gauge(self) -> Gauge | None:
        """Of the week; None without an allowance."""
        return self._gauge(self.week, self.opened)

    @property
    def fullest_gauge(self) -> Gauge | None:
        return self._gauge(self.fullest, self.fullest_opened)

    @property
    def fullest_label(self) -> str:
        return format_week_of(self.fullest.monday)

    @property
    def has_fuller_week(self) -> bool:
        return self.fullest_opened > self.opened

    def _gauge(self, week, opened):
        if self.calendar.weekly_allowance is None:
            return None
        return Gauge(self.calendar.pk, week, opened, self.calendar.weekly_allowance)


def opened_hours_of(calendars, *, day: date) -> list[OpenedHours]:
    """For each of `calendars`, in their order: the week of `day`, and the fullest from there on. One query."""
    calendars, week = list(calendars), Week.of(day)
    rules = defaultdict(list)
    openings = Opening.objects.filter(calendar__in=[calendar.pk for calendar in calendars])
    for opening in openings.touching(week.monday, date.max).select_related("organization__territory").order_by("pk"):
        rules[opening.calendar_id].append(opening.rule)
    return [_opened_hours(calendar, week, rules[calendar.pk]) for calendar in calendars]


def _opened_hours(calendar, week, rules):
    opened = opened_by_week(rules, week.monday, week.sunday).get(week, NOTHING)
    fullest, fullest_opened = fullest_week(rules, from_week=week) or (week, NOTHING)
    return OpenedHours(calendar, week, opened, fullest, fullest_opened)
