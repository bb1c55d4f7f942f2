from collections import Counter
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.recurrence import Recurrence
from scheduling.engine.reference_weeks import Addition, Cut, Existing, Opened, plan, timetable
from tests.scheduling.engine import brute_force
from tests.scheduling.engine.strategies import any_days, recurrences

MONDAY = date(2026, 3, 2)  # Of week 10.
MORNING, AFTERNOON, LATE = (time(9), time(12)), (time(14), time(17)), (time(18), time(0))

# Few ranges, so that what is there and what is wanted often meet.
hours_of_a_day = st.sets(st.sampled_from([MORNING, AFTERNOON, LATE]), max_size=2).map(sorted)
week_hours = st.one_of(
    st.lists(hours_of_a_day, min_size=7, max_size=7),
    hours_of_a_day.map(lambda hours: [hours] * 5 + [[], []]),
)


def week(**by_day):
    """`week(monday=[MORNING])`; other days are closed."""
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return [by_day.get(name, []) for name in names]


def day(number):
    return MONDAY + timedelta(days=number)


@st.composite
def existing_openings(draw, first_day):
    first_days = st.integers(-40, 40).map(lambda offset: first_day + timedelta(days=offset))
    plain = st.builds(
        lambda start, days: Recurrence(start, f"FREQ=WEEKLY;BYDAY={','.join(sorted(days))}"),
        first_days,
        st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR"]), min_size=1),
    )
    found = draw(
        st.lists(
            st.tuples(st.one_of(recurrences(first_days), plain), st.sampled_from([MORNING, AFTERNOON])), max_size=5
        )
    )
    return [
        Existing(number, recurrence, *hours, is_alike=draw(st.integers(0, 3)) > 0)
        for number, (recurrence, hours) in enumerate(found, start=1)
    ]


def after(existing, planned):
    """The openings once the plan is carried out; what is added counts from 1000."""
    cuts = {cut.id: cut for cut in planned.cuts}
    left = [opening for opening in existing if opening.id not in cuts]
    for opening in existing:
        if opening.id in cuts:
            parts = (cuts[opening.id].before, cuts[opening.id].after)
            left += [replace(opening, recurrence=part) for part in parts if part is not None]
    return left + [
        Existing(1000 + number, addition.recurrence, addition.start_time, addition.end_time)
        for number, addition in enumerate(planned.additions)
    ]


def shown_on(openings, day):
    return Counter(
        (opening.start_time, opening.end_time, opening.is_alike)
        for opening in openings
        if brute_force.days_of(opening.recurrence, day, day)
    )


def wanted_on(weeks, first_day, day):
    """Asked of that day alone: how many Mondays lie between the week of the first day and this one."""
    turn = sum((first_day + timedelta(days=n)).weekday() == 0 for n in range(1, (day - first_day).days + 1))
    return Counter((start, end, True) for start, end in weeks[turn % len(weeks)][day.weekday()])


@given(st.data(), st.lists(week_hours, min_size=1, max_size=3), any_days, st.integers(0, 120))
def test_the_period_becomes_the_timetable_and_nothing_else_moves(data, weeks, first_day, length):
    last_day = first_day + timedelta(days=length)
    existing = data.draw(existing_openings(first_day))

    planned = plan(weeks, first_day, last_day, existing)

    then = after(existing, planned)
    added, removed, unchanged = Counter(), Counter(), Counter()
    for number in range(-70, length + 71):
        day = first_day + timedelta(days=number)
        before, now = shown_on(existing, day), shown_on(then, day)
        if not first_day <= day <= last_day:
            assert now == before
            continue
        assert now == wanted_on(weeks, first_day, day)
        for counter, change in ((added, now - before), (removed, before - now), (unchanged, before & now)):
            counter.update(Opened(day, start, end) for start, end, _ in change.elements())
    assert (added, removed, unchanged) == tuple(map(Counter, (planned.added, planned.removed, planned.unchanged)))
    assert planned.changes_nothing == (not added and not removed)


@given(st.data(), st.lists(week_hours, min_size=1, max_size=3), any_days, st.integers(0, 400))
def test_applying_again_changes_nothing(data, weeks, first_day, length):
    last_day = first_day + timedelta(days=length)
    existing = data.draw(existing_openings(first_day))
    then = after(existing, plan(weeks, first_day, last_day, existing))
    numbered = [replace(opening, id=number) for number, opening in enumerate(then)]

    again = plan(weeks, first_day, last_day, numbered)

    assert again.changes_nothing
    assert (again.added, again.removed) == ((), ())
    assert again.unchanged == tuple(timetable(weeks, first_day, last_day))


@given(st.data(), week_hours, any_days, st.integers(0, 60))
def test_years_later_a_cut_series_falls_on_the_days_it_always_fell_on(data, hours, first_day, length):
    existing = data.draw(existing_openings(first_day))
    then = after(existing, plan([hours], first_day, first_day + timedelta(days=length), existing))

    for number in range(1500, 1560):
        day = first_day + timedelta(days=number)
        assert shown_on(then, day) == shown_on(existing, day)


@given(st.lists(week_hours, min_size=1, max_size=2), any_days, st.integers(0, 400))
def test_on_an_empty_calendar_a_range_is_one_series_for_each_turn(weeks, first_day, length):
    planned = plan(weeks, first_day, first_day + timedelta(days=length), [])

    ranges = {hours for week in weeks for hours_of_day in week for hours in hours_of_day}
    assert len(planned.additions) <= len(ranges) * (len(weeks) + (len(weeks) > 1))
    assert all(not addition.recurrence.excluded_days for addition in planned.additions)


def test_a_week_becomes_weekly_series_until_the_last_day_of_the_period():
    mornings = week(monday=[MORNING, AFTERNOON], thursday=[MORNING])

    planned = plan([mornings], MONDAY, day(27), [])

    assert planned.additions == (
        Addition(Recurrence(MONDAY, "FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20260329"), *MORNING),
        Addition(Recurrence(MONDAY, "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260329"), *AFTERNOON),
    )
    assert len(planned.added) == 12


def test_two_weeks_alternate_from_the_week_of_the_first_day():
    """From a Wednesday on: that week is A's, the next B's; what both have repeats every week."""
    a = week(monday=[MORNING], friday=[MORNING])
    b = week(monday=[AFTERNOON], friday=[MORNING])

    planned = plan([a, b], day(2), day(34), [])

    assert {(addition.start_time, addition.recurrence) for addition in planned.additions} == {
        (time(9), Recurrence(day(4), "FREQ=WEEKLY;BYDAY=FR;UNTIL=20260405")),
        (time(9), Recurrence(day(14), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20260405")),
        (time(14), Recurrence(day(7), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20260405")),
    }


def test_weeks_alternate_across_a_year_of_53_weeks():
    """Week 53 of 2026 is followed by week 1 of 2027: both odd, and yet they alternate."""
    first_day = date(2026, 12, 14)

    opened = timetable([week(monday=[MORNING]), week(monday=[AFTERNOON])], first_day, first_day + timedelta(days=27))

    assert [(opened.day.isocalendar().week, opened.start_time.hour) for opened in opened] == [
        (51, 9),
        (52, 14),
        (53, 9),
        (1, 14),
    ]


def test_an_endless_series_is_cut_at_both_borders_and_stays_in_step():
    fortnightly = Existing(7, Recurrence(MONDAY, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"), *MORNING)

    planned = plan([week(monday=[AFTERNOON])], day(7), day(34), [fortnightly])

    assert planned.cuts == (
        Cut(
            7,
            before=Recurrence(MONDAY, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20260308"),
            after=Recurrence(day(42), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"),
        ),
    )
    assert planned.removed == (Opened(day(14), *MORNING), Opened(day(28), *MORNING))


def test_an_endless_series_that_the_timetable_asks_for_is_left_alone():
    endless = Existing(7, Recurrence(day(-70), "FREQ=WEEKLY;BYDAY=MO,TH"), *MORNING)

    planned = plan([week(monday=[MORNING], thursday=[MORNING])], MONDAY, day(27), [endless])

    assert planned.changes_nothing
    assert len(planned.unchanged) == 8


def test_the_same_hours_for_other_motifs_are_replaced():
    endless = Existing(7, Recurrence(MONDAY, "FREQ=WEEKLY;BYDAY=MO"), *MORNING, is_alike=False)

    planned = plan([week(monday=[MORNING])], MONDAY, day(13), [endless])

    assert len(planned.added) == len(planned.removed) == 2
    assert planned.cuts == (Cut(7, before=None, after=Recurrence(day(14), "FREQ=WEEKLY;BYDAY=MO")),)


def test_a_day_taken_out_of_a_series_comes_back_as_an_occurrence_of_its_own():
    without_the_second = Existing(
        7, Recurrence(MONDAY, "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261231", frozenset({day(7)})), *MORNING
    )

    planned = plan([week(monday=[MORNING])], MONDAY, day(27), [without_the_second])

    assert planned.cuts == ()
    assert planned.additions == (Addition(Recurrence(day(7)), *MORNING),)


def test_an_occurrence_edited_to_other_hours_is_replaced_and_its_series_stays():
    series = Existing(7, Recurrence(MONDAY, "FREQ=WEEKLY;BYDAY=MO", frozenset({day(7)})), *MORNING)
    edited = Existing(8, Recurrence(day(7)), time(10), time(11))

    planned = plan([week(monday=[MORNING])], MONDAY, day(27), [series, edited])

    assert planned.cuts == (Cut(8, before=None, after=None),)
    assert planned.removed == (Opened(day(7), time(10), time(11)),)
    assert planned.added == (Opened(day(7), *MORNING),)


def test_a_series_that_ends_in_the_period_is_carried_on_from_there():
    weekdays = Existing(7, Recurrence(MONDAY, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20260310"), *MORNING)

    planned = plan([[[MORNING]] * 5 + [[], []]], MONDAY, day(27), [weekdays])

    assert planned.cuts == ()
    assert planned.additions == (
        Addition(Recurrence(day(9), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20260329"), *MORNING),
    )


def test_a_series_between_whose_days_too_much_is_missing_is_replaced():
    fortnightly = Existing(7, Recurrence(MONDAY, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"), *MORNING)

    planned = plan([week(monday=[MORNING])], MONDAY, day(83), [fortnightly])

    assert len(planned.added) == len(planned.unchanged) == 6
    assert planned.removed == ()
    assert planned.additions == (Addition(Recurrence(MONDAY, "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260524"), *MORNING),)
    assert planned.cuts == (Cut(7, before=None, after=Recurrence(day(84), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO")),)


def test_the_second_of_two_openings_at_the_same_time_is_removed():
    twice = [Existing(number, Recurrence(MONDAY, "FREQ=WEEKLY;BYDAY=MO"), *MORNING) for number in (3, 4)]

    planned = plan([week(monday=[MORNING])], MONDAY, day(13), twice)

    assert [cut.id for cut in planned.cuts] == [4]
    assert (len(planned.unchanged), len(planned.removed)) == (2, 2)


def test_what_does_not_touch_the_period_is_not_looked_at():
    past = Existing(7, Recurrence(day(-7)), *MORNING, is_alike=False)
    emptied = Existing(8, Recurrence(MONDAY, "", frozenset({MONDAY})), *MORNING, is_alike=False)

    assert plan([week()], MONDAY, day(6), [past, emptied]).changes_nothing


@pytest.mark.parametrize("weeks", [[week()], [week(), week()]])
def test_an_empty_week_closes_the_period(weeks):
    endless = Existing(7, Recurrence(MONDAY, "FREQ=DAILY"), *LATE)

    planned = plan(weeks, day(7), day(13), [endless])

    assert len(planned.removed) == 7
    assert planned.cuts[0].after.first_day == day(14)
