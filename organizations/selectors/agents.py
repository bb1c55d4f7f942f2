"""Agents of an organization, or of a territory."""

from django.db.models import Prefetch, Q

from ..models import Agent, Membership, TerritoryRole


def agents_of(organization):
    """Its active agents, by name, as a queryset."""
    members = Membership.objects.for_organization(organization).active()
    return Agent.objects.filter(pk__in=members.values("agent")).order_by("last_name", "first_name", "pk")


def agents_of_territory(territory):
    """Who is a member of one of its organizations or has a right on it, by name, closed accounts too: a queryset."""
    members = Membership.objects.filter(organization__territory=territory)
    roles = TerritoryRole.objects.for_territory(territory)
    return Agent.objects.filter(Q(pk__in=members.values("agent")) | Q(pk__in=roles.values("agent"))).order_by(
        "last_name", "first_name", "pk"
    )


def with_memberships_in(agents, territory):
    """Each agent with `members_here`, their memberships there with organization and services. Two queries more."""
    memberships = Membership.objects.filter(organization__territory=territory).select_related("organization")
    memberships = memberships.prefetch_related("units").order_by("organization__name", "pk")
    return agents.prefetch_related(Prefetch("memberships", queryset=memberships, to_attr="members_here"))


def has_account(email) -> bool:
    """Whether somebody can sign in with that address. To be told to its owner only. One query."""
    return Agent.objects.filter(email__iexact=email).exists()
