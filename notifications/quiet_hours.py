"""The night, in which no SMS leaves that can wait."""

from datetime import datetime, time, timedelta

from scheduling.engine.wall_clock import ONE_DAY, to_instant

QUIET_FROM = time(20)
QUIET_UNTIL = time(8)
_NOTICE = timedelta(hours=1)


def after_quiet_hours(now: datetime, *, zone, before: datetime | None = None) -> datetime:
    """`now`, or the end of the night that it falls in, by the clocks of `zone`.

    With `before`, the start of an appointment: where the night ends too late for it, an hour before that start, or
    `now` when that hour has begun. A person expected at half past seven is better woken at half past six than not told.
    """
    local = now.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return now
    morning = local.date() + ONE_DAY if local.time() >= QUIET_FROM else local.date()
    end = to_instant(morning, QUIET_UNTIL, zone)
    if before is None or end < before:
        return end
    return max(now, before - _NOTICE)
