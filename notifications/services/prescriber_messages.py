"""What prescribers are told: that what they booked for somebody is confirmed, and nothing after that."""

from datetime import datetime

from organizations.models import Motif
from scheduling.models import Appointment, AppointmentEvent, CreatedBy, Participation
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


# For a seat in a workshop, when all are taken.
WAITING = Text(
    subject="Liste d'attente du {date}",
    body=(
        "Bonjour,\n\n"
        "Vous avez inscrit {beneficiaire} : toutes les places sont prises, la personne est en liste d'attente.\n\n"
        "{motif}\n"
        "{date}, durée {duree}\n"
        "{lieu}\n"
        "{adresse}\n\n"
        "{organisation}\n"
        "{contact}"
    ),
)

_Kind = AppointmentEvent.Kind
_MADE = (_Kind.BOOKED, _Kind.PARTICIPANT_ADDED, _Kind.PARTICIPANT_WAITING)


def prescribed_by(event: AppointmentEvent, *, appointment: Appointment) -> list[Participation]:
    """The participations that a prescriber made by this event; none where it is no booking, or not theirs. No query on
    `with_what_messages_show`.
    """
    if event.actor_kind != CreatedBy.PRESCRIBER or event.kind not in _MADE:
        return []
    return [
        each
        for each in appointment.participations.all()
        if each.prescriber_id and event.participation_id in (None, each.pk)
    ]


def prescriber_messages(event: AppointmentEvent, *, appointment: Appointment) -> list[Message]:
    """One unsaved mail when the appointment is made, or somebody registered for a workshop; none otherwise. No query on
    `with_what_messages_show`."""
    made = prescribed_by(event, appointment=appointment)
    return [confirmation(appointment, made=made, now=event.at)] if made else []


def confirmation(appointment: Appointment, *, made: list[Participation], now: datetime) -> Message:
    """Unsaved: that what a prescriber has `made` takes place, or no longer does. No query on
    `with_what_messages_show`."""
    coming = [each for each in made if each.status in OCCUPYING and each.left_at is None]
    takes_place = appointment.status in OCCUPYING and bool(coming)
    waits = takes_place and all(each.is_waiting for each in coming)
    return written_message(
        appointment,
        kind=Message.Kind.WAITING if waits else Message.Kind.BOOKED,
        text=WAITING if waits else CONFIRMATION if takes_place else NO_LONGER,
        audience=Message.Audience.PRESCRIBER,
        channel=Message.Channel.EMAIL,
        recipient=made[0].prescriber.email,
        now=now,
        language="fr",
        link="",
        beneficiaries=[each.citizen for each in (coming if takes_place else made)],
        previous_starts_at=None,
        more_fields=_without_what_opens_doors(appointment),
    )


def _without_what_opens_doors(appointment):
    """Where the person lives, their number and the link of the visio are between them and the organization."""
    is_on_site = appointment.motif.location_kind == Motif.LocationKind.ON_SITE
    return {} if is_on_site else {"adresse": "", "4": ""}
