"""Who may do what in a territory and its organizations, and why."""

from dataclasses import dataclass

from django.db.models import Q

from ..models import Agent, Membership, TerritoryRole
from ..permissions import RIGHTS
from .agents import agents_of_territory, with_memberships_in

ADMINISTERS_ORGANIZATION, FRONT_DESK, PLAIN = "organisation", "accueil", "agent"
ALL_RIGHTS = [*RIGHTS, ADMINISTERS_ORGANIZATION, FRONT_DESK, PLAIN]

# What each right on a territory gives, and how it is called.
OF_TERRITORY = {
    "is_admin": ("Tout, dans toutes les organisations du territoire", "administre le territoire"),
    "manages_access": ("Donne et retire des droits, sauf celui d'administrer le territoire", "gère les droits d'accès"),
    "manages_teams": ("Crée, change et supprime les équipes", "gère les équipes"),
    "invites_agents": ("Invite des agents dans toutes les organisations", "invite des agents"),
}


@dataclass(frozen=True)
class Grant:
    """What somebody may do, and why; `membership` where that is being a member of an organization."""

    what: str
    why: str
    membership: Membership | None = None


@dataclass(frozen=True)
class RightsOf:
    """An agent with their role in the territory, if any, and their memberships there, by name of the organization."""

    agent: Agent
    role: TerritoryRole | None
    memberships: list[Membership]

    @property
    def of_territory(self) -> list[Grant]:
        if self.role is None:
            return []
        return [Grant(*OF_TERRITORY[name]) for name in RIGHTS if getattr(self.role, name)]

    @property
    def of_organizations(self) -> list[Grant]:
        return [_grant(membership) for membership in self.memberships]


def _grant(membership):
    organization = membership.organization
    units = [f"«\N{NO-BREAK SPACE}{unit}\N{NO-BREAK SPACE}»" for unit in membership.units.all()]
    if membership.is_admin:
        return Grant("Tout, réglages et agents compris", f"administre {organization}", membership)
    if membership.is_front_desk:
        return Grant("Voit et réserve pour tous les services", f"tient l'accueil de {organization}", membership)
    if units:
        services = f"{'du service' if len(units) == 1 else 'des services'} {_listed(units)}"
        theirs = "de son service" if len(units) == 1 else "de ses services"
        return Grant(f"Agendas, rendez-vous et usagers {theirs}", f"est agent {services}", membership)
    return Grant(
        "Son agenda, et ce qui n'est réservé à aucun service", f"est agent de {organization}, sans service", membership
    )


def _listed(words):
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} et {words[-1]}"


def agents_with_rights(territory, *, typed="", organization=None, right=""):
    """The agents of the territory by name, closed accounts too, narrowed: a queryset.

    Of an organization are its members and who administers the territory. `right` is one of ALL_RIGHTS.
    """
    agents = agents_of_territory(territory)
    for word in typed.split()[:10]:
        agents = agents.filter(Q(last_name__icontains=word) | Q(first_name__icontains=word) | Q(email__icontains=word))
    memberships = Membership.objects.filter(organization__territory=territory)
    roles = TerritoryRole.objects.for_territory(territory)
    if organization is not None:
        memberships = memberships.filter(organization=organization)
        above = roles.filter(is_admin=True)
        agents = agents.filter(Q(pk__in=memberships.values("agent")) | Q(pk__in=above.values("agent")))
    return _with_right(agents, right, roles, memberships) if right else agents


def _with_right(agents, right, roles, memberships):
    admins = memberships.filter(role=Membership.Role.ADMIN)
    front_desk = memberships.filter(role=Membership.Role.BASIC, is_front_desk=True)
    if right in RIGHTS:
        return agents.filter(pk__in=roles.filter(**{right: True}).values("agent"))
    if right == ADMINISTERS_ORGANIZATION:
        return agents.filter(pk__in=admins.values("agent"))
    if right == FRONT_DESK:
        return agents.filter(pk__in=front_desk.values("agent"))
    more = Q(pk__in=admins.values("agent")) | Q(pk__in=front_desk.values("agent")) | Q(pk__in=roles.values("agent"))
    return agents.filter(pk__in=memberships.values("agent")).exclude(more)


def rights_of(agents, territory) -> list[RightsOf]:
    """For some agents (a queryset, sliced or not), in their order. Four queries."""
    found = list(with_memberships_in(agents, territory))
    roles = {role.agent_id: role for role in TerritoryRole.objects.for_territory(territory).filter(agent__in=found)}
    return [RightsOf(agent, roles.get(agent.pk), agent.members_here) for agent in found]
