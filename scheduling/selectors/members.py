"""The agents of an organization, with what hangs from them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from organizations.models import Agent, Membership

from ..engine.wall_clock import local_day
from ..models import Appointment, Opening

SHOWN = 20


def members_for_list(organization, *, today: date):
    """The members by name, with `opening_count`, their openings here that are not over. Two queries, as a queryset."""
    openings = Q(agent__calendar__openings__organization=organization) & (
        Q(agent__calendar__openings__last_day=None) | Q(agent__calendar__openings__last_day__gte=today)
    )
    return (
        Membership.objects.for_organization(organization)
        .select_related("agent__calendar")
        .prefetch_related("units")
        .annotate(opening_count=Count("agent__calendar__openings", filter=openings, distinct=True))
        .order_by("agent__last_name", "agent__first_name", "pk")
    )


def territory_admins_of(organization):
    """Who administers the territory, and so the organization, without being a member of it: a queryset of agents."""
    members = Membership.objects.for_organization(organization)
    admins = Agent.objects.filter(
        is_active=True, territory_roles__territory=organization.territory_id, territory_roles__is_admin=True
    )
    return admins.exclude(pk__in=members.values("agent")).order_by("last_name", "first_name", "pk")


@dataclass(frozen=True)
class Leaving:
    """What somebody would leave: openings and a public address, which go with them, and RDVs to come, which keep them
    (the first few).
    """

    openings: int
    has_address: bool
    appointments: list[Appointment]
    appointment_count: int

    @property
    def appointments_not_shown(self) -> int:
        return self.appointment_count - len(self.appointments)


def leaving_of(membership: Membership, *, now: datetime) -> Leaving:
    """Six queries at most, one more where the public address is not loaded."""
    openings = Opening.objects.for_organization(membership.organization).filter(calendar__agent=membership.agent)
    coming = coming_appointments(membership, now=now)
    has_address = hasattr(membership, "public_address")
    return Leaving(openings.count(), has_address, list(coming.for_list()[:SHOWN]), coming.count())


def coming_appointments(membership: Membership, *, now: datetime):
    """The RDVs of the organization to come on the agent's calendar, by time: a queryset."""
    appointments = Appointment.objects.for_organization(membership.organization).upcoming(now)
    return appointments.on_calendars([membership.agent.calendar]).order_by("starts_at", "pk")


def openings_of_units(membership: Membership, units, *, now: datetime) -> list[Opening]:
    """The openings of the agent in the organization, not over, that carry a motif of these services and of none they
    keep.
    """
    kept = set(membership.units.all()) - set(units)
    today = local_day(now, membership.organization.zone)
    openings = Opening.objects.for_organization(membership.organization).filter(
        Q(last_day=None) | Q(last_day__gte=today), calendar__agent=membership.agent, motifs__units__in=units
    )
    carried = openings.distinct().order_by("pk").prefetch_related("motifs__units")
    return [
        opening
        for opening in carried
        if any(
            (of_motif := set(motif.units.all())) & set(units) and not of_motif & kept for motif in opening.motifs.all()
        )
    ]
