"""Why a day of a calendar has the slots it has: what every rule takes out of its openings, and what remains.

Says of each instant of an opening what `windows` and `slots` only answer with nothing. Where several rules take
the same time, all of them are named: mending one alone would not give it back.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from .intervals import Interval
from .openings import OpeningRule, occurrences
from .slots import slot_starts
from .wall_clock import MIDNIGHT, ONE_DAY, end_instant

ONE_YEAR = timedelta(days=366)


class Rule(StrEnum):
    """What takes slots away, from the widest to the narrowest."""

    # The whole calendar.
    COLLECTIVE = "collective"
    ARCHIVED_MOTIF = "archived_motif"
    NO_REFERENT = "no_referent"
    ARCHIVED_DESK = "archived_desk"
    # One opening.
    OTHER_MOTIF = "other_motif"
    NO_PLACE = "no_place"
    CLOSED_PLACE = "closed_place"
    HIDDEN_PLACE = "hidden_place"
    # Some time.
    CLOSED_DAY = "closed_day"
    UNAVAILABILITY = "unavailability"
    APPOINTMENT = "appointment"
    HOLD = "hold"
    PAUSE = "pause"
    # Some starts of the grid.
    TOO_SHORT = "too_short"
    PAST = "past"
    TOO_SOON = "too_soon"
    TOO_LATE = "too_late"
    # An occurrence that does not take place.
    EXCLUDED_DAY = "excluded_day"
    CLOCK_CHANGE = "clock_change"


_ORDER = {rule: number for number, rule in enumerate(Rule)}


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule at work, `label` in French; `about` is what it comes from, for whoever wants to lead there."""

    rule: Rule
    label: str = ""
    about: Hashable = None


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason and the time that it takes from a calendar."""

    reason: Reason
    interval: Interval


@dataclass(frozen=True, slots=True)
class ExplainedOpening:
    """An opening and what takes it as a whole: none when it carries the motif and may be used."""

    rule: OpeningRule
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """How slots are cut, as in `bookable_starts`; both bounds included, `not_after` None for no limit.

    `not_before` is never before `now`: between the two, a start is too soon; before `now`, it is past.
    """

    duration: timedelta
    pause: timedelta
    asked: timedelta
    now: datetime
    not_before: datetime
    not_after: datetime | None = None

    def rule_against(self, start: datetime) -> Rule | None:
        if start < self.now:
            return Rule.PAST
        if start < self.not_before:
            return Rule.TOO_SOON
        if self.not_after is not None and start > self.not_after:
            return Rule.TOO_LATE
        return None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an opening on which the same rules apply: none where it can be booked.

    `starts` are the starts of the grid in it: those on offer, or those that a delay takes away.
    """

    interval: Interval
    reasons: tuple[Reason, ...] = ()
    starts: tuple[datetime, ...] = ()

    @property
    def is_free(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Timeline:
    """One occurrence of an opening, cut into pieces that cover it without gap or overlap, in order."""

    opening_id: int
    day: date
    interval: Interval
    pieces: tuple[Piece, ...]

    @property
    def slots(self) -> list[datetime]:
        return [start for piece in self.pieces if piece.is_free for start in piece.starts]


def explain_day(
    openings: Iterable[ExplainedOpening],
    *,
    day: date,
    causes: Sequence[Cause],
    closed_days: Mapping[Hashable, Mapping[date, Sequence[str]]],
    grid: Grid,
) -> list[Timeline]:
    """The occurrences of `day` (local, as `windows` counts them) with what became of them, by start.

    `causes` are whatever occupies the calendar, in any order, overlapping or not. `closed_days` say by
    `organization_id` of the openings why `day` and the day after are closed.
    """
    timelines = [
        Timeline(opening.rule.id, day, occurrence.interval, tuple(_pieces(occurrence.interval, taken, grid)))
        for opening in openings
        for occurrence in occurrences(opening.rule, day, day)
        for taken in [[*_whole(opening, occurrence.interval), *_closed(opening, occurrence, closed_days), *causes]]
    ]
    return sorted(timelines, key=lambda timeline: (timeline.interval.start, timeline.interval.end, timeline.opening_id))


def why_absent(rule: OpeningRule, day: date) -> Rule | None:
    """Why an opening has no occurrence on a day that its recurrence hits; None for any other day."""
    if rule.recurrence.is_occurrence(day):
        return None if any(occurrences(rule, day, day)) else Rule.CLOCK_CHANGE
    whole = replace(rule.recurrence, excluded_days=frozenset())
    return Rule.EXCLUDED_DAY if whole.is_occurrence(day) else None


def next_opened_day(rules: Iterable[OpeningRule], after: date) -> date | None:
    """The first day after `after`, within a year, on which one of `rules` has an occurrence; closed days count."""
    last = min(after, date.max - ONE_YEAR) + ONE_YEAR
    firsts = (next(occurrences(rule, after + ONE_DAY, last), None) for rule in rules)
    return min((occurrence.day for occurrence in firsts if occurrence), default=None)


def _whole(opening, interval):
    return (Cause(reason, interval) for reason in opening.reasons)


def _closed(opening, occurrence, closed_days):
    """A closed day takes what begins on it, and what clocks that skip its eve's last hour push into it."""
    reasons = closed_days.get(opening.rule.organization_id, {})
    following = end_instant(occurrence.day, MIDNIGHT, opening.rule.zone)
    for label in reasons.get(occurrence.day, ()):
        yield Cause(Reason(Rule.CLOSED_DAY, label), occurrence.interval)
    if following < occurrence.interval.end:
        spilt = Interval(max(following, occurrence.interval.start), occurrence.interval.end)
        for label in reasons.get(occurrence.day + ONE_DAY, ()):
            yield Cause(Reason(Rule.CLOSED_DAY, label), spilt)


def _pieces(opened: Interval, causes, grid):
    inside = [cause for cause in causes if cause.interval.overlaps(opened)]
    edges = {opened.start, opened.end}
    for cause in inside:
        edges |= {max(cause.interval.start, opened.start), min(cause.interval.end, opened.end)}
    for interval, reasons in _joined(
        (Interval(start, end), _reasons_at(start, inside)) for start, end in pairwise(sorted(edges))
    ):
        if reasons:
            yield Piece(interval, reasons)
        else:
            yield from _free_pieces(interval, grid)


def _reasons_at(instant, causes):
    """Each once, the widest rule first; the order of one rule's reasons is that of their causes."""
    found = dict.fromkeys(cause.reason for cause in causes if cause.interval.start <= instant < cause.interval.end)
    return tuple(sorted(found, key=lambda reason: _ORDER[reason.rule]))


def _joined(parts):
    """Neighbours with the same reasons become one, so that free parts are windows: maximal."""
    start = end = reasons = None
    for interval, own in parts:
        if reasons is not None and set(own) == set(reasons):
            end = interval.end
            continue
        if reasons is not None:
            yield Interval(start, end), reasons
        start, end, reasons = interval.start, interval.end, own
    yield Interval(start, end), reasons


def _free_pieces(window, grid):
    """A window by its grid: each start keeps the time up to the next one, the last one what is asked and its pause.

    What remains behind is too short. Starts that a delay takes away stand in pieces of their own.
    """
    starts = list(slot_starts(window, duration=grid.duration, pause=grid.pause, asked=grid.asked))
    step = grid.duration + grid.pause
    cursor = window.start
    for rule, group in _by_rule(starts, grid):
        end = group[-1] + step
        if group[-1] == starts[-1]:
            end = min(window.end, group[-1] + max(step, grid.asked))
        yield Piece(Interval(cursor, end), (Reason(rule),) if rule else (), tuple(group))
        cursor = end
    if cursor < window.end:
        yield Piece(Interval(cursor, window.end), (Reason(Rule.TOO_SHORT),))


def _by_rule(starts, grid):
    group, rule = [], None
    for start in starts:
        own = grid.rule_against(start)
        if group and own != rule:
            yield rule, group
            group = []
        rule = own
        group.append(start)
    if group:
        yield rule, group
