"""Which calendars a page is about: those a member may see, and those the address asks for."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..models import Calendar

MAXIMUM = 12


@dataclass(frozen=True)
class CalendarChoice:
    """`offered`, in order of display, agents first; `chosen` among them, at most MAXIMUM."""

    offered: list[Calendar]
    chosen: list[Calendar]
    is_cut: bool = False

    @property
    def agents(self):
        return [calendar for calendar in self.offered if calendar.agent_id]

    @property
    def desks(self):
        return [calendar for calendar in self.offered if calendar.desk_id]

    @property
    def chosen_ids(self):
        return [calendar.pk for calendar in self.chosen]


def choose_calendars(membership, asked: Iterable[str], *, only_own_and_desks=False) -> CalendarChoice:
    """The calendars of `asked` (ids as they stand in the address), else the member's own, else the first. One query.

    What is not a calendar that the member may see is left out, as if it did not exist.
    """
    offered = list(Calendar.objects.visible_to(membership).in_use().for_display())
    if only_own_and_desks:
        offered = [item for item in offered if item.desk_id or item.agent_id == membership.agent_id]
    wanted = {text for text in asked if text.isdecimal()}
    chosen = [calendar for calendar in offered if str(calendar.pk) in wanted]
    if not chosen:
        chosen = [calendar for calendar in offered if calendar.agent_id == membership.agent_id] or offered[:1]
    return CalendarChoice(offered, chosen[:MAXIMUM], is_cut=len(chosen) > MAXIMUM)
