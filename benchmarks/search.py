"""Searching: in the database, with a table ten times bigger, and against the pure core."""

from datetime import timedelta

from organizations.models import Territory
from scheduling.models import Calendar
from scheduling.selectors.slot_sources import Uncovered, core_slots, first_slots_in_windows, slots_in_windows
from scheduling.selectors.slots import Demand, next_slots, offered_slots, search_of

from . import data
from .measure import median_seconds, milliseconds_in_database, plan_of, query_of
from .server import connect

ROUNDS = 100
WEEK = timedelta(days=7)

SHORT_ANSWER = (
    "The core computes no more than 20 calendars and 9 days, and both then hand the same 1 200 slots to Python, "
    "which is most of what the search by windows takes"
)

LOOKS_IN_DATABASE = (
    "Each opening that carries the motif is looked up, with its calendar, its desk or agent and its first window: "
    "five indexes"
)
LOOKS = "Five indexes are looked into for each of 2 000 openings"


def measure(report, *, small, big):
    """`small` and `big` are databases with the same first territory, the second with nine more."""
    motifs = data.motifs_of(Territory.objects.order_by("pk").first())
    week = {"demands": [Demand(motifs[0])], "start": data.NOW + WEEK, "end": data.NOW + 2 * WEEK, "now": data.NOW}
    everywhere = {"demands": [Demand(motif) for motif in motifs], "now": data.NOW}
    _in_database(report, small=small, big=big, week=week, everywhere=everywhere)
    _against_the_core(report, week=week, everywhere=everywhere)


def _in_database(report, *, small, big, week, everywhere):
    section = report.section(
        "Search, in the database",
        "Planning, execution and rows made ready to be sent; medians. The tables are of 1 000 and 10 000 calendars, "
        "asked in turns for the same slots.",
    )
    searches = [
        ("one week, one motif, 20 calendars", "search-week", 3, lambda: offered_slots(**week)),
        ("next availability, 1 000 calendars", "search-next", 10, lambda: next_slots(**everywhere)),
    ]
    with connect(small) as few, connect(big) as many:
        for name, plan, mark, search in searches:
            query = query_of(search)
            in_small, in_big = milliseconds_in_database(query, [few, many], rounds=ROUNDS)
            report.plans[plan] = plan_of(query, many)
            section.add(f"{name}, in the table of 10 000", in_big, "ms", mark=mark, why=LOOKS_IN_DATABASE)
            section.add(f"{name}, in the table of 1 000", in_small, "ms")
            section.add(f"{name}: ten times the table", in_big / in_small, "×", mark=1.5, why=LOOKS_IN_DATABASE)


def _against_the_core(report, *, week, everywhere):
    section = report.section(
        "Search by windows against the pure core",
        "The same slots from the same database, by the function that reads windows and by the one that computes them "
        "from ranges; whole calls in Python, medians.",
    )
    to_the_horizon = everywhere | {"start": data.NOW, "end": data.NOW + data.HORIZON}
    searches = [
        ("one week, one motif, 20 calendars", slots_in_windows, search_of(**week), 20, SHORT_ANSWER),
        ("next availability, 1 000 calendars", first_slots_in_windows, search_of(**to_the_horizon), 2, LOOKS),
    ]
    for name, in_windows, search, rounds, why in searches:
        found, uncovered = in_windows(search)
        calendars = [Uncovered(calendar_id, None) for calendar_id in _calendars_of(search)]
        computed = core_slots(search, calendars)
        assert not uncovered
        assert set(found) <= set(computed), "windows and core disagree"
        by_windows = median_seconds(lambda: in_windows(search), rounds=ROUNDS)  # noqa: B023
        by_core = median_seconds(lambda: core_slots(search, calendars), rounds=rounds)  # noqa: B023
        section.add(f"{name}, by windows", by_windows * 1000, "ms")
        section.add(f"{name}, by the core", by_core * 1000, "ms")
        section.add(f"{name}: core against windows", by_core / by_windows, "×", mark=100, at_least=True, why=why)


def _calendars_of(search):
    motifs = [motif for motif, *_ in search.demands]
    return list(Calendar.objects.filter(openings__motifs__in=motifs).distinct().values_list("pk", flat=True))
