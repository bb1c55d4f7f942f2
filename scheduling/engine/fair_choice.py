"""Which of several free calendars takes an RDV."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """RDVs of a calendar, cancelled ones not counted, on the day and in the week (Monday to Sunday) of the slot."""

    calendar_id: int
    that_day: int
    that_week: int


def choose(candidates: Iterable[Load]) -> int:
    """The calendar with the fewest RDVs that day, then that week, then the lowest id.

    Raises ValueError when there is no candidate.
    """
    return min(candidates, key=lambda load: (load.that_day, load.that_week, load.calendar_id)).calendar_id
