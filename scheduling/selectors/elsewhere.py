"""Appointments booked by widening a search: what those who booked may know of them, and no more."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Prefetch

from organizations.models import Citizen

from ..models import Appointment, Participation


@dataclass(frozen=True)
class Elsewhere:
    """One of them, to a member of the organization that booked it: for whom, when, where and with which service.

    `participations` are those of the booking whose citizens the member sees; who was registered there later is nobody's
    business here, whether the member knows them or not. No agent, note, answer, message or history either: these are
    of those who receive.
    """

    appointment: Appointment
    participations: list[Participation]

    @property
    def citizens(self) -> list[Citizen]:
        return [participation.citizen for participation in self.participations]

    @property
    def people(self) -> str:
        return ", ".join(map(str, self.citizens))

    @property
    def taking_part(self) -> list[Participation]:
        return [participation for participation in self.participations if participation.left_at is None]

    def status_at(self, now: datetime) -> str:
        """As for people: of an appointment that goes on without them, how they left it."""
        if self.taking_part or not self.participations:
            return self.appointment.status_at(now)
        return str(self.participations[0].status)

    def may_cancel(self, now: datetime) -> bool:
        return bool(self.taking_part) and self.appointment.is_upcoming(now)


def followed_appointments(membership):
    """Those that the member follows. Loaded with what `elsewhere` tells, in three queries."""
    participations = Participation.objects.listed().select_related("citizen").order_by("pk")
    return (
        Appointment.objects.followed_by(membership)
        .select_related("motif", "option", "location", "organization__territory", "created_by")
        .prefetch_related("motif__units", Prefetch("participations", participations))
        .order_by("starts_at", "pk")
    )


def elsewhere(appointment: Appointment, *, membership) -> Elsewhere:
    """Of one that `followed_appointments` gave. One query."""
    booked = [found for found in appointment.participations.all() if found.created_at <= appointment.created_at]
    seen = Citizen.objects.visible_to(membership).filter(pk__in=[found.citizen_id for found in booked])
    known = set(seen.order_by().values_list("pk", flat=True))
    return Elsewhere(appointment, [found for found in booked if found.citizen_id in known])


def followed_of(citizen: Citizen, *, membership):
    """Those that were booked for one citizen, which the member follows and does not see anyway, latest first."""
    seen = Appointment.objects.visible_to(membership)
    own = Participation.objects.listed().filter(citizen=citizen, created_at__lte=F("appointment__created_at"))
    return (
        Appointment.objects.followed_by(membership)
        .filter(pk__in=own.values("appointment"))
        .exclude(pk__in=seen.values("pk"))
        .select_related("motif", "location", "organization")
        .order_by("-starts_at", "-pk")
    )
