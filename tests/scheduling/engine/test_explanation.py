"""What is said of a day is exact and complete: it tiles the openings, names every rule, and leaves the very slots."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.explanation import (
    Cause,
    ExplainedOpening,
    Grid,
    Reason,
    Rule,
    explain_day,
    next_opened_day,
    why_absent,
)
from scheduling.engine.intervals import Interval
from scheduling.engine.openings import OpeningRule, occurrences
from scheduling.engine.recurrence import Recurrence
from scheduling.engine.slots import bookable_starts
from scheduling.engine.windows import windows
from tests.scheduling.engine.brute_force import minutes
from tests.scheduling.engine.strategies import busy_spans, days_in, opening_rules, zones

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 3, 2)
BUSY_RULES = [Rule.UNAVAILABILITY, Rule.APPOINTMENT, Rule.HOLD, Rule.PAUSE]
GRID_RULES = {Rule.TOO_SHORT, Rule.PAST, Rule.TOO_SOON, Rule.TOO_LATE}
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@st.composite
def grids(draw, around):
    now = datetime(around.year, around.month, around.day, tzinfo=UTC) + timedelta(hours=draw(st.integers(-30, 40)))
    not_before = now + timedelta(minutes=draw(st.sampled_from([0, 30, 45, 600])))
    return Grid(
        duration=timedelta(minutes=draw(st.sampled_from([5, 15, 30, 45, 50, 600]))),
        pause=timedelta(minutes=draw(st.sampled_from([0, 0, 5, 20, 90]))),
        asked=timedelta(minutes=draw(st.sampled_from([5, 15, 30, 45, 100, 600]))),
        now=now,
        not_before=not_before,
        not_after=draw(st.one_of(st.none(), st.integers(0, 40).map(lambda hours: not_before + timedelta(hours=hours)))),
    )


class Day:
    """Openings of one or two organizations, what occupies the calendar, closed days, and a grid."""

    def __init__(self, data):
        zone = data.draw(zones)
        self.day = data.draw(days_in(zone))
        rules = [
            data.draw(opening_rules(data.draw(st.sampled_from([zone, data.draw(zones)])), self.day, number))
            for number in range(data.draw(st.integers(1, 3)))
        ]
        self.openings = [
            ExplainedOpening(rule, data.draw(st.sampled_from([(), (), (Reason(Rule.OTHER_MOTIF),)]))) for rule in rules
        ]
        self.causes = [
            Cause(Reason(data.draw(st.sampled_from(BUSY_RULES)), about=data.draw(st.integers(1, 3))), Interval(*span))
            for span in data.draw(busy_spans(self.day, zone))
        ]
        around = st.dictionaries(
            st.integers(-1, 1).map(lambda offset: self.day + timedelta(days=offset)),
            st.lists(st.sampled_from(["Jour férié", "Fermeture"]), min_size=1, unique=True),
            max_size=2,
        )
        self.closed = {1: data.draw(around), 2: data.draw(around)}
        self.grid = data.draw(grids(self.day))

    def explained(self, **changes):
        arguments = {"causes": self.causes, "closed_days": self.closed, "grid": self.grid}
        return explain_day(changes.pop("openings", self.openings), day=self.day, **arguments | changes)

    def reasons_at(self, opening, occurrence, instant):
        """Without a look at the code: who would say no to this minute."""
        closed = self.closed.get(opening.rule.organization_id, {})
        days = {self.day} | {instant.astimezone(opening.rule.zone).date()}
        return (
            set(opening.reasons)
            | {Reason(Rule.CLOSED_DAY, label) for day in days for label in closed.get(day, ())}
            | {cause.reason for cause in self.causes if cause.interval.start <= instant < cause.interval.end}
        )


@given(st.data())
def test_pieces_tile_the_openings_of_the_day(data):
    day = Day(data)

    found = day.explained()

    assert sorted((line.opening_id, line.interval) for line in found) == sorted(
        (occurrence.opening_id, occurrence.interval)
        for opening in day.openings
        for occurrence in occurrences(opening.rule, day.day, day.day)
    )
    for line in found:
        assert line.pieces[0].interval.start == line.interval.start
        assert line.pieces[-1].interval.end == line.interval.end
        for piece, following in pairwise(line.pieces):
            assert piece.interval.end == following.interval.start
            assert set(piece.reasons) != set(following.reasons)


@given(st.data())
def test_free_pieces_hold_exactly_the_slots_of_the_engine(data):
    day = Day(data)
    usable = [opening.rule for opening in day.openings if not opening.reasons]

    expected = [
        (window.opening_id, start)
        for window in windows(
            usable,
            first_day=day.day,
            last_day=day.day,
            busy=[cause.interval for cause in day.causes],
            closed_days={organization: set(days) for organization, days in day.closed.items()},
        )
        for start in bookable_starts(
            window.interval,
            duration=day.grid.duration,
            pause=day.grid.pause,
            asked=day.grid.asked,
            not_before=day.grid.not_before,
            not_after=day.grid.not_after,
        )
    ]
    assert sorted((line.opening_id, start) for line in day.explained() for start in line.slots) == sorted(expected)


@given(st.data())
def test_every_minute_names_every_rule_that_takes_it_and_no_other(data):
    day = Day(data)
    openings = {opening.rule.id: opening for opening in day.openings}

    for line in day.explained():
        for piece in line.pieces:
            by_the_grid = {reason for reason in piece.reasons if reason.rule in GRID_RULES}
            said = set(piece.reasons) - by_the_grid
            # Every minute of a short piece; of a long one, those around its edges and some between.
            sample = minutes(piece.interval.start, piece.interval.end)
            for instant in sample[:20] + sample[20:-20:17] + sample[-20:]:
                assert day.reasons_at(openings[line.opening_id], line, instant) == said
            assert by_the_grid == set() or said == set()


@given(st.data())
def test_what_is_too_short_or_out_of_bounds_really_is(data):
    day = Day(data)
    grid = day.grid

    for line in day.explained():
        for piece in line.pieces:
            rules = {reason.rule for reason in piece.reasons}
            if rules == {Rule.TOO_SHORT}:
                assert piece.interval.duration < grid.asked
                assert piece.starts == ()
            elif rules & GRID_RULES or piece.is_free:
                assert piece.starts[0] == piece.interval.start
                assert all(piece.interval.start <= start < piece.interval.end for start in piece.starts)
                for start in piece.starts:
                    expected = (
                        Rule.PAST
                        if start < grid.now
                        else Rule.TOO_SOON
                        if start < grid.not_before
                        else Rule.TOO_LATE
                        if grid.not_after is not None and start > grid.not_after
                        else None
                    )
                    assert rules == ({expected} if expected else set())


@given(st.data())
def test_without_any_rule_the_day_gives_its_full_grid(data):
    day = Day(data)
    grid = Grid(day.grid.duration, day.grid.pause, day.grid.asked, now=LONG_AGO, not_before=LONG_AGO)
    bare = [ExplainedOpening(opening.rule) for opening in day.openings]

    found = day.explained(openings=bare, causes=[], closed_days={}, grid=grid)

    for line in found:
        full = bookable_starts(line.interval, duration=grid.duration, pause=grid.pause, asked=grid.asked)
        assert line.slots == list(full)
        assert {reason.rule for piece in line.pieces for reason in piece.reasons} <= {Rule.TOO_SHORT}


def monday(*times, **fields):
    start, end = times
    return ExplainedOpening(OpeningRule(1, Recurrence(MONDAY), start, end, PARIS, organization_id=1), **fields)


def at(hour, minute=0):
    return datetime(2026, 3, 2, hour, minute, tzinfo=PARIS)


def cause(rule, start, end, label=""):
    return Cause(Reason(rule, label), Interval(start, end))


def told(lines):
    """« 09:00-10:00 appointment », « 10:00-11:00 » followed by the starts it offers or loses."""
    return [
        " ".join(
            [
                f"{piece.interval.start.astimezone(PARIS):%H:%M}-{piece.interval.end.astimezone(PARIS):%H:%M}",
                *(reason.rule for reason in piece.reasons),
                *(f"{start.astimezone(PARIS):%H:%M}" for start in piece.starts),
            ]
        )
        for line in lines
        for piece in line.pieces
    ]


def explain(*openings, causes=(), closed=None, asked=30, pause=0, now=LONG_AGO, **bounds):
    grid = Grid(
        timedelta(minutes=30),
        timedelta(minutes=pause),
        timedelta(minutes=asked),
        now=now,
        **{"not_before": now} | bounds,
    )
    return told(explain_day(openings, day=MONDAY, causes=list(causes), closed_days={1: closed or {}}, grid=grid))


def test_a_morning_with_a_bit_of_everything():
    causes = [
        cause(Rule.APPOINTMENT, at(9), at(9, 30)),
        cause(Rule.PAUSE, at(9, 30), at(9, 40)),
        cause(Rule.UNAVAILABILITY, at(10, 50), at(11, 30)),
        cause(Rule.HOLD, at(11, 20), at(11, 40)),
    ]

    assert explain(monday(time(9), time(12, 30)), causes=causes, pause=5) == [
        "09:00-09:30 appointment",
        "09:30-09:40 pause",
        "09:40-10:50 09:40 10:15",
        "10:50-11:20 unavailability",
        "11:20-11:30 unavailability hold",
        "11:30-11:40 hold",
        "11:40-12:15 11:40",
        "12:15-12:30 too_short",
    ]


def test_delays_stand_in_order_around_what_can_be_booked():
    bounds = {"now": at(9, 10), "not_before": at(9, 40), "not_after": at(10, 30)}

    assert explain(monday(time(9), time(12)), **bounds) == [
        "09:00-09:30 past 09:00",
        "09:30-10:00 too_soon 09:30",
        "10:00-11:00 10:00 10:30",
        "11:00-12:00 too_late 11:00 11:30",
    ]


def test_a_start_on_a_bound_is_offered():
    assert explain(monday(time(9), time(10)), now=at(8), not_before=at(9), not_after=at(9, 30)) == [
        "09:00-10:00 09:00 09:30"
    ]


def test_what_is_asked_for_three_persons_fits_only_at_the_front():
    assert explain(monday(time(9), time(10, 50)), asked=90) == ["09:00-10:30 09:00", "10:30-10:50 too_short"]


def test_a_closed_day_and_an_rdv_placed_on_it_are_both_said():
    closed = {MONDAY: ["Jour férié", "Fermeture"]}

    assert explain(monday(time(9), time(10)), closed=closed, causes=[cause(Rule.APPOINTMENT, at(9), at(9, 30))]) == [
        "09:00-09:30 closed_day closed_day appointment",
        "09:30-10:00 closed_day closed_day",
    ]


def test_an_opening_for_another_motif_offers_nothing():
    other = monday(time(9), time(10), reasons=(Reason(Rule.OTHER_MOTIF),))

    assert explain(other) == ["09:00-10:00 other_motif"]


def test_an_opening_is_absent_for_a_removed_date_or_a_lost_hour():
    weekly = OpeningRule(1, Recurrence(MONDAY, "FREQ=WEEKLY;BYDAY=MO", frozenset({MONDAY})), time(9), time(12), PARIS)
    spring = date(2026, 3, 29)
    night = OpeningRule(2, Recurrence(spring), time(2, 15), time(3, 10), PARIS)

    assert why_absent(weekly, MONDAY) is Rule.EXCLUDED_DAY
    assert why_absent(weekly, MONDAY + timedelta(days=1)) is None
    assert why_absent(weekly, MONDAY + timedelta(days=7)) is None
    assert why_absent(night, spring) is Rule.CLOCK_CHANGE


def test_the_next_opened_day_is_looked_for_within_a_year():
    weekly = OpeningRule(1, Recurrence(MONDAY, "FREQ=WEEKLY;BYDAY=TU"), time(9), time(12), PARIS)
    once = OpeningRule(2, Recurrence(MONDAY + timedelta(days=900)), time(9), time(12), PARIS)

    assert next_opened_day([weekly, once], MONDAY) == MONDAY + timedelta(days=1)
    assert next_opened_day([once], MONDAY) is None
    assert next_opened_day([], MONDAY) is None
    assert next_opened_day([weekly], date(9999, 12, 30)) is None
