"""Whether hours hold a period: an RDV that openings, alone or end to end, cover from its start to its end."""

from collections.abc import Iterable

from .intervals import Interval, merge
from .openings import OpeningRule, occurrences
from .wall_clock import ONE_DAY, local_days


def is_covered(period: Interval, rules: Iterable[OpeningRule]) -> bool:
    """Closed days and whatever else occupies the hours play no part."""
    opened = merge(occurrence.interval for rule in rules for occurrence in _near(rule, period))
    return any(interval.contains(period) for interval in opened)


def _near(rule: OpeningRule, period: Interval):
    # A day more on both sides: a clock change can move a time across midnight.
    first_day, last_day = local_days(period, rule.zone)
    return occurrences(rule, first_day - ONE_DAY, last_day + ONE_DAY)
