"""Putting weekly timetables on a calendar for a period: which openings stay, which are cut, and what is added."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import NamedTuple

from .recurrence import Frequency, Recurrence, Rule
from .wall_clock import ONE_DAY

# One week: for each weekday, Monday first, the ranges opened that day; an end of midnight is 24 h.
WeekHours = Sequence[Sequence[tuple[time, time]]]

# A series that skips more days than this is not written: what stood on those days is replaced instead.
MOST_SKIPPED_DAYS = 3


class Opened(NamedTuple):
    """One occurrence as people see it."""

    day: date
    start_time: time
    end_time: time


@dataclass(frozen=True, slots=True)
class Existing:
    """An opening that is there; `is_alike` when its place and motifs are those that the timetable brings."""

    id: int
    recurrence: Recurrence
    start_time: time
    end_time: time
    is_alike: bool = True


@dataclass(frozen=True, slots=True)
class Cut:
    """An opening that loses its days in the period: what is left of it before and after, None for nothing."""

    id: int
    before: Recurrence | None
    after: Recurrence | None


@dataclass(frozen=True, slots=True)
class Addition:
    recurrence: Recurrence
    start_time: time
    end_time: time


@dataclass(frozen=True)
class Plan:
    """What applying a timetable does to rows (`cuts`, `additions`) and to what people see (the rest, in order)."""

    cuts: tuple[Cut, ...]
    additions: tuple[Addition, ...]
    added: tuple[Opened, ...]
    removed: tuple[Opened, ...]
    unchanged: tuple[Opened, ...]

    @property
    def changes_nothing(self) -> bool:
        return not self.cuts and not self.additions


def timetable(weeks: Sequence[WeekHours], first_day: date, last_day: date) -> Iterator[Opened]:
    """What the weeks open on [first_day, last_day], in order: the first in the week of `first_day`, then by turns."""
    day = first_day
    while day <= last_day:
        for start_time, end_time in sorted(weeks[turn_of(day, first_day, len(weeks))][day.weekday()]):
            yield Opened(day, start_time, end_time)
        day += ONE_DAY


def plan(weeks: Sequence[WeekHours], first_day: date, last_day: date, existing: Iterable[Existing]) -> Plan:
    """How the openings of one calendar become what `weeks` say on [first_day, last_day], both included.

    Outside the period every day stays what it was. An opening whose days in the period are all wanted stays as it is;
    any other is cut at the borders. So planning again once it is done changes nothing. Closed days play no part.
    """
    wanted = list(timetable(weeks, first_day, last_day))
    shown = {
        opening: [
            Opened(day, opening.start_time, opening.end_time) for day in opening.recurrence.days(first_day, last_day)
        ]
        for opening in sorted(existing, key=lambda opening: opening.id)
    }
    shown = {opening: days for opening, days in shown.items() if days}
    replaced: set[int] = set()
    while True:
        covered = _covered({opening: shown[opening] for opening in shown if opening.id not in replaced}, set(wanted))
        additions, given_up = _additions(weeks, first_day, last_day, covered)
        if not given_up:
            break
        replaced |= given_up
    kept = set(covered.values())
    unchanged, removed = _compare(shown, set(wanted))
    return Plan(
        cuts=tuple(
            _cut(opening, days, first_day, last_day) for opening, days in shown.items() if opening.id not in kept
        ),
        additions=tuple(additions),
        added=tuple(opened for opened in wanted if opened not in unchanged),
        removed=tuple(sorted(removed)),
        unchanged=tuple(sorted(unchanged)),
    )


def turn_of(day: date, first_day: date, turns: int) -> int:
    """Which of the weeks, from 0, is that of `day`; the first is that of `first_day`. Weeks begin on Monday."""
    return (_monday(day) - _monday(first_day)).days // 7 % turns


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _covered(shown: Mapping[Existing, list[Opened]], wanted: set[Opened]) -> dict[Opened, int]:
    """What the openings that may stay already open, with the id of the one that does."""
    covered: dict[Opened, int] = {}
    for opening, days in shown.items():
        if opening.is_alike and all(opened in wanted and opened not in covered for opened in days):
            covered |= dict.fromkeys(days, opening.id)
    return covered


def _compare(shown: Mapping[Existing, list[Opened]], wanted: set[Opened]) -> tuple[set[Opened], list[Opened]]:
    """What is wanted and there, and what is there for nothing: also a second opening at the very same time."""
    unchanged: set[Opened] = set()
    removed = []
    for opening, days in shown.items():
        for opened in days:
            if opening.is_alike and opened in wanted and opened not in unchanged:
                unchanged.add(opened)
            else:
                removed.append(opened)
    return unchanged, removed


def _cut(opening: Existing, days: list[Opened], first_day: date, last_day: date) -> Cut:
    before, following = opening.recurrence.split(days[0].day)
    if before is not None:
        before = replace(before, rrule=replace(before.rule, until=first_day - ONE_DAY).to_rrule())
    next_day = next(following.days(last_day + ONE_DAY, date.max), None)
    return Cut(opening.id, before, following.split(next_day)[1] if next_day else None)


@dataclass(frozen=True)
class _Series:
    """The days of the period on which a range is wanted, every `interval` weeks on some weekdays."""

    range: tuple[time, time]
    interval: int
    days: list[date]
    last_day: date

    def on(self, weekdays: set[int]) -> "_Series":
        return _Series(
            self.range, self.interval, [day for day in self.days if day.weekday() in weekdays], self.last_day
        )

    def opened(self) -> list[Opened]:
        return [Opened(day, *self.range) for day in self.days]

    def addition(self, covered: Mapping[Opened, int]) -> Addition | None:
        """What opens the days that are not covered; None when too many between them are."""
        missing = [opened.day for opened in self.opened() if opened not in covered]
        skipped = frozenset(day for day in self.days if missing[0] < day < missing[-1]).difference(missing)
        if len(skipped) > MOST_SKIPPED_DAYS:
            return None
        if len(missing) == 1:
            return Addition(Recurrence(missing[0]), *self.range)
        rule = Rule(
            Frequency.WEEKLY,
            interval=self.interval,
            weekdays=frozenset(day.weekday() for day in missing),
            until=self.last_day if missing[-1] == self.days[-1] else missing[-1],
        )
        # The first day is in a week of its turn, so INTERVAL counts from the right one.
        return Addition(Recurrence(missing[0], rule.to_rrule(), skipped), *self.range)


def _series(weeks: Sequence[WeekHours], first_day: date, last_day: date) -> list[_Series]:
    """The timetable as series: a range of every week repeats weekly, one of some weeks only in their turn."""
    turns = len(weeks)
    days: dict[tuple, list[date]] = {}
    for opened in timetable(weeks, first_day, last_day):
        hours = (opened.start_time, opened.end_time)
        in_every_week = all(hours in week[opened.day.weekday()] for week in weeks)
        turn = -1 if in_every_week else turn_of(opened.day, first_day, turns)
        days.setdefault((opened.start_time, opened.end_time, turn), []).append(opened.day)
    return [
        _Series((start, end), 1 if turn == -1 else turns, days[start, end, turn], last_day)
        for start, end, turn in sorted(days)
    ]


def _additions(
    weeks: Sequence[WeekHours], first_day: date, last_day: date, covered: Mapping[Opened, int]
) -> tuple[list[Addition], set[int]]:
    """What opens the rest of the timetable; or the ids of openings that stand in the way of doing so in few series."""
    additions: list[Addition] = []
    given_up: set[int] = set()
    for series in _series(weeks, first_day, last_day):
        missing = {opened.day.weekday() for opened in series.opened() if opened not in covered}
        begun = {opened.day.weekday() for opened in series.opened() if opened in covered}
        parts = [series.on(weekdays) for weekdays in (missing - begun, missing & begun) if weekdays]
        for part in parts:
            addition = part.addition(covered)
            pieces = [addition] if addition else [part.on({day}).addition(covered) for day in sorted(missing & begun)]
            if None in pieces:
                given_up |= {covered[opened] for opened in part.opened() if opened in covered}
            else:
                additions += pieces
    return additions, given_up
