"""Which calendars of an organization the public can ask for by name, as their own people and administrators see it."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.text import slugify

from organizations.models import Desk, Membership, Organization, PublicAddress
from organizations.models.public_addresses import LONGEST_SLUG
from scheduling.models import Calendar


def owned_calendars(membership: Membership):
    """Those whose address the member decides on: who opens their hours says whether they are given out. By name."""
    calendars = Calendar.objects.visible_to(membership).in_use()
    return calendars.managed_by(membership).for_display()


def addresses_of(calendars: Iterable[Calendar], organization: Organization) -> dict[int, PublicAddress]:
    """By calendar. Those without one are missing. One query."""
    by_agent = {calendar.agent_id: calendar for calendar in calendars if calendar.agent_id}
    by_desk = {calendar.desk_id: calendar for calendar in calendars if calendar.desk_id}
    found = PublicAddress.objects.for_organization(organization).filter(
        Q(membership__agent__in=by_agent) | Q(desk__in=by_desk)
    )
    addresses = {}
    for address in found.select_related("membership__agent", "desk"):
        address.organization = organization
        calendar = by_desk[address.desk_id] if address.desk_id else by_agent[address.membership.agent_id]
        addresses[calendar.pk] = address
    return addresses


def owner_of(calendar: Calendar, organization: Organization) -> Membership | Desk | None:
    """Whose address it is that the calendar has in the organization; None for who has just left it.

    One query, none for a desk.
    """
    return calendar.desk or Membership.objects.for_organization(organization).filter(agent=calendar.agent_id).first()


def proposed_slug(calendar: Calendar, organization: Organization) -> str:
    """« Jeanne d'Arc » → `jeanne-d-arc`, with a number behind where that is taken. One query."""
    stem = as_slug(str(calendar))[: LONGEST_SLUG - 5].strip("-") or "agenda"
    taken = PublicAddress.objects.for_organization(organization).filter(slug__startswith=stem)
    taken, number = set(taken.order_by().values_list("slug", flat=True)), 1
    while (slug := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return slug


def as_slug(typed: str) -> str:
    """What was typed, as it can stand in an address: small letters without accents, digits and single hyphens."""
    return slugify(typed.replace("'", " ").replace("’", " ").replace("_", " "))
