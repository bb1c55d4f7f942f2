"""Slots: the start times that a motif can be booked at inside a free window.

The grid restarts at the beginning of each window and never depends on the clock: time only removes
slots from its front.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from .intervals import Interval

ZERO = timedelta(0)


def asked_length(duration: timedelta, option_duration: timedelta | None = None, persons: int = 1) -> timedelta:
    """How long one booking is: the option's duration where it has one, times the number of persons."""
    if persons < 1:
        raise ValueError(f"{persons} persons")
    return (duration if option_duration is None else option_duration) * persons


def slot_starts(window: Interval, *, duration: timedelta, pause: timedelta, asked: timedelta) -> Iterator[datetime]:
    """`window.start + k · (duration + pause)` while what is asked still fits. The last pause need not fit."""
    return bookable_starts(window, duration=duration, pause=pause, asked=asked)


def bookable_starts(
    window: Interval,
    *,
    duration: timedelta,
    pause: timedelta,
    asked: timedelta,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> Iterator[datetime]:
    """The slots of `slot_starts` from `not_before` to `not_after`, both included, in UTC. None is no limit."""
    step = _step(duration, pause, asked)
    last = window.end - asked
    if not_after is not None:
        last = min(last, not_after)
    start = window.start
    if not_before is not None and not_before > start:
        start += -((start - not_before) // step) * step
    while start <= last:
        yield start
        start += step


def _step(duration: timedelta, pause: timedelta, asked: timedelta) -> timedelta:
    if duration <= ZERO or pause < ZERO or asked <= ZERO:
        raise ValueError(f"No grid for duration {duration}, pause {pause}, asked {asked}")
    return duration + pause
