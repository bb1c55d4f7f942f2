"""Every write on what an organization is. A new time zone moves its hours."""

from datetime import datetime

from django.db import IntegrityError, transaction

from organizations.exceptions import OrganizationRefused
from organizations.models import Agent, Membership, Organization, Territory
from organizations.services.invitations import invite_agents

from ..selectors.concerned_calendars import calendars_by_the_clock_of
from .locks import lock_organizations, lock_territory
from .recomputation import recompute

NAME_TAKEN = "Une organisation de ce territoire porte déjà ce nom."
ADDRESS_TAKEN = "Cette adresse vient d'être prise par une autre organisation. Choisissez-en une autre."


@transaction.atomic
def create_organization(
    *, territory: Territory, invited_by: Agent, now: datetime, first_administrator: str = "", **fields
) -> Organization:
    """Add an organization and invite its first administrator, if an e-mail is given.

    Without one, the administrators of the territory administer it. Raises OrganizationRefused when its name is taken
    in the territory, or its address in the installation.
    """
    locked = lock_territory(territory.pk)
    organization = _written(Organization(territory=locked, **fields))
    if first_administrator:
        invite_agents(
            organization=organization,
            emails=[first_administrator],
            invited_by=invited_by,
            now=now,
            role=Membership.Role.ADMIN,
        )
    return organization


@transaction.atomic
def change_organization(*, organization: Organization, now: datetime, **fields) -> Organization:
    """Change these fields and leave the others, which somebody else may be changing, as they are.

    Another time zone keeps the wall-clock hours of openings and absences, and moves their instants; RDVs keep theirs.
    Raises OrganizationRefused when the name is taken.
    """
    (locked,) = lock_organizations([organization.pk])
    changed = {name for name, value in fields.items() if getattr(locked, name) != value}
    if not changed:
        return locked
    for name in changed:
        setattr(locked, name, fields[name])
    _written(locked, update_fields=sorted(changed))
    if "time_zone_override" in changed:
        recompute(calendar_ids=calendars_by_the_clock_of([locked], now=now), now=now)
    return locked


def _written(organization, **how):
    try:
        with transaction.atomic():
            organization.save(**how)
    except IntegrityError as error:
        if "organization_named_once" in str(error):
            raise OrganizationRefused(NAME_TAKEN, field="name") from error
        if "slug" in str(error):
            raise OrganizationRefused(ADDRESS_TAKEN, field="slug") from error
        raise
    return organization
