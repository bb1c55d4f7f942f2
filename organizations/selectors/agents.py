"""Agents of an organization."""

from ..models import Agent, Membership


def agents_of(organization):
    """Its active agents, by name, as a queryset."""
    members = Membership.objects.for_organization(organization).active()
    return Agent.objects.filter(pk__in=members.values("agent")).order_by("last_name", "first_name", "pk")


def has_account(email) -> bool:
    """Whether somebody can sign in with that address. To be told to its owner only. One query."""
    return Agent.objects.filter(email__iexact=email).exists()
