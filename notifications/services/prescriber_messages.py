"""What prescribers are told: that what they booked for somebody is confirmed, and nothing after that."""

from datetime import datetime

from organizations.models import Motif
from scheduling.models import Appointment, AppointmentEvent
from scheduling.models.appointment_statuses import OCCUPYING

from ..models import Message
from ..texts import Text
from .writing import written_message

# Without the link: to see, move and cancel the appointment is the beneficiary's.
CONFIRMATION = Text(
    subject="Rendez-vous confirmé le {date}",
    body=(
        "Bonjour,\n\n"
        "Le rendez-vous que vous avez pris pour {beneficiaire} est confirmé.\n\n"
        "{motif}\n"
        "{date}, durée {duree}\n"
        "{lieu}\n"
        "{adresse}\n"
        "{guichet}\n\n"
        "{instructions}\n\n"
        "Pour le déplacer ou l'annuler, la personne suit le lien de sa propre confirmation, ou nous contacte.\n\n"
        "{organisation}\n"
        "{contact}"
    ),
)

# In its place where the appointment was cancelled before the confirmation could leave. By whom and why is between the
# person and the organization.
NO_LONGER = Text(
    subject="Rendez-vous du {date} annulé",
    body=(
        "Bonjour,\n\n"
        "Le rendez-vous que vous avez pris pour {beneficiaire} avait bien été enregistré, mais il n'a plus lieu.\n\n"
        "{motif}\n"
        "{date}\n\n"
        "{organisation}\n"
        "{contact}"
    ),
)


def prescriber_messages(event: AppointmentEvent, *, appointment: Appointment) -> list[Message]:
    """One unsaved mail when the appointment is made, none otherwise. No query on `with_what_messages_show`."""
    if appointment.prescriber is None or event.kind != AppointmentEvent.Kind.BOOKED:
        return []
    return [confirmation(appointment, now=event.at)]


def confirmation(appointment: Appointment, *, now: datetime) -> Message:
    """Unsaved: that the appointment, which has a prescriber, takes place, or no longer does. No query on
    `with_what_messages_show`."""
    takes_place = appointment.status in OCCUPYING
    people = appointment.taking_part or appointment.participations.all()
    return written_message(
        appointment,
        kind=Message.Kind.BOOKED,
        text=CONFIRMATION if takes_place else NO_LONGER,
        audience=Message.Audience.PRESCRIBER,
        channel=Message.Channel.EMAIL,
        recipient=appointment.prescriber.email,
        now=now,
        language="fr",
        link="",
        beneficiaries=[each.citizen for each in people],
        previous_starts_at=None,
        more_fields=_without_what_opens_doors(appointment),
    )


def _without_what_opens_doors(appointment):
    """Where the person lives, their number and the link of the visio are between them and the organization."""
    is_on_site = appointment.motif.location_kind == Motif.LocationKind.ON_SITE
    return {} if is_on_site else {"adresse": "", "4": ""}
