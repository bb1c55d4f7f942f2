"""A text as it would be sent: of a real appointment to come, or of a sample."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import translation

from organizations.models import Citizen, Desk, Location, Motif, Organization
from scheduling.models import Appointment, Calendar, Participation

from ..fields import format_moment, merge_fields
from ..levels import Level
from ..models import Message
from ..rendering import render_message
from ..sms import SmsSize, measure
from ..texts import Text

MOST_EXAMPLES = 10

# As long as a real one, and opens nothing.
_SAMPLE_TOKEN = "exemple-1-000000000000000000000000"


@dataclass(frozen=True)
class Preview:
    """`size` is of an SMS; None for a mail."""

    text: Text
    size: SmsSize | None


def examples_of(level: Level, *, now: datetime) -> dict[str, tuple[str, Appointment]]:
    """The next appointments with participants of the level, by id, each with what it is called. Three queries."""
    comes = Participation.objects.filter(appointment=OuterRef("pk"), left_at=None)
    appointments = Appointment.objects.upcoming(now).filter(Exists(comes))
    if level.motif:
        appointments = appointments.filter(motif=level.motif)
    elif level.organization:
        appointments = appointments.for_organization(level.organization)
    else:
        appointments = appointments.filter(organization__territory=level.territory)
    return {str(each.pk): (_called(each), each) for each in appointments.for_list()[:MOST_EXAMPLES]}


def preview_of(
    text: Text,
    *,
    kind: str,
    channel: str,
    language: str,
    level: Level,
    appointment: Appointment | None,
    now: datetime,
) -> Preview:
    """The text with the fields of the appointment, or of a sample, in that language. No query."""
    citizens, calendars = [Citizen(first_name="Camille", last_name="Dupont")], _sample_calendars()
    if appointment:
        citizens = [each.citizen for each in appointment.participations.all() if each.left_at is None][:1]
        calendars = appointment.calendars.all()
    appointment = appointment or _sample(level, now)
    with translation.override(language):
        fields = merge_fields(
            appointment,
            beneficiaries=citizens,
            calendars=calendars,
            channel=channel,
            link=settings.SITE_URL + reverse("booking_portal:my_appointment", kwargs={"token": _SAMPLE_TOKEN}),
            previous_starts_at=_previous_start(appointment, kind),
            answer_by=now + timedelta(hours=2) if kind == Message.Kind.EARLIER_SLOT else None,
        )
        sent = render_message(text, fields, channel=channel)
    return Preview(sent, measure(sent.body) if channel == Message.Channel.SMS else None)


def _previous_start(appointment, kind):
    """A week before for what was moved, a week after for what could be moved to."""
    weeks = {Message.Kind.MOVED: -1, Message.Kind.EARLIER_SLOT: 1}.get(kind)
    return appointment.starts_at + weeks * timedelta(days=7) if weeks else None


def _called(appointment):
    return f"{format_moment(appointment.starts_at, appointment.organization.zone)}, {appointment.motif.name}"


def _sample(level, now):
    """Next week, as nobody's."""
    organization = level.organization or Organization(name="Maison des services", territory=level.territory)
    day = now.astimezone(organization.zone).date() + timedelta(days=8)
    starts_at = datetime.combine(day, time(9, 30), organization.zone)
    motif = level.motif or Motif(name="Premier rendez-vous", instructions_after="Apportez une pièce d'identité.")
    location = Location(
        name="Centre social", street="12 rue de la République", postal_code="62000", city="Arras", phone=""
    )
    return Appointment(
        organization=organization,
        motif=motif,
        location=location if motif.location_kind == Motif.LocationKind.ON_SITE else None,
        starts_at=starts_at,
        ends_at=starts_at + motif.duration,
        phone="+33321000000" if motif.location_kind == Motif.LocationKind.PHONE else "",
    )


def _sample_calendars():
    return [Calendar(desk=Desk(name="Guichet 1", kind="Accueil"))]
