"""What a page shows of workshops."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from organizations.models import Motif

from ..engine.intervals import Interval
from ..engine.phrases import format_day
from ..engine.typography import NBSP, enumerate_words
from ..engine.wall_clock import local_day
from ..models import Appointment, AppointmentStatus, Calendar, Participation
from .placement_warnings import Placement, PlacementWarnings, placement_warnings


def coming_workshops(membership, *, now: datetime) -> QuerySet[Appointment]:
    """Those that are not over and not cancelled, the next first."""
    workshops = Appointment.objects.visible_to(membership).collective()
    return workshops.occupying().filter(ends_at__gt=now).for_list()


def other_workshops(membership, *, now: datetime) -> QuerySet[Appointment]:
    """Those that are over or cancelled, the latest first."""
    workshops = Appointment.objects.visible_to(membership).collective()
    coming = coming_workshops(membership, now=now).order_by()
    return workshops.exclude(pk__in=coming.values("pk")).for_list().order_by("-starts_at", "-pk")


def workshop_warnings(
    membership,
    *,
    motif: Motif,
    periods: Sequence[Interval],
    calendars: Sequence[Calendar],
    location_id: int | None,
    now: datetime,
    workshop: Appointment | None = None,
) -> PlacementWarnings:
    """What stands in the way of workshops at these times; `workshop` is not in its own way.

    What is so of several of them is one sentence. Nine queries at most for each period.
    """
    placements = [Placement(motif, period, calendars, location_id, (), workshop) for period in periods]
    found = [placement_warnings(membership, placement, now=now) for placement in placements]
    overlaps = frozenset().union(*(each.overlaps for each in found))
    if len(periods) == 1:
        return PlacementWarnings(found[0].sentences, overlaps)
    days = defaultdict(list)
    for period, each in zip(periods, found, strict=True):
        for sentence in each.sentences:
            days[sentence].append(local_day(period.start, membership.organization.zone))
    return PlacementWarnings([_said_of_days(said, of, len(periods)) for said, of in days.items()], overlaps)


def _said_of_days(sentence, days, most):
    if len(days) == most:
        return f"Toutes les séances{NBSP}: {sentence}"
    named = enumerate_words([format_day(day).split(" ", 1)[1].rsplit(" ", 1)[0] for day in days])
    return f"{'Séances' if len(days) > 1 else 'Séance'} du {named}{NBSP}: {sentence}"


def last_change_of(workshop: Appointment) -> int | None:
    """The id of the last event that was not of one person alone. One query."""
    return workshop.events.filter(participation=None).order_by("-pk").values_list("pk", flat=True).first()


@dataclass(frozen=True)
class WorkshopPeople:
    """`registered` by name, `waiting` as they queue, `gone` those who were registered or waited before."""

    registered: list[Participation]
    waiting: list[Participation]
    gone: list[Participation]

    def _count(self, status):
        return sum(participation.status == status for participation in self.registered)

    @property
    def present(self):
        return self._count(AppointmentStatus.FULFILLED)

    @property
    def absent(self):
        return self._count(AppointmentStatus.NO_SHOW)

    @property
    def expected(self):
        """Of whom nothing is said yet."""
        return self._count(AppointmentStatus.BOOKED)


def people_of(workshop: Appointment) -> WorkshopPeople:
    """Of a row of `for_list`. No query."""
    everybody = list(workshop.participations.all())
    return WorkshopPeople(
        registered=sorted((each for each in everybody if each.is_registered), key=_by_name),
        waiting=sorted((each for each in everybody if each.is_waiting), key=lambda each: (each.waiting_since, each.pk)),
        gone=sorted((each for each in everybody if not (each.is_registered or each.is_waiting)), key=_by_name),
    )


def _by_name(participation):
    citizen = participation.citizen
    return citizen.last_name.casefold(), citizen.first_name.casefold(), participation.pk
