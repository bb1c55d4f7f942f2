"""Which motifs a calendar may have: what a desk serves, what the services of an agent allow."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from organizations.models import Desk, Membership, Motif

from ..models import Calendar, OpeningMotif


@dataclass(frozen=True)
class Served:
    """What each of some calendars may have: motifs by id, service units by id, or everything."""

    everything: frozenset[int]
    units: dict[int, frozenset[int]]
    motifs: dict[int, frozenset[int]]

    def allows(self, calendar: Calendar, motif: Motif) -> bool:
        """No query where the units of the motif are loaded."""
        if calendar.pk in self.everything or motif.pk in self.motifs[calendar.pk]:
            return True
        if calendar.pk not in self.units:
            return False
        needed = {unit.pk for unit in motif.units.all()}
        return not needed or bool(needed & self.units[calendar.pk])

    def refusing(self, calendars: Iterable[Calendar], motif: Motif) -> list[Calendar]:
        return [calendar for calendar in calendars if not self.allows(calendar, motif)]


def served_by(calendars: Iterable[Calendar], organization) -> Served:
    """A desk serves its motifs, or all where it names none; an agent those of their services, of none, or all as an
    administrator; either also what their openings carry. Five queries, whatever the number of calendars.
    """
    calendars = list(calendars)
    everything, units, motifs = set(), {}, defaultdict(set)
    members = Membership.objects.for_organization(organization).filter(
        agent__in=[calendar.agent_id for calendar in calendars if calendar.agent_id]
    )
    of_agent = {member.agent_id: member for member in members.prefetch_related("units").order_by("pk")}
    desks = Desk.objects.for_organization(organization).prefetch_related("motifs")
    of_desk = desks.in_bulk([calendar.desk_id for calendar in calendars if calendar.desk_id])
    for calendar in calendars:
        if member := of_agent.get(calendar.agent_id):
            units[calendar.pk] = frozenset(member.unit_ids)
            if member.is_admin:
                everything.add(calendar.pk)
        elif desk := of_desk.get(calendar.desk_id):
            motifs[calendar.pk] |= {motif.pk for motif in desk.motifs.all()}
            if not motifs[calendar.pk]:
                everything.add(calendar.pk)
    carried = OpeningMotif.objects.filter(opening__calendar__in=calendars, opening__organization=organization)
    for calendar_id, motif_id in carried.order_by().values_list("opening__calendar", "motif").distinct():
        motifs[calendar_id].add(motif_id)
    known = {calendar.pk: frozenset(motifs[calendar.pk]) for calendar in calendars}
    return Served(frozenset(everything), units, known)
