"""The properties are worth what they are tried on: the days and hours on which an engine goes wrong do come up."""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.scheduling.engine import brute_force
from tests.scheduling.engine.strategies import (
    CHANGE_DAYS,
    FRENCH_AND_PORTUGUESE,
    days_in,
    opening_rules,
    recurrences,
    unavailability_rules,
    zones,
)

EXAMPLES = 400


def count_cases(strategy, cases):
    """How many of EXAMPLES draws are each of `cases` (name → predicate); nearly the same ones on every run."""
    counts = Counter(dict.fromkeys(cases, 0))

    @given(strategy)
    @settings(max_examples=EXAMPLES, derandomize=True, database=None, phases=[Phase.generate])
    def draw(example):
        counts.update(name for name, is_case in cases.items() if is_case(example))

    draw()
    return counts


def rare(counts, *, at_least):
    """What comes up in fewer than so many of a thousand examples."""
    return {name: count for name, count in counts.items() if count * 1000 < at_least * EXAMPLES}


zones_and_days = zones.flatmap(lambda zone: st.tuples(st.just(zone), days_in(zone)))


def test_days_of_clock_change_and_turns_of_the_year_come_up():
    counts = count_cases(
        zones_and_days,
        {
            "clock change": lambda pair: pair[1] in CHANGE_DAYS[pair[0]],
            "week 53": lambda pair: pair[1].isocalendar().week == 53,
            "turn of a year": lambda pair: (pair[1] + timedelta(days=3)).year != (pair[1] - timedelta(days=3)).year,
            "29 February": lambda pair: (pair[1].month, pair[1].day) == (2, 29),
            "the 31st": lambda pair: pair[1].day == 31,
        }
        | {zone.key: lambda pair, zone=zone: pair[0] == zone for zone in FRENCH_AND_PORTUGUESE},
    )
    assert rare(counts, at_least=2) == {}
    assert rare({"clock change": counts["clock change"]}, at_least=70) == {}
    assert rare({zone.key: counts[zone.key] for zone in FRENCH_AND_PORTUGUESE}, at_least=50) == {}


@pytest.mark.parametrize("zone", [zone for zone in FRENCH_AND_PORTUGUESE if CHANGE_DAYS[zone]], ids=str)
def test_openings_over_the_very_hour_of_a_clock_change_come_up_in_each_zone(zone):
    """A rule and a day on which it opens less or more than its hours on the clock, or moves."""

    def is_odd(pair):
        around, rule = pair
        if not brute_force.days_of(rule.recurrence, around, around):
            return False
        span = brute_force.span(around, rule.start_time, rule.end_time, zone)
        if span is None:
            return True
        end = datetime.combine(around + timedelta(days=rule.end_time == time(0)), rule.end_time)
        return span[1] - span[0] != end - datetime.combine(around, rule.start_time)

    pairs = days_in(zone).flatmap(lambda day: st.tuples(st.just(day), opening_rules(zone, day)))
    assert rare(count_cases(pairs, {"odd": is_odd}), at_least=25) == {}


def test_openings_until_midnight_and_with_days_taken_out_come_up():
    """Of days taken out only those count that the rule would have hit."""

    def loses_a_day(rule):
        recurrence = rule.recurrence
        return recurrence.rule is not None and any(
            brute_force.is_hit(recurrence.rule, recurrence.first_day, day) for day in recurrence.excluded_days
        )

    rules = zones_and_days.flatmap(lambda pair: opening_rules(*pair))
    counts = count_cases(
        rules, {"until midnight": lambda rule: rule.end_time == time(0), "a day taken out": loses_a_day}
    )
    assert rare(counts, at_least=30) == {}


def test_unavailabilities_of_several_days_over_a_clock_change_come_up():
    def holds_a_change(rule):
        first = rule.recurrence.first_day
        days = [first + timedelta(days=number) for number in range(rule.days_spanned + 1)]
        return any(day in CHANGE_DAYS[rule.zone] for day in days)

    rules = zones_and_days.flatmap(lambda pair: unavailability_rules(*pair))
    counts = count_cases(
        rules,
        {
            "one day": lambda rule: rule.days_spanned == 0,
            "several days": lambda rule: rule.days_spanned > 1,
            "a week and more": lambda rule: rule.days_spanned >= 7,
            "over a change": holds_a_change,
        },
    )
    assert rare(counts, at_least=40) == {}


def test_series_that_can_be_cut_in_two_come_up():
    years = (date(2025, 1, 1), date(2030, 1, 1))
    counts = count_cases(
        recurrences(),
        {
            "several days": lambda series: len(brute_force.days_of(series, *years)) > 1,
            "days taken out": lambda series: bool(series.excluded_days),
            "endless": lambda series: series.last_day() is None,
            "every so many weeks": lambda series: "WEEKLY;INTERVAL" in series.rrule,
            "monthly by day": lambda series: "BYMONTHDAY" in series.rrule,
            "monthly by rank": lambda series: "MONTHLY" in series.rrule and "BYDAY" in series.rrule,
        },
    )
    assert rare(counts, at_least=30) == {}
