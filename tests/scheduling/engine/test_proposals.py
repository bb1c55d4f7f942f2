"""Slots proposed to many RDVs at once can all be taken, and nobody is left without one that is free."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.intervals import Interval, subtract
from scheduling.engine.proposals import Free, Grid, Kind, Misplaced, kind_of, propose
from scheduling.engine.slots import slot_starts
from tests.scheduling.engine.brute_force import MINUTE, minutes

PARIS = ZoneInfo("Europe/Paris")
NINE = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)


class World:
    """Windows of calendars, and demands by name: (duration, pause, asked) in minutes."""

    def __init__(self, windows, demands):
        self.windows = windows  # {calendar: [Interval]}
        self.demands = {
            name: {"duration": MINUTE * duration, "pause": MINUTE * pause, "asked": MINUTE * asked}
            for name, (duration, pause, asked) in demands.items()
        }

    @property
    def grids(self):
        return {name: Grid(of["duration"] + of["pause"], of["pause"]) for name, of in self.demands.items()}

    @property
    def free(self):
        """The place of a calendar bears its number."""
        return [
            Free(name, calendar, calendar % 2, calendar, Interval(start, start + of["asked"]))
            for name, of in self.demands.items()
            for calendar, windows in self.windows.items()
            for window in windows
            for start in slot_starts(window, **of)
        ]

    def propose(self, misplaced, booked=None):
        return propose(misplaced, self.free, grids=self.grids, zone=PARIS, booked=booked or {})

    def take(self, slot):
        """Book it: its time and pause are no longer free. Fails when it is no slot."""
        assert slot in self.free
        busy = Interval(slot.period.start, slot.period.end + self.grids[slot.demand].pause)
        of_calendar = self.windows[slot.calendar_id]
        self.windows[slot.calendar_id] = [piece for window in of_calendar for piece in subtract(window, [busy])]


def at(hour, minute=0, day=0):
    return NINE + timedelta(days=day, hours=hour - 9, minutes=minute)


def hours(first, last, day=0):
    return Interval(at(first, day=day), at(last, day=day))


def rdv(number, hour, minute=0, *, calendar=1, location=None, demand="visit", day=0, **fields):
    return Misplaced(number, demand, calendar, location, at(hour, minute, day), **fields)


def told(proposals):
    """{rdv: {kind: (calendar, minutes after nine)}}"""
    return {
        number: {kind: (slot.calendar_id, (slot.period.start - NINE) // MINUTE) for kind, slot in kinds.items()}
        for number, kinds in proposals.items()
    }


half_hours = {"visit": (30, 0, 30)}


class TestOneAppointment:
    def test_keeps_its_time_with_a_colleague_and_its_agent_at_the_nearest(self):
        world = World({1: [hours(11, 12), hours(14, 15)], 2: [hours(9, 12)]}, half_hours)

        assert told(world.propose([rdv(1, 10)])) == {1: {Kind.COLLEAGUE: (2, 60), Kind.SAME_CALENDAR: (1, 120)}}

    def test_has_the_nearest_of_that_day_with_a_colleague_when_nobody_has_its_time(self):
        world = World({1: [], 2: [hours(11, 12)], 3: [hours(9, 10), hours(10, 11, day=1)]}, half_hours)

        assert told(world.propose([rdv(1, 10)])) == {1: {Kind.SAME_DAY: (3, 30)}}

    def test_goes_to_the_earlier_of_two_that_are_as_near(self):
        world = World({1: [hours(9, 10), hours(10, 11)]}, {"visit": (60, 0, 60)})

        assert told(world.propose([rdv(1, 9, 30)])) == {1: {Kind.SAME_CALENDAR: (1, 0)}}

    def test_stays_at_its_place(self):
        world = World({1: [], 2: [hours(10, 11)], 3: [hours(10, 11)]}, half_hours)

        assert told(world.propose([rdv(1, 10, location=1)])) == {1: {Kind.COLLEAGUE: (3, 60)}}

    def test_without_a_place_goes_to_any(self):
        world = World({1: [], 2: [hours(10, 11)]}, half_hours)

        assert told(world.propose([rdv(1, 10)])) == {1: {Kind.COLLEAGUE: (2, 60)}}

    def test_is_never_proposed_its_own_time(self):
        assert told(World({1: [hours(10, 11)]}, {"visit": (60, 0, 60)}).propose([rdv(1, 10)])) == {1: {}}

    @pytest.mark.parametrize(("day", "found"), [(42, {Kind.SAME_CALENDAR: (1, 42 * 24 * 60)}), (43, {})])
    def test_is_put_off_by_six_weeks_at_most(self, day, found):
        world = World({1: [Interval(NINE + day * DAY, NINE + day * DAY + 30 * MINUTE)]}, half_hours)

        assert told(world.propose([rdv(1, 9)])) == {1: found}

    def test_is_brought_forward_only_as_far_as_its_people_can_hear_of_it(self):
        world = World({1: [hours(9, 12), hours(15, 16)], 2: [hours(9, 15)]}, half_hours)

        def proposed(earliest):
            return told(world.propose([rdv(1, 14, earliest=at(earliest))]))[1]

        assert proposed(9)[Kind.SAME_CALENDAR] == (1, 360)
        assert told(world.propose([rdv(1, 13, earliest=at(9))]))[1][Kind.SAME_CALENDAR] == (1, 150)
        assert told(world.propose([rdv(1, 13, earliest=at(12))]))[1][Kind.SAME_CALENDAR] == (1, 360)
        assert proposed(20)[Kind.COLLEAGUE] == (2, 300)  # The same time is no earlier.

    def test_goes_to_the_colleague_with_the_fewest_that_day_then_that_week_then_the_first(self):
        world = World({1: [], 2: [hours(9, 12)], 3: [hours(9, 12)], 4: [hours(9, 12)]}, half_hours)
        monday = NINE.date()

        def colleague(**booked):
            counts = {(int(name[1]), monday + int(name[3:]) * DAY): number for name, number in booked.items()}
            return world.propose([rdv(1, 10)], counts)[1][Kind.COLLEAGUE].calendar_id

        assert colleague() == 2
        assert colleague(c2_0=1) == 3
        assert colleague(c2_0=2, c3_0=1, c4_0=1, c3_4=1) == 4


class TestSeveralAppointments:
    def test_the_earliest_has_the_first_choice_and_the_others_what_is_left(self):
        world = World({1: [hours(14, 15)]}, half_hours)

        assert told(world.propose([rdv(2, 11), rdv(1, 10), rdv(3, 12)])) == {
            1: {Kind.SAME_CALENDAR: (1, 300)},
            2: {Kind.SAME_CALENDAR: (1, 330)},
            3: {},
        }

    def test_all_have_their_time_with_a_colleague_before_any_has_another(self):
        """The first does not take from the second what only it can use."""
        world = World({1: [], 2: [hours(10, 11)]}, {"visit": (60, 0, 60)})

        assert told(world.propose([rdv(1, 9), rdv(2, 10)])) == {1: {}, 2: {Kind.COLLEAGUE: (2, 60)}}

    def test_share_colleagues_fairly(self):
        world = World({1: [], 2: [hours(9, 12)], 3: [hours(9, 12)]}, half_hours)
        proposals = world.propose([rdv(number, 9 + number) for number in range(3)])

        assert [proposals[number][Kind.COLLEAGUE].calendar_id for number in range(3)] == [2, 3, 2]

    def test_leave_the_pauses_free(self):
        world = World({1: [hours(9, 11)]}, {"long": (40, 20, 40), "visit": (30, 0, 30)})
        proposals = told(world.propose([rdv(1, 7, demand="long"), rdv(2, 8)]))

        assert proposals == {1: {Kind.SAME_CALENDAR: (1, 0)}, 2: {Kind.SAME_CALENDAR: (1, 60)}}

    def test_are_not_proposed_what_leaves_the_grid_once_another_is_moved(self):
        """At 9 h 45 the grid begins again: 10 h is a slot no longer, whatever is free."""
        world = World({1: [hours(9, 11)]}, {"long": (45, 0, 45), "visit": (30, 0, 30)})

        proposals = told(world.propose([rdv(1, 7, demand="long"), rdv(2, 8)]))

        assert proposals == {1: {Kind.SAME_CALENDAR: (1, 0)}, 2: {}}


class TestChosen:
    def test_keeps_what_was_chosen_before_anybody_else(self):
        world = World({1: [], 2: [hours(10, 11)]}, {"visit": (60, 0, 60)})
        chosen = (2, at(10))

        assert told(world.propose([rdv(1, 10), rdv(2, 10, calendar=3, chosen=chosen)])) == {
            1: {},
            2: {Kind.COLLEAGUE: (2, 60)},
        }

    @pytest.mark.parametrize("chosen", [(2, at(10, 7)), (9, at(10)), (2, at(10, day=1)), (1, at(10))])
    def test_what_is_no_proposal_is_not_kept(self, chosen):
        world = World({1: [], 2: [hours(10, 11), hours(10, 11, day=1)]}, half_hours)

        assert told(world.propose([rdv(1, 10, chosen=chosen)])) == {1: {Kind.COLLEAGUE: (2, 60)}}

    def test_two_cannot_have_the_same(self):
        world = World({1: [], 2: [hours(10, 11)]}, {"visit": (60, 0, 60)})
        chosen = (2, at(10))

        assert told(world.propose([rdv(number, 10, chosen=chosen) for number in (1, 2)])) == {
            1: {Kind.COLLEAGUE: (2, 60)},
            2: {},
        }


spans = st.tuples(st.integers(0, 11), st.integers(1, 8)).map(lambda span: (span[0] * 20, span[0] * 20 + span[1] * 15))
worlds = st.builds(
    lambda spans, demands: World(
        {calendar: _apart(of_calendar) for calendar, of_calendar in enumerate(spans, start=1)},
        dict(enumerate(demands)),
    ),
    st.lists(st.lists(spans, max_size=3), min_size=1, max_size=3),
    st.lists(
        st.tuples(st.sampled_from([10, 15, 20, 30]), st.sampled_from([0, 5, 10]), st.sampled_from([10, 15, 30, 45])),
        min_size=1,
        max_size=3,
    ),
)


def _apart(spans):
    """Windows that do not touch, as free windows never do."""
    found, end = [], -1
    for first, last in sorted(spans):
        if first > end:
            found.append(Interval(NINE + first * MINUTE, NINE + last * MINUTE))
            end = last
    return found


def _has_plain_windows(world):
    """Slots that touch each other: a step apart, they are of one window for sure, whatever was busy."""
    return all(not of["pause"] and of["asked"] >= of["duration"] for of in world.demands.values())


@st.composite
def situations(draw, worlds=worlds):
    world = draw(worlds)
    free = world.free
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(sorted(world.demands)),
                st.sampled_from(sorted(world.windows)),
                st.sampled_from([None, 0, 1]),
                st.integers(-2, 12),
                st.integers(0, max(len(free) * 2, 1)),
            ),
            max_size=7,
        )
    )
    misplaced = []
    for number, (demand, calendar, location, tick, choice) in enumerate(rows):
        wanted = (free[choice].calendar_id, free[choice].period.start) if choice < len(free) else None
        misplaced.append(Misplaced(number, demand, calendar, location, NINE + tick * 20 * MINUTE, chosen=wanted))
    return world, misplaced


def all_of(proposals):
    return [slot for kinds in proposals.values() for slot in kinds.values()]


@given(situations())
def test_each_proposal_is_a_free_slot_of_its_kind_for_that_rdv(situation):
    world, misplaced = situation
    free = set(world.free)
    for row in misplaced:
        for kind, slot in world.propose(misplaced)[row.id].items():
            assert slot in free
            assert slot.demand == row.demand
            assert kind_of(row, slot, PARIS) == kind


@given(situations())
def test_no_two_proposals_overlap_on_one_calendar_nor_the_pause_of_the_earlier(situation):
    world, misplaced = situation
    occupied = defaultdict(set)
    for slot in sorted(all_of(world.propose(misplaced)), key=lambda slot: -slot.period.start.timestamp()):
        with_pause = set(minutes(slot.period.start, slot.period.end + world.grids[slot.demand].pause))
        own = set(minutes(slot.period.start, slot.period.end))
        # Later ones came first: they may stand in nobody's time or pause.
        assert not occupied[slot.calendar_id] & with_pause
        occupied[slot.calendar_id] |= own


@given(situations(), st.randoms(use_true_random=False))
def test_whichever_are_taken_in_whatever_order_each_is_still_a_slot(situation, random):
    world, misplaced = situation
    proposals = all_of(world.propose(misplaced))
    for slot in random.sample(proposals, random.randint(0, len(proposals))):
        world.take(slot)


@given(situations(worlds.filter(_has_plain_windows)))
def test_an_rdv_without_proposal_has_no_slot_left_that_could_be_proposed(situation):
    """Nothing that is free would suit it, unless it cannot be taken beside what is proposed to others."""
    world, misplaced = situation
    proposals = world.propose(misplaced)
    given_out = all_of(proposals)
    for row in misplaced:
        if proposals[row.id]:
            continue
        for slot in world.free:
            if slot.demand == row.demand and kind_of(row, slot, PARIS):
                assert not _can_be_taken_beside(world, slot, given_out)


def _can_be_taken_beside(world, slot, others):
    """Whether it is still a slot after each of the others alone, and each of them after it."""
    for other in others:
        for first, second in ((slot, other), (other, slot)):
            scratch = World({calendar: list(of) for calendar, of in world.windows.items()}, {})
            scratch.demands = world.demands
            scratch.take(first)
            if second not in scratch.free:
                return False
    return True


@given(situations())
def test_the_same_question_has_the_same_answer_in_any_order(situation):
    world, misplaced = situation

    assert world.propose(list(reversed(misplaced))) == world.propose(misplaced)


def test_five_hundred_slots_and_fifty_appointments_are_shared_without_one_twice():
    world = World({calendar: [hours(9, 19, day) for day in range(6)] for calendar in range(1, 6)}, half_hours)
    proposals = world.propose([rdv(number, 9 + number % 9, calendar=1) for number in range(50)])

    assert max(Counter(all_of(proposals)).values()) == 1
    assert all(proposals.values())
