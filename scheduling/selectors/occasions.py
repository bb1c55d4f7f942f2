"""What an opening or an unavailability means, read back to whoever types it: a sentence, its next days, its limits."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from ..engine.phrases import describe_occasion, format_day
from ..engine.wall_clock import local_day
from ..models import Opening, Unavailability
from .opening_days import closed_day_reasons_of
from .opening_warnings import opening_warnings
from .quota import Gauge, gauge_of_draft, gauges_of

NEXT_DAYS = 5
# Rare series (every twelve months on the 29th) are looked for that far.
FURTHEST = timedelta(days=366 * 12)


@dataclass(frozen=True)
class Occasion:
    """`days` are the next ones, each with why it is closed (French, empty when open).

    Without a sentence, nothing is known but the gauge of the calendar.
    """

    sentence: str
    days: list[tuple[date, list[str]]]
    starts_later: str = ""
    warnings: list[str] = field(default_factory=list)
    gauge: Gauge | None = None


def occasion_of_opening(opening: Opening, motifs=(), *, now: datetime, first_day_before=None, beside=None) -> Occasion:
    """`opening` may be a draft, even without calendar yet, and `beside` what stays of its series.

    Nine queries at most.
    """
    days = _next_days(opening, now)
    closed = {}
    if days:
        reasons = closed_day_reasons_of([opening.organization], first_day=days[0], last_day=days[-1])
        closed = reasons[opening.organization_id]
    sentence = describe_occasion(opening.recurrence, opening.start_time, opening.end_time)
    known = opening.calendar_id is not None
    return Occasion(
        sentence=f"{sentence} – {opening.location}" if opening.location else sentence,
        days=[(day, closed.get(day, [])) for day in days],
        starts_later=_starts_later(opening, now),
        warnings=opening_warnings(opening, motifs, now=now, first_day_before=first_day_before, beside=beside)
        if known
        else [],
        gauge=gauge_of_draft(opening, now=now, beside=beside) if known else None,
    )


def occasion_without_hours(calendar, *, day: date) -> Occasion | None:
    """How much `calendar` may still open in the week of `day`, before hours are typed; None without an allowance.

    One query.
    """
    gauge = gauges_of([calendar], day=day).get(calendar.pk) if calendar is not None else None
    return Occasion(sentence="", days=[], gauge=gauge) if gauge else None


def occasion_of_unavailability(unavailability: Unavailability, *, now: datetime, warnings=()) -> Occasion:
    """`unavailability` may be a draft. No query when the organization's territory is loaded."""
    return Occasion(
        sentence=describe_occasion(
            unavailability.recurrence,
            unavailability.start_time,
            unavailability.end_time,
            unavailability.days_spanned,
        ),
        days=[(day, []) for day in _next_days(unavailability, now)] if unavailability.rrule else [],
        starts_later=_starts_later(unavailability, now),
        warnings=list(warnings),
    )


def _next_days(series, now):
    today = local_day(now, series.organization.zone)
    first_day = max(today, series.first_day)
    return list(islice(series.recurrence.days(first_day, first_day + FURTHEST), NEXT_DAYS))


def _starts_later(series, now) -> str:
    """Where the first day is none of the series, the day still to come that is its first."""
    first = series.recurrence.first_occurrence()
    if first is None or first == series.first_day or first < local_day(now, series.organization.zone):
        return ""
    return format_day(first)
