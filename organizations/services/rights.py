"""What agents may do in an organization or a territory. Each always keeps one administrator."""

from django.db import transaction

from ..exceptions import LastAdministrator, NoLongerMember
from ..models import Membership, Organization, Territory, TerritoryRole


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
    """Take somebody out of the organization. Safe to repeat.

    Raises LastAdministrator. Whoever calls this has looked after what they leave: openings and appointments
    (`scheduling.services.members`).
    """
    membership = _locked(membership)
    if membership is None:
        return
    if membership.is_admin:
        _refuse_last_administrator(membership)
    membership.delete()


def _locked(membership):
    """The membership as it is once nobody else changes rights in its organization. Two queries."""
    Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=membership.organization_id)
    return Membership.objects.select_related("agent", "organization__territory").filter(pk=membership.pk).first()


def _refuse_last_administrator(membership):
    others = Membership.objects.for_organization(membership.organization).active().exclude(pk=membership.pk)
    if not others.filter(role=Membership.Role.ADMIN).exists():
        raise LastAdministrator


@transaction.atomic
def set_territory_rights(*, territory: Territory, agent, **rights: bool) -> TerritoryRole | None:
    """Give `agent` these rights on the territory (`is_admin`, `manages_teams`, `manages_access`, `invites_agents`).

    The others they have stay. Without any right left there is no row. Raises LastAdministrator.
    """
    Territory.objects.select_for_update(no_key=True).get(pk=territory.pk)
    role = TerritoryRole.objects.filter(territory=territory, agent=agent).first()
    role = role or TerritoryRole(territory=territory, agent=agent)
    if role.is_admin and rights.get("is_admin") is False:
        others = TerritoryRole.objects.filter(territory=territory, is_admin=True, agent__is_active=True)
        if not others.exclude(pk=role.pk).exists():
            raise LastAdministrator("Un territoire garde toujours un administrateur. Nommez-en d'abord un autre.")
    for name, is_given in rights.items():
        setattr(role, name, is_given)
    if not (role.is_admin or role.manages_teams or role.manages_access or role.invites_agents):
        if role.pk:
            role.delete()
        return None
    role.save()
    return role
