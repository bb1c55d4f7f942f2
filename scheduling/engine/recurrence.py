"""On which days something repeats: the part of RFC 5545 that the forms offer, by direct date arithmetic."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from .typography import quote

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONGEST_INTERVAL = 999

_NTH = re.compile(r"(-1|[1-5])(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"[0-9]{8}")
_MONTH_DAY = re.compile(r"-1|[1-9]|[12][0-9]|3[01]")
_PARTS_OF = {
    "DAILY": {"FREQ", "INTERVAL", "UNTIL", "WKST"},
    "WEEKLY": {"FREQ", "INTERVAL", "UNTIL", "WKST", "BYDAY"},
    "MONTHLY": {"FREQ", "INTERVAL", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY"},
}


class RecurrenceError(ValueError):
    """A repetition that the product does not know. `message` is in French."""

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """One repetition. Weekdays count from 0 (Monday), as `date.weekday()` does.

    A monthly rule has either `month_day` (1 to 31, -1 for the last) or `nth` (1 to 5, -1 for the last)
    of its single weekday. `until` is the last day that may be hit.

    Raises RecurrenceError when the parts do not make one of these.
    """

    frequency: Frequency
    interval: int = 1
    weekdays: frozenset[int] = frozenset()
    nth: int | None = None
    month_day: int | None = None
    until: date | None = None

    def __post_init__(self):
        if not 1 <= self.interval <= LONGEST_INTERVAL:
            raise RecurrenceError(f"La répétition doit avoir un pas de 1 à {LONGEST_INTERVAL}.")
        if not self.weekdays <= set(range(7)):
            raise RecurrenceError("Ce jour de la semaine n'existe pas.")
        if self.nth is not None and self.nth not in (1, 2, 3, 4, 5, -1):
            raise RecurrenceError("Le rang dans le mois va de 1 à 5, ou est le dernier.")
        if self.month_day is not None and self.month_day not in (-1, *range(1, 32)):
            raise RecurrenceError("Le jour du mois va de 1 à 31, ou est le dernier.")
        if not self._is_whole():
            raise RecurrenceError(
                {
                    Frequency.DAILY: "Une répétition par jours ne choisit pas de jours de la semaine ou du mois.",
                    Frequency.WEEKLY: "Choisissez au moins un jour de la semaine, sans rang dans le mois.",
                    Frequency.MONTHLY: "Choisissez un jour du mois, ou un rang et un seul jour de la semaine.",
                }[self.frequency]
            )

    def _is_whole(self) -> bool:
        by_nth, by_month_day = self.nth is not None, self.month_day is not None
        if self.frequency is Frequency.MONTHLY:
            return by_month_day != by_nth and len(self.weekdays) == by_nth
        return not by_nth and not by_month_day and bool(self.weekdays) == (self.frequency is Frequency.WEEKLY)

    def to_rrule(self) -> str:
        """The RFC 5545 RRULE value; `parse_rrule` gives the same rule back."""
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.weekdays:
            rank = "" if self.nth is None else str(self.nth)
            parts.append("BYDAY=" + ",".join(rank + WEEKDAYS[weekday] for weekday in sorted(self.weekdays)))
        if self.month_day is not None:
            parts.append(f"BYMONTHDAY={self.month_day}")
        if self.until is not None:
            parts.append("UNTIL=" + self.until.isoformat().replace("-", ""))
        return ";".join(parts)


@lru_cache(maxsize=8192)
def parse_rrule(text: str) -> Rule:
    """Read an RRULE value: FREQ=DAILY, WEEKLY with BYDAY, MONTHLY with BYDAY=2TU or -1FR or with BYMONTHDAY,
    each with INTERVAL and a date-only UNTIL (that day included). WKST may only say MO.

    Raises RecurrenceError for anything else: what is not understood must not be silently ignored.
    """
    parts: dict[str, str] = {}
    for part in text.upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in parts:
            raise RecurrenceError(f"La répétition {quote(text)} est mal écrite.")
        parts[name] = value
    known = _PARTS_OF.get(parts.get("FREQ", ""))
    if known is None:
        raise RecurrenceError("Seules les répétitions par jours, semaines ou mois sont connues.")
    if unknown := sorted(parts.keys() - known):
        raise RecurrenceError(f"La répétition emploie {', '.join(unknown)}, qui n'est pas connu ici.")
    if parts.get("WKST", "MO") != "MO":
        raise RecurrenceError("Les semaines commencent le lundi (WKST=MO).")
    frequency = Frequency(parts["FREQ"])
    nth, weekdays = _parse_weekdays(parts.get("BYDAY"), ranked=frequency is Frequency.MONTHLY)
    return Rule(
        frequency=frequency,
        interval=_parse_interval(parts.get("INTERVAL", "1")),
        weekdays=weekdays,
        nth=nth,
        month_day=_parse_month_day(parts.get("BYMONTHDAY")),
        until=_parse_until(parts.get("UNTIL")),
    )


def _parse_interval(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", value):
        raise RecurrenceError(f"{quote(value)} n'est pas un pas de répétition.")
    return int(value)


def _parse_weekdays(value: str | None, *, ranked: bool) -> tuple[int | None, frozenset[int]]:
    if value is None:
        return None, frozenset()
    if ranked:
        match = _NTH.fullmatch(value)
        if match is None:
            raise RecurrenceError(f"{quote(value)} n'est pas un rang suivi d'un jour de la semaine, comme 2TU ou -1FR.")
        return int(match[1]), frozenset({WEEKDAYS.index(match[2])})
    names = value.split(",")
    if not set(names) <= set(WEEKDAYS):
        raise RecurrenceError(f"{quote(value)} n'est pas une suite de jours de la semaine, comme MO,TH.")
    return None, frozenset(WEEKDAYS.index(name) for name in names)


def _parse_month_day(value: str | None) -> int | None:
    if value is None:
        return None
    if not _MONTH_DAY.fullmatch(value):
        raise RecurrenceError(f"{quote(value)} n'est pas un jour du mois (1 à 31, ou -1 pour le dernier).")
    return int(value)


def _parse_until(value: str | None) -> date | None:
    """A date only: with a time, whether the last day counts would hang on the zone."""
    if value is None:
        return None
    try:
        if not _UNTIL.fullmatch(value):
            raise ValueError(value)
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError as error:
        raise RecurrenceError(f"{quote(value)} n'est pas une date de fin, comme 20261231.") from error


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The days of a series, without times.

    Only days that the rule hits count: a `first_day` outside the rule is not an occurrence. INTERVAL counts
    from the day, the Monday-to-Sunday week or the month of `first_day`. What a month lacks (the 31st, a fifth
    Tuesday) is skipped. An empty `rrule` means once, on `first_day`.

    Raises RecurrenceError when `rrule` is not understood.
    """

    first_day: date
    rrule: str = ""
    excluded_days: frozenset[date] = frozenset()

    def __post_init__(self):
        if self.rrule:
            parse_rrule(self.rrule)

    @property
    def rule(self) -> Rule | None:
        """None for a single day."""
        return parse_rrule(self.rrule) if self.rrule else None

    def days(self, first: date, last: date) -> Iterator[date]:
        """The occurrences in [first, last], both included, in order.

        Costs what lies in the period asked for, however long ago the series began.
        """
        rule = self.rule
        first = max(first, self.first_day)
        if rule is None:
            hits = iter((self.first_day,)) if first == self.first_day <= last else iter(())
        else:
            if rule.until is not None:
                last = min(last, rule.until)
            hits = _HITS[rule.frequency](rule, self.first_day, first, last)
        if not self.excluded_days:
            return hits
        return (day for day in hits if day not in self.excluded_days)

    def last_day(self) -> date | None:
        """No occurrence comes after this day (it need not be one itself); None when endless."""
        rule = self.rule
        return self.first_day if rule is None else rule.until

    def first_occurrence(self) -> date | None:
        """None when there is none: every 12 months on the 30th from a February."""
        return next(self.days(self.first_day, date.max), None)

    def is_occurrence(self, day: date) -> bool:
        return next(self.days(day, day), None) is not None

    def removed_days(self) -> list[date]:
        """The excluded days that the rule would otherwise hit, in order: what is left of a former rule is none."""
        whole = replace(self, excluded_days=frozenset())
        return [day for day in sorted(self.excluded_days) if whole.is_occurrence(day)]

    def excluding(self, day: date) -> "Recurrence":
        return replace(self, excluded_days=self.excluded_days | {day})

    def including(self, day: date) -> "Recurrence":
        """The same with `day`, should it have been excluded; the rule decides whether it is an occurrence."""
        return replace(self, excluded_days=self.excluded_days - {day})

    def split(self, day: date) -> tuple["Recurrence | None", "Recurrence"]:
        """The series before `day` (None when nothing is left of it) and the one from `day` on.

        Together they have the same days as this one: an occurrence is in step with its own INTERVAL.
        Raises ValueError when `day` is not an occurrence.
        """
        if not self.is_occurrence(day):
            raise ValueError(f"{day} is not an occurrence")
        following = Recurrence(day, self.rrule, frozenset(other for other in self.excluded_days if other > day))
        if self.rule is None or next(self.days(self.first_day, day - timedelta(days=1)), None) is None:
            return None, following
        shortened = replace(self.rule, until=day - timedelta(days=1)).to_rrule()
        earlier = frozenset(other for other in self.excluded_days if other < day)
        return Recurrence(self.first_day, shortened, earlier), following


def _daily_hits(rule: Rule, anchor: date, first: date, last: date) -> Iterator[date]:
    start, step = first.toordinal(), rule.interval
    start += (anchor.toordinal() - start) % step
    return map(date.fromordinal, range(start, last.toordinal() + 1, step))


def _weekly_hits(rule: Rule, anchor: date, first: date, last: date) -> Iterator[date]:
    weekdays = sorted(rule.weekdays)
    earliest, latest, step = first.toordinal(), last.toordinal(), 7 * rule.interval
    anchor_monday = anchor.toordinal() - anchor.weekday()
    monday = earliest - first.weekday()
    monday += (anchor_monday - monday) % step
    for week in range(monday, latest + 1, step):
        for weekday in weekdays:
            ordinal = week + weekday
            if earliest <= ordinal <= latest:
                yield date.fromordinal(ordinal)


def _monthly_hits(rule: Rule, anchor: date, first: date, last: date) -> Iterator[date]:
    if first > last:
        return
    start, end, step = _month_number(first), _month_number(last), rule.interval
    start += (_month_number(anchor) - start) % step
    for month_number in range(start, end + 1, step):
        year, month = divmod(month_number, 12)
        day = _hit_of_month(rule, date(year, month + 1, 1))
        if day is not None and first <= day <= last:
            yield day


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _hit_of_month(rule: Rule, first_of_month: date) -> date | None:
    length = days_in_month(first_of_month.year, first_of_month.month)
    if rule.nth is None:
        wanted = length if rule.month_day == -1 else rule.month_day
    else:
        (weekday,) = rule.weekdays
        wanted = 1 + (weekday - first_of_month.weekday()) % 7
        wanted += 7 * ((length - wanted) // 7 if rule.nth == -1 else rule.nth - 1)
    return first_of_month.replace(day=wanted) if wanted <= length else None


def days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


_HITS = {
    Frequency.DAILY: _daily_hits,
    Frequency.WEEKLY: _weekly_hits,
    Frequency.MONTHLY: _monthly_hits,
}
