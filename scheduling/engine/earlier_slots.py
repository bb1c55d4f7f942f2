"""The waiting list for an earlier slot: what somebody wishes, and how long they have to answer an offer."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .wall_clock import ONE_DAY, local_day, to_instant

NOON = time(12)
EVERY_DAY = frozenset(range(7))

# An offer is worth a message, and one of the three, when it gains that much.
WORTH_MOVING_FOR = timedelta(hours=2)

# How long an offered slot is kept, and the shortest answer that is asked of anybody.
OFFER_LASTS = timedelta(hours=2)
SHORTEST_ANSWER = timedelta(minutes=30)

# When people are asked again the day after, where no night is kept.
MORNING = time(8)


@dataclass(frozen=True)
class Night:
    """The hours, by local clocks, in which nobody is woken to answer: the time to answer has not begun. Equal bounds:
    there are none.
    """

    begins: time = time(20)
    ends: time = time(8)

    def end_after(self, now: datetime, zone: ZoneInfo) -> datetime:
        """`now` by day; by night the end of it."""
        local = now.astimezone(zone)
        has_begun, is_over = local.time() >= self.begins, local.time() >= self.ends
        spans_midnight = self.begins > self.ends
        is_night = (has_begun or not is_over) if spans_midnight else (has_begun and not is_over)
        if not is_night:
            return now
        last_day = local.date() + ONE_DAY if spans_midnight and has_begun else local.date()
        # Where clocks go back over the end, it may just have been.
        return max(now, to_instant(last_day, self.ends, zone))


@dataclass(frozen=True)
class Wishes:
    """Local weekdays (Monday is 0) and halves of the day; noon belongs to the afternoon."""

    weekdays: frozenset[int] = EVERY_DAY
    mornings: bool = True
    afternoons: bool = True
    not_before: date | None = None

    def suit(self, start: datetime, zone: ZoneInfo) -> bool:
        local = start.astimezone(zone)
        return self._suits_day(local.date()) and (self.mornings if local.time() < NOON else self.afternoons)

    def can_be_met(self, first: datetime, last: datetime, zone: ZoneInfo) -> bool:
        """Whether any start from `first` to `last`, both included, would suit."""
        if first > last:
            return False
        day, last_day = local_day(first, zone), local_day(last, zone)
        while day <= last_day:
            noon = to_instant(day, NOON, zone)
            # Of the first day the morning may be over, of the last one the afternoon be out of reach.
            if self._suits_day(day) and ((self.mornings and first < noon) or (self.afternoons and last >= noon)):
                return True
            day += ONE_DAY
        return False

    def _suits_day(self, day):
        return day.weekday() in self.weekdays and (self.not_before is None or day >= self.not_before)


def answer_until(now: datetime, *, latest: datetime, zone: ZoneInfo, night: Night) -> datetime | None:
    """Until when somebody who is asked now may answer, `latest` at most; None where that leaves too little time."""
    begins = night.end_after(now, zone)
    until = min(begins + OFFER_LASTS, latest)
    return until if until - begins >= SHORTEST_ANSWER else None


def next_morning(now: datetime, zone: ZoneInfo) -> datetime:
    """When people may be asked again who were asked on this local day."""
    return to_instant(local_day(now, zone) + ONE_DAY, MORNING, zone)
