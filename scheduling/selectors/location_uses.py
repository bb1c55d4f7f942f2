"""What hangs on a place: before it is closed, taken back from a sister organization, or deleted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q

from organizations.models import Desk, Location, Motif, Organization

from ..engine.typography import count
from ..models import Appointment, Calendar, Opening
from .month import free_slots_per_day
from .slots import Demand

# How far free slots are counted, and how many RDVs or calendars are named.
COUNTED = timedelta(days=28)
SHOWN = 20


@dataclass
class UseOfLocation:
    """What one organization has at a place."""

    organization: Organization
    openings: int = 0
    past_openings: int = 0
    desks: int = 0
    archived_desks: int = 0
    coming: int = 0
    past: int = 0

    @property
    def keeps_the_sharing(self) -> bool:
        """Whether the place cannot be taken back from it: what is past needs no place any more."""
        return bool(self.openings or self.desks or self.archived_desks or self.coming)

    @property
    def is_a_use(self) -> bool:
        return self.keeps_the_sharing or bool(self.past_openings or self.past)

    @property
    def current(self) -> list[str]:
        """What keeps the sharing, in words: « 2 plages d'ouverture »."""
        return _in_words(
            (self.openings, "plage d'ouverture", "plages d'ouverture"),
            (self.desks, "guichet", "guichets"),
            (self.archived_desks, "guichet archivé", "guichets archivés"),
            (self.coming, "rendez-vous à venir", "rendez-vous à venir"),
        )

    @property
    def all(self) -> list[str]:
        return self.current + _in_words(
            (self.past_openings, "plage d'ouverture terminée", "plages d'ouverture terminées"),
            (self.past, "rendez-vous passé ou annulé", "rendez-vous passés ou annulés"),
        )


def _in_words(*counted):
    return [count(number, one, several) for number, one, several in counted if number]


def uses_of_location(location: Location, *, today: date, now: datetime) -> list[UseOfLocation]:
    """By organization, the owner first, then those it is shared with or that still have something there, by name.

    Four queries.
    """
    not_over = Q(last_day=None) | Q(last_day__gte=today)
    coming = Q(status=Appointment.Status.BOOKED, starts_at__gt=now)
    numbers = {}
    for rows, first, second, condition in (
        (Opening.objects, "openings", "past_openings", not_over),
        (Desk.objects, "desks", "archived_desks", Q(archived_at=None)),
        (Appointment.objects, "coming", "past", coming),
    ):
        counted = rows.filter(location=location).order_by().values("organization")
        counted = counted.annotate(first=Count("pk", filter=condition), number=Count("pk"))
        for row in counted:
            found = numbers.setdefault(row["organization"], {})
            found |= {first: row["first"], second: row["number"] - row["first"]}
    shared = Location.shared_with.through.objects.filter(location=location).values("organization")
    users = Organization.objects.filter(Q(pk__in=[location.organization_id, *numbers]) | Q(pk__in=shared))
    uses = [UseOfLocation(user, **numbers.get(user.pk, {})) for user in users.order_by("name", "pk")]
    return sorted(uses, key=lambda use: use.organization.pk != location.organization_id)


@dataclass(frozen=True)
class Closing:
    """What closing a place means: numbers over all organizations that use it, names in the one that asks.

    `free_slots` are the different starts of the next four weeks that nobody can book any more.
    """

    uses: list[UseOfLocation]
    free_slots: int
    calendars: list[Calendar]
    calendars_not_shown: int
    desks: list[Desk]
    appointments: list[Appointment]

    @property
    def own_openings(self) -> int:
        return self.uses[0].openings

    @property
    def coming(self) -> int:
        return sum(use.coming for use in self.uses)

    @property
    def elsewhere(self) -> list[UseOfLocation]:
        """Those of sister organizations: counted, never named."""
        return [use for use in self.uses[1:] if use.current]

    @property
    def appointments_not_shown(self) -> int:
        return self.uses[0].coming - len(self.appointments)


def closing_of(location: Location, *, today: date, now: datetime) -> Closing:
    """Sixteen queries at most, whatever hangs on the place."""
    uses = uses_of_location(location, today=today, now=now)
    openings = Opening.objects.filter(location=location).filter(Q(last_day=None) | Q(last_day__gte=today))
    own = openings.for_organization(location.organization)
    coming = Appointment.objects.for_organization(location.organization).filter(location=location).upcoming(now)
    desks = Desk.objects.for_organization(location.organization).filter(location=location)
    calendars = list(Calendar.objects.filter(pk__in=own.values("calendar")).for_display())
    return Closing(
        uses=uses,
        free_slots=_free_slots(location, openings, today=today, now=now) if any(use.openings for use in uses) else 0,
        calendars=calendars[:SHOWN],
        calendars_not_shown=len(calendars[SHOWN:]),
        desks=list(desks.active().order_by("name", "pk")),
        appointments=list(coming.for_list()[:SHOWN]),
    )


def _free_slots(location, openings, *, today, now):
    on_site = Motif.objects.active().filter(
        openings__in=openings, location_kind=Motif.LocationKind.ON_SITE, is_collective=False
    )
    days = free_slots_per_day(
        [Demand(motif) for motif in on_site.distinct().select_related("organization__territory")],
        first_day=today,
        last_day=today + COUNTED,
        zone=location.organization.zone,
        now=now,
        for_agent=True,
        calendar_ids=list(openings.order_by().values_list("calendar", flat=True).distinct()),
        location_ids=[location.pk],
    )
    return sum(days.values())


def calendars_at(location: Location, *, today: date, now: datetime) -> set[int]:
    """Ids of the calendars with openings there that are not over, or RDVs to come. Two queries."""
    openings = Opening.objects.filter(Q(last_day=None) | Q(last_day__gte=today), location=location)
    coming = Appointment.objects.filter(location=location).upcoming(now)
    booked = Calendar.objects.filter(appointment_calendars__appointment__in=coming.values("pk"))
    return set(openings.values_list("calendar", flat=True)) | set(booked.values_list("pk", flat=True))


def refusal_of_unsharing(uses: Iterable[UseOfLocation]) -> str:
    """« MDS de Lens : 2 plages d'ouverture, 1 guichet. » for each that still has something there; nothing for none."""
    return " ; ".join(f"{use.organization} : {', '.join(use.current)}" for use in uses if use.keeps_the_sharing)
