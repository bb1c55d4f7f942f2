"""What the appointments say about a citizen."""

from dataclasses import dataclass

from django.db.models import Count, F, Q

from organizations.models import Citizen
from organizations.selectors.agents import agents_of

from ..models import Appointment, AppointmentStatus, Participation

CANCELLED_BY_THE_SERVICE = (AppointmentStatus.CANCELLED_BY_AGENT, AppointmentStatus.UNSCHEDULED)


@dataclass(frozen=True)
class CitizenFigures:
    appointments: int
    fulfilled: int
    no_shows: int
    cancelled_by_citizen: int
    cancelled_by_service: int

    @property
    def cancelled(self):
        return self.cancelled_by_citizen + self.cancelled_by_service


def appointments_with_own_part(citizen, appointments):
    """Those of `appointments` (a queryset) that the citizen has a part in, each with what became of this part:
    `own_status`, `own_left_at`, and `own_waiting_since` in the queue of a workshop.
    """
    taken = appointments.filter(participations__citizen=citizen, participations__is_removed=False)
    return taken.annotate(
        own_status=F("participations__status"),
        own_left_at=F("participations__left_at"),
        own_waiting_since=F("participations__waiting_since"),
    )


def citizen_figures(citizen, appointments) -> CitizenFigures:
    """Counts of the citizen's part in `appointments` (a queryset: those the reader may see), without where they only
    waited for a seat. One query.
    """
    parts = Participation.objects.listed().filter(citizen=citizen, waiting_since=None)
    parts = parts.filter(appointment__in=appointments.values("pk"))
    counts = parts.aggregate(
        appointments=Count("pk"),
        fulfilled=Count("pk", filter=Q(status=AppointmentStatus.FULFILLED)),
        no_shows=Count("pk", filter=Q(status=AppointmentStatus.NO_SHOW)),
        cancelled_by_citizen=Count("pk", filter=Q(status=AppointmentStatus.CANCELLED_BY_CITIZEN)),
        cancelled_by_service=Count("pk", filter=Q(status__in=CANCELLED_BY_THE_SERVICE)),
    )
    return CitizenFigures(**counts)


@dataclass(frozen=True)
class WhatFollows:
    """What goes with a record when it is merged, of what the reader may see."""

    citizen: Citizen
    appointments: int
    upcoming: int
    relatives: int
    referents: int


def what_follows(citizens, *, membership, now) -> list[WhatFollows]:
    """One for each of `citizens`, in their order. Three queries whatever their number."""
    appointments = Appointment.objects.visible_to(membership)
    parts = Participation.objects.listed().filter(citizen__in=citizens, appointment__in=appointments.values("pk"))
    upcoming = Q(left_at=None, appointment__status=AppointmentStatus.BOOKED, appointment__starts_at__gt=now)
    counted = parts.order_by().values("citizen").annotate(all=Count("pk"), upcoming=Count("pk", filter=upcoming))
    of_citizen = {row["citizen"]: row for row in counted}
    relatives = Citizen.objects.visible_to(membership).filter(responsible__in=citizens).order_by()
    relatives = dict(relatives.values_list("responsible").annotate(count=Count("pk")))
    agents = agents_of(membership.organization).filter(followed_citizens__in=citizens).order_by()
    referents = dict(agents.values_list("followed_citizens").annotate(count=Count("pk")))
    return [
        WhatFollows(
            citizen=citizen,
            appointments=of_citizen.get(citizen.pk, {}).get("all", 0),
            upcoming=of_citizen.get(citizen.pk, {}).get("upcoming", 0),
            relatives=relatives.get(citizen.pk, 0),
            referents=referents.get(citizen.pk, 0),
        )
        for citizen in citizens
    ]
