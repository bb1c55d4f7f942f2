"""Appointments booked by widening a search: what those who booked may know of them, and no more."""

from dataclasses import dataclass

from django.db.models import Prefetch

from organizations.models import Citizen

from ..models import Appointment, Participation


@dataclass(frozen=True)
class Elsewhere:
    """One of them, to a member of the organization that booked it: for whom, when, where and with which service.

    Of the participants only citizens whom the member sees; `has_others` when there are more, so that nobody cancels for
    them. No agent, note, answer, message or history: these are of those who receive.
    """

    appointment: Appointment
    citizens: list[Citizen]
    has_others: bool

    @property
    def people(self) -> str:
        return ", ".join(map(str, self.citizens))


def followed_appointments(membership):
    """Those that the member follows. Loaded with what `elsewhere` tells, in three queries."""
    participations = Participation.objects.select_related("citizen").order_by("pk")
    return (
        Appointment.objects.followed_by(membership)
        .select_related("motif", "option", "location", "organization__territory", "created_by")
        .prefetch_related("motif__units", Prefetch("participations", participations))
        .order_by("starts_at", "pk")
    )


def elsewhere(appointment: Appointment, *, membership) -> Elsewhere:
    """Of one that `followed_appointments` gave. One query."""
    taking_part = [participation.citizen for participation in appointment.participations.all()]
    seen = Citizen.objects.visible_to(membership).filter(pk__in=[citizen.pk for citizen in taking_part])
    known = set(seen.order_by().values_list("pk", flat=True))
    citizens = [citizen for citizen in taking_part if citizen.pk in known]
    return Elsewhere(appointment, citizens, has_others=len(citizens) < len(taking_part))


def followed_of(citizen: Citizen, *, membership):
    """Those of one citizen that the member follows and does not see anyway, latest first."""
    seen = Appointment.objects.visible_to(membership)
    followed = Appointment.objects.followed_by(membership).filter(participations__citizen=citizen)
    return (
        followed.exclude(pk__in=seen.values("pk"))
        .select_related("motif", "location", "organization")
        .order_by("-starts_at", "-pk")
    )
