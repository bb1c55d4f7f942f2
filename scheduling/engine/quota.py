"""Hours opened per ISO week by one calendar, and the weeks in which they exceed its allowance.

What is *opened* counts, not what is left: closed days and unavailabilities give nothing back. Everything is
measured on the wall clock, by the local day of each occurrence: clock changes and zones play no part.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from math import lcm
from typing import NamedTuple

from .openings import OpeningRule
from .recurrence import Frequency, Recurrence
from .wall_clock import MIDNIGHT

_ONE_WEEK = timedelta(days=7)
_TEN_YEARS = timedelta(days=3652)
_DAY_SECONDS = 24 * 3600


class Week(NamedTuple):
    """An ISO week; week 1 of a year may begin in the December before."""

    year: int
    week: int

    @classmethod
    def of(cls, day: date) -> "Week":
        return cls(*day.isocalendar()[:2])

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def sunday(self) -> date:
        return date.fromisocalendar(self.year, self.week, 7)


@dataclass(frozen=True, slots=True)
class WeekOverrun:
    year: int
    week: int
    opened: timedelta
    overrun: timedelta


def opened_by_week(rules: Iterable[OpeningRule], first_day: date, last_day: date) -> dict[Week, timedelta]:
    """Hours opened in each ISO week that [first_day, last_day] touches, whole weeks, in order.

    Weeks without any are left out. Where ranges overlap, the time counts once.
    """
    first_monday = first_day - timedelta(days=first_day.weekday())
    last_sunday = last_day + timedelta(days=6 - last_day.weekday())
    ranges_of_day: dict[date, list[tuple[int, int]]] = {}
    for rule in rules:
        span = _seconds(rule.start_time), _seconds(rule.end_time) or _DAY_SECONDS
        for day in rule.recurrence.days(first_monday, last_sunday):
            ranges_of_day.setdefault(day, []).append(span)
    seconds: dict[Week, int] = {}
    for day in sorted(ranges_of_day):
        week = Week.of(day)
        seconds[week] = seconds.get(week, 0) + _union_length(ranges_of_day[day])
    return {week: timedelta(seconds=total) for week, total in seconds.items()}


def weeks_over(
    rules: Iterable[OpeningRule],
    allowance: timedelta,
    *,
    from_week: tuple[int, int],
    changed: Iterable[OpeningRule] | None = None,
    before: Iterable[OpeningRule] = (),
) -> list[WeekOverrun]:
    """The weeks from `from_week` on that are opened for more than `allowance`, oldest first.

    `rules` are all opening ranges of the calendar, whatever their place or organization. With `changed` only the
    weeks in which one of these opens something are examined: so a range entered for a past week is held to the cap
    there, while other past weeks, opened under an earlier cap, are left alone. `before` are all the rules until now:
    a week that they opened for as long is left alone too, so that a change may always open less.

    Looks ahead far enough to have seen every combination that the recurrences will ever make, at most ten years
    past the last first day.
    """
    rules = list(rules)
    first_day = Week(*from_week).monday
    if not rules:
        return []
    opened = opened_by_week(rules, first_day, _look_ahead([rule.recurrence for rule in rules], first_day))
    over = {week: total for week, total in opened.items() if total > allowance}
    if over and changed is not None:
        touched = opened_by_week(changed, min(over).monday, max(over).sunday)
        over = {week: total for week, total in over.items() if week in touched}
    if over:
        already = opened_by_week(before, min(over).monday, max(over).sunday)
        over = {week: total for week, total in over.items() if total > already.get(week, timedelta(0))}
    return [WeekOverrun(*week, opened=total, overrun=total - allowance) for week, total in over.items()]


def fullest_week(rules: Iterable[OpeningRule], *, from_week: tuple[int, int]) -> tuple[Week, timedelta] | None:
    """The first of the weeks from `from_week` on that are opened the longest, and for how long; None if none opens.

    Looks as far ahead as `weeks_over`.
    """
    rules = list(rules)
    if not rules:
        return None
    first_day = Week(*from_week).monday
    opened = opened_by_week(rules, first_day, _look_ahead([rule.recurrence for rule in rules], first_day))
    return max(opened.items(), key=lambda item: item[1], default=None)


def _look_ahead(recurrences: list[Recurrence], first_day: date) -> date:
    """A day after which the weeks only repeat what was seen since `first_day`.

    Up to the last bounded range, first day and excluded day, weeks are irregular. After that only endless
    recurrences remain, and one common period of theirs shows everything.
    """
    latest = max(first_day, *(recurrence.first_day for recurrence in recurrences))
    limit = latest + _TEN_YEARS
    irregular = (day for recurrence in recurrences for day in _irregular_days(recurrence))
    regular_from = min(limit, max(latest, *irregular))
    # One week more than the period, since the week of `regular_from` is itself irregular.
    return min(limit, regular_from + (_common_period(recurrences) + 1) * _ONE_WEEK)


def _irregular_days(recurrence: Recurrence) -> Iterator[date]:
    yield recurrence.last_day() or recurrence.first_day
    yield from recurrence.excluded_days


def _common_period(recurrences: list[Recurrence]) -> int:
    """In weeks, over the endless recurrences, never more than ten years."""
    weeks = 1
    for recurrence in recurrences:
        rule = recurrence.rule
        if recurrence.last_day() is not None:
            continue
        if rule.frequency is Frequency.MONTHLY:
            return _TEN_YEARS // _ONE_WEEK
        # Every n days falls on the same weekdays again after n weeks at the latest.
        weeks = lcm(weeks, rule.interval)
    return min(weeks, _TEN_YEARS // _ONE_WEEK)


def _union_length(ranges: list[tuple[int, int]]) -> int:
    if len(ranges) == 1:
        return ranges[0][1] - ranges[0][0]
    total = reached = 0
    for start, end in sorted(ranges):
        if end > reached:
            total += end - max(start, reached)
            reached = end
    return total


def _seconds(wall: time) -> int:
    return 0 if wall == MIDNIGHT else wall.hour * 3600 + wall.minute * 60 + wall.second
