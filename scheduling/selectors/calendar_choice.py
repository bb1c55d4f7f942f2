"""Which calendars a page is about: those a member may see, and those the address asks for."""

from collections.abc import Iterable
from dataclasses import dataclass

from organizations.addresses import id_in
from organizations.models import Team

from ..models import Calendar

MAXIMUM = 12


@dataclass(frozen=True)
class TeamChoice:
    """The teams of the territory, and the one asked for. What is no team of it stands for nobody: it has no agents."""

    offered: list[Team]
    team: Team | None = None
    is_asked: bool = False
    agent_ids: frozenset[int] = frozenset()


def choose_team(membership, asked: str) -> TeamChoice:
    """`asked` as it stands in the address. Two queries at most."""
    offered = list(Team.objects.visible_to(membership))
    team = next((team for team in offered if team.pk == id_in(asked)), None)
    agents = team.agents.order_by().values_list("pk", flat=True) if team else ()
    return TeamChoice(offered, team, bool(asked), frozenset(agents))


@dataclass(frozen=True)
class CalendarChoice:
    """`offered`, in order of display, agents first; `chosen` among them, at most MAXIMUM. None is chosen where a team
    was asked for that has no calendar among them.
    """

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


def choose_calendars(
    membership, asked: Iterable[str], *, team: TeamChoice | None = None, only_own_and_desks=False
) -> CalendarChoice:
    """The calendars of `asked` (ids as they stand in the address), else the member's own, else the first. One query.

    Of a team that is asked for, its calendars, or those of `asked` among them, and nobody else's. What is not a
    calendar that the member may see is left out, as if it did not exist.
    """
    offered = list(Calendar.objects.visible_to(membership).in_use().for_display())
    if only_own_and_desks:
        offered = [item for item in offered if item.desk_id or item.agent_id == membership.agent_id]
    wanted = {text for text in asked if text.isdecimal()}
    chosen = [calendar for calendar in offered if str(calendar.pk) in wanted]
    if team is not None and team.is_asked:
        chosen = [item for item in (chosen if wanted else offered) if item.agent_id in team.agent_ids]
    elif not chosen:
        chosen = [calendar for calendar in offered if calendar.agent_id == membership.agent_id] or offered[:1]
    return CalendarChoice(offered, chosen[:MAXIMUM], is_cut=len(chosen) > MAXIMUM)
