"""What agents may do in an organization or a territory. Each always keeps one administrator."""

from django.db import transaction

from ..exceptions import LastAdministrator, NoLongerMember, RightsRefused
from ..models import Agent, Membership, Organization, Team, Territory, TerritoryRole
from ..permissions import RIGHTS, can_change_rights_of, can_give, can_take
from ..selectors.agents import agents_of_territory


@transaction.atomic
def change_role(*, membership: Membership, role: str, is_front_desk: bool) -> Membership:
    """Make somebody an administrator or not, and give the front desk's view or take it.

    Raises LastAdministrator when the organization would have none left; NoLongerMember when somebody was faster.
    """
    membership = _locked(membership)
    if membership is None:
        raise NoLongerMember
    if membership.is_admin and role != Membership.Role.ADMIN:
        _refuse_last_administrator(membership)
    membership.role, membership.is_front_desk = role, is_front_desk
    membership.save(update_fields=["role", "is_front_desk"])
    return membership


@transaction.atomic
def end_membership(*, membership: Membership) -> None:
    """Take somebody out of the organization, and out of the territory's teams if nothing ties them to it any more.

    Safe to repeat. Raises LastAdministrator. Whoever calls this has looked after what they leave: openings and
    appointments (`scheduling.services.members`).
    """
    membership = _locked(membership)
    if membership is None:
        return
    if membership.is_admin:
        _refuse_last_administrator(membership)
    membership.delete()
    _leave_teams(membership.organization.territory, membership.agent)


def _leave_teams(territory, agent):
    """Teams hold agents of the territory only. Two queries."""
    if not agents_of_territory(territory).filter(pk=agent.pk).exists():
        Team.agents.through.objects.filter(team__territory=territory, agent=agent).delete()


def _locked(membership):
    """The membership as it is once nobody else changes rights in its organization. Two queries."""
    Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=membership.organization_id)
    return Membership.objects.select_related("agent", "organization__territory").filter(pk=membership.pk).first()


def _refuse_last_administrator(membership):
    others = Membership.objects.for_organization(membership.organization).active().exclude(pk=membership.pk)
    if not others.filter(role=Membership.Role.ADMIN).exists():
        raise LastAdministrator


@transaction.atomic
def set_territory_rights(*, territory: Territory, agent: Agent, **rights: bool) -> TerritoryRole | None:
    """Give `agent` these rights on the territory (`is_admin`, `manages_teams`, `manages_access`, `invites_agents`).

    The others they have stay. Without any right left there is no row. Raises LastAdministrator. For who acts in
    somebody's name without rights of their own, as an operator does; `change_territory_rights` asks who may.
    """
    _lock_territory(territory)
    return _write_rights(territory, agent, _role_in(territory, agent), rights)


@transaction.atomic
def change_territory_rights(
    *, territory: Territory, agent: Agent, changed_by: Agent, **rights: bool
) -> TerritoryRole | None:
    """Likewise, on behalf of somebody whose own rights are looked at now that nobody else changes any.

    Raises RightsRefused where these do not go so far (see `permissions`), or for a closed account or somebody who is
    not of the territory; LastAdministrator. Nothing is written then.
    """
    _lock_territory(territory)
    by, role = _role_in(territory, changed_by), _role_in(territory, agent)
    if by is None or not changed_by.is_active or not can_change_rights_of(by, role):
        raise RightsRefused
    changed = {name for name, is_given in rights.items() if is_given != getattr(role, name, False)}
    if not all(can_give(by, name, agent) if rights[name] else can_take(by, name) for name in changed):
        raise RightsRefused
    if any(rights[name] for name in changed) and not _is_active_in(territory, agent):
        raise RightsRefused("Seul un agent du territoire, dont le compte est ouvert, peut y recevoir des droits.")
    return _write_rights(territory, agent, role, rights)


def _lock_territory(territory):
    Territory.objects.select_for_update(no_key=True).get(pk=territory.pk)


def _role_in(territory, agent):
    return TerritoryRole.objects.for_territory(territory).filter(agent=agent).first()


def _is_active_in(territory, agent):
    return agents_of_territory(territory).filter(pk=agent.pk, is_active=True).exists()


def _write_rights(territory, agent, role, rights):
    role = role or TerritoryRole(territory=territory, agent=agent)
    if role.is_admin and rights.get("is_admin") is False:
        others = TerritoryRole.objects.filter(territory=territory, is_admin=True, agent__is_active=True)
        if not others.exclude(pk=role.pk).exists():
            raise LastAdministrator("Un territoire garde toujours un administrateur. Nommez-en d'abord un autre.")
    for name, is_given in rights.items():
        setattr(role, name, is_given)
    if any(getattr(role, name) for name in RIGHTS):
        role.save()
        return role
    if role.pk:
        role.delete()
        _leave_teams(territory, agent)
    return None
