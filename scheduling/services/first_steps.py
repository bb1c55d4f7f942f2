"""What the first steps of an organization write, each of them safe to repeat."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction

from organizations.models import Agent, Location, Membership, Motif, Organization
from organizations.motif_library import BY_NAME

from ..engine.typography import quote, typeset
from ..exceptions import OpeningRefused
from ..models import Calendar, Opening
from .desks import create_desk
from .locks import lock_organizations
from .motifs import create_motif
from .openings import open_hours


@transaction.atomic
def administer(*, organization: Organization, agent: Agent) -> Membership:
    """Make somebody who administers the territory an administrator of one organization, with a calendar there."""
    membership, _ = Membership.objects.update_or_create(
        organization=organization, agent=agent, defaults={"role": Membership.Role.ADMIN}
    )
    return membership


@transaction.atomic
def add_usual_motifs(*, organization: Organization, names: Iterable[str], audience: str, units, now: datetime) -> list:
    """Make motifs of the library, by their names; those of which the organization has the name are left out.

    About ten queries for each.
    """
    lock_organizations([organization.pk])
    known = set(organization_motif_names(organization))
    added = []
    for name in names:
        category, usual = BY_NAME[name]
        if usual.name.casefold() in known:
            continue
        added.append(
            create_motif(
                organization=organization,
                name=usual.name,
                category=category,
                description=typeset(usual.description),
                duration=timedelta(minutes=usual.minutes),
                pause=timedelta(minutes=usual.pause),
                location_kind=usual.kind,
                max_persons=usual.persons,
                instructions_after=usual.bring,
                booking_audience=audience,
                units=units,
                options=[{"name": option, "duration": None} for option in usual.options],
                now=now,
            )
        )
    return added


def organization_motif_names(organization) -> list[str]:
    """Names of its motifs in lower case, archived ones too. One query."""
    names = Motif.objects.for_organization(organization).order_by().values_list("name", flat=True)
    return [name.casefold() for name in names]


@transaction.atomic
def open_first_hours(
    *,
    organization: Organization,
    calendar: Calendar | None,
    desk_name: str,
    location: Location,
    motifs,
    rrule: str,
    hours: Sequence[tuple[time, time]],
    first_day: date,
    now: datetime,
) -> list[Opening]:
    """Open the same hours on every day that `rrule` hits from `first_day` on, at one place.

    Without a calendar they are those of a new desk there, called `desk_name`.
    Raises OpeningRefused and QuotaExceeded as `open_hours`, also when the place has a desk of that name already;
    nothing is left behind then. A calendar that is open then already opens longer: the form warns of it.
    """
    lock_organizations([organization.pk])
    if calendar is None:
        if location.desks.filter(organization=organization, name=desk_name).exists():
            raise OpeningRefused(f"{location} a déjà un guichet {quote(desk_name)}. Choisissez-le, ou un autre nom.")
        desk = create_desk(organization=organization, location=location, name=desk_name, motifs=motifs)
        calendar = desk.calendar
    return [
        open_hours(
            organization=organization,
            calendar=calendar,
            motifs=motifs,
            location=location,
            first_day=first_day,
            start_time=start,
            end_time=end,
            rrule=rrule,
            now=now,
        )
        for start, end in hours
    ]
