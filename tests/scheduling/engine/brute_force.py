"""The meaning of the engine, worked out minute by minute and day by day: slow, and too plain to be wrong.

Wall clocks are only ever read (instant to wall clock); nothing here asks Python for the instant of a wall-clock time.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@lru_cache(maxsize=512)
def clock(zone: ZoneInfo, day: date) -> dict[datetime, datetime]:
    """What clocks show (naive) around `day`, minute by minute: shown time → the first instant that shows it."""
    shown: dict[datetime, datetime] = {}
    # A zone is at most 14 hours ahead and 12 behind, and a gap at its midnight one hour long.
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    for _ in range((16 + 24 + 14) * 60):
        shown.setdefault(instant.astimezone(zone).replace(tzinfo=None), instant)
        instant += MINUTE
    return shown


def first_instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The first instant at which clocks show `wall` on `day`; if none does, the time moved forward by the gap."""
    shown = clock(zone, day)
    wanted = datetime.combine(day, wall)
    if wanted in shown:
        return shown[wanted]
    before = after = wanted
    while before not in shown:
        before -= MINUTE
    while after not in shown:
        after += MINUTE
    gap = after - before - MINUTE
    return shown[wanted + gap]


def span(day, start, end, zone, days_spanned=0):
    """Start and end instants of a wall-clock range, or None when clocks empty or invert it."""
    last = day + timedelta(days=days_spanned)
    if end == time(0) and not days_spanned:
        last += DAY
    begins, ends = first_instant(day, start, zone), first_instant(last, end, zone)
    return (begins, ends) if begins < ends else None


def minutes(start, end):
    return [start + MINUTE * number for number in range((end - start) // MINUTE)]


def runs(instants):
    """Maximal runs of consecutive minutes, as (start, end)."""
    found = []
    for instant in sorted(instants):
        if found and found[-1][1] == instant:
            found[-1][1] = instant + MINUTE
        else:
            found.append([instant, instant + MINUTE])
    return [tuple(pair) for pair in found]


def is_hit(rule, first_day, day):
    """Whether a rule hits `day`, asked of that day alone."""
    if day < first_day or (rule.until is not None and day > rule.until):
        return False
    if rule.frequency == "DAILY":
        return (day - first_day).days % rule.interval == 0
    if rule.frequency == "WEEKLY":
        monday = day - timedelta(days=day.weekday())
        first_monday = first_day - timedelta(days=first_day.weekday())
        return day.weekday() in rule.weekdays and (monday - first_monday).days // 7 % rule.interval == 0
    if ((day.year - first_day.year) * 12 + day.month - first_day.month) % rule.interval:
        return False
    if rule.month_day is not None:
        return day.day == rule.month_day or (rule.month_day == -1 and (day + DAY).day == 1)
    if day.weekday() not in rule.weekdays:
        return False
    if rule.nth == -1:
        return (day + timedelta(days=7)).month != day.month
    return (day.day + 6) // 7 == rule.nth


def days_of(recurrence, first, last):
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    rule = recurrence.rule
    return [
        day
        for day in days
        if day not in recurrence.excluded_days
        and (day == recurrence.first_day if rule is None else is_hit(rule, recurrence.first_day, day))
    ]


def free_windows(openings, first_day, last_day, busy, closed_days):
    """(opening id, day, start, end) of every maximal free run of minutes inside one occurrence."""
    taken = {minute for start, end in busy for minute in minutes(start, end)}
    found = []
    for rule in openings:
        closed = closed_days.get(rule.organization_id, set())
        for day in days_of(rule.recurrence, first_day, last_day):
            times = span(day, rule.start_time, rule.end_time, rule.zone)
            if day in closed or times is None:
                continue
            free = [
                minute
                for minute in minutes(*times)
                if minute not in taken and minute.astimezone(rule.zone).date() not in closed
            ]
            found += [(rule.id, day, start, end) for start, end in runs(free)]
    return sorted(found)


def opened_minutes(rules, day):
    """How many minutes of the wall clock of `day` are opened by at least one rule."""
    mask = 0
    for rule in rules:
        if days_of(rule.recurrence, day, day):
            start = rule.start_time.hour * 60 + rule.start_time.minute
            end = rule.end_time.hour * 60 + rule.end_time.minute or 24 * 60
            for minute in range(start, end):
                mask |= 1 << minute
    return mask.bit_count()
