"""Ending what somebody may do everywhere at once."""

from django.db import transaction

from ..exceptions import LastAdministrator
from ..models import Agent, Membership, Organization, Territory, TerritoryRole


@transaction.atomic
def close_account(*, agent: Agent) -> Agent:
    """Nobody signs in with it any more, and its calendar takes no RDV; what it did and has to do stays. Safe to repeat.

    Raises LastAdministrator, naming where: each organization and each territory keeps one who can sign in.
    """
    memberships = Membership.objects.filter(agent=agent, role=Membership.Role.ADMIN)
    roles = TerritoryRole.objects.filter(agent=agent, is_admin=True)
    # In the one order of locks, a territory before its organizations: what changes its clocks takes them so, too. The
    # database asks for them the other way round when it checks the same on commit, and finds them locked by us.
    territories = _locked(Territory, roles.values("territory"))
    organizations = _locked(Organization, memberships.values("organization"))
    for organization in organizations:
        others = Membership.objects.for_organization(organization).active().exclude(agent=agent)
        if not others.filter(role=Membership.Role.ADMIN).exists():
            raise LastAdministrator(f"{organization} n'aurait plus d'administrateur. Nommez-en d'abord un autre.")
    for territory in territories:
        others = TerritoryRole.objects.for_territory(territory).filter(is_admin=True, agent__is_active=True)
        if not others.exclude(agent=agent).exists():
            raise LastAdministrator(f"{territory} n'aurait plus d'administrateur. Nommez-en d'abord un autre.")
    agent.is_active = False
    agent.save(update_fields=["is_active"])
    return agent


def _locked(model, pks):
    return list(model.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=pks).order_by("pk"))
