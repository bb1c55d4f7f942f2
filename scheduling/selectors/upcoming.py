"""How many RDVs of a motif somebody has before them: what limits how many more they may book by themselves."""

from datetime import datetime

from django.db.models import Q, QuerySet

from organizations.models import Citizen, Motif, Territory

from ..models import Appointment, AppointmentStatus, Participation

# A family shares a telephone, and children have their mother's e-mail.
TIMES_PER_CONTACT = 3
LEAST_PER_CONTACT = 5


def contact_limit(motif: Motif) -> int | None:
    """How many of `motif` those may have together who share a contact; None where nobody is limited."""
    limit = motif.max_upcoming
    return limit and max(TIMES_PER_CONTACT * limit, LEAST_PER_CONTACT)


def upcoming_of(motif: Motif, *, now: datetime, besides: Appointment | None = None) -> QuerySet[Participation]:
    """Participations to come that still stand, whoever booked them; in workshops also of who waits for a seat there."""
    standing = (
        Participation.objects.listed()
        .taking_part()
        .filter(
            appointment__motif=motif,
            appointment__status=AppointmentStatus.BOOKED,
            appointment__starts_at__gt=now,
            status=AppointmentStatus.BOOKED,
        )
    )
    return standing.exclude(appointment=besides) if besides else standing


def has_reached_limit(motif: Motif, citizen: Citizen, *, now: datetime, besides: Appointment | None = None) -> bool:
    """Whether `citizen` has as many of `motif` to come as one may have, `besides` aside. One query; none without limit.

    Under a lock on the citizen this stays true.
    """
    if motif.max_upcoming is None:
        return False
    return upcoming_of(motif, now=now, besides=besides).filter(citizen=citizen).count() >= motif.max_upcoming


def has_contact_reached_limit(
    motif: Motif,
    *,
    territory: Territory,
    now: datetime,
    email: str = "",
    phone: str = "",
    besides: Appointment | None = None,
) -> bool:
    """Likewise of all who have this contact, with those whom they answer for. One query; none without limit."""
    limit = contact_limit(motif)
    if limit is None:
        return False
    # Merged records keep the contacts that the record they became part of may not have.
    having = Citizen.objects.filter(territory=territory).with_contact(email=email, phone=phone).order_by()
    reached = Citizen.objects.filter(territory=territory).filter(
        Q(pk__in=having.values("pk"))
        | Q(pk__in=having.filter(merged_into__isnull=False).values("merged_into"))
        | Q(responsible__in=having.values("pk"))
        | Q(responsible__in=having.filter(merged_into__isnull=False).values("merged_into"))
    )
    found = upcoming_of(motif, now=now, besides=besides).filter(citizen__in=reached.order_by().values("pk"))
    return found.count() >= limit
