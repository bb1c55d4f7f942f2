"""What the pages of one RDV show to the holder of its link."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from organizations.models import Motif
from scheduling.engine.typography import NBSP
from scheduling.models import Participation
from scheduling.participation_links import is_alive, link_token

from .permissions import may_cancel, may_correct_contact, may_move


def appointment_context(participation: Participation, *, now) -> dict:
    appointment = participation.appointment
    token = link_token(participation)
    url = reverse("booking_portal:my_appointment", args=[token])
    territory = appointment.organization.territory
    return {
        "territory": territory,
        "organization": appointment.organization,
        "home_url": reverse("booking_portal:service_choice", args=[territory.slug]),
        "participation": participation,
        "appointment": appointment,
        "state": _state(participation, now),
        "token": token,
        "url": url,
        "absolute_url": f"{settings.SITE_URL}{url}",
        "may_cancel": may_cancel(participation, now=now),
        "may_move": may_move(participation, now=now),
        "may_correct_contact": may_correct_contact(participation, now=now),
        "rank": _rank(participation),
        # Who reads the messages of several persons tells them apart; others may have the link.
        "participants": [_short_name(participation.citizen)],
        "book_again_url": reverse("booking_portal:service_choice", args=[territory.slug]),
    } | facts_of(appointment)


def facts_of(appointment) -> dict:
    """What it is and where, for `recap.html` and beside it."""
    return {
        "motif_name": _motif_name(appointment),
        "phone": appointment.phone.as_national if appointment.phone else "",
        "place_name": place_name_of(appointment, appointment.location),
        "place_address": appointment.location.address if appointment.location else appointment.address,
        "access_notes": appointment.location.access_notes if appointment.location else "",
        "directions_url": directions_url(appointment),
    }


@dataclass(frozen=True)
class ListedAppointment:
    """A row of « Mes rendez-vous ». `url` is empty once its link is dead."""

    participation: Participation
    motif_name: str
    place_name: str
    state: str
    url: str
    person: str

    @property
    def appointment(self):
        return self.participation.appointment


def listed_appointments(participations: Iterable[Participation], *, now) -> list[ListedAppointment]:
    """Of one contact. Who reads the messages of several persons tells them apart by no more than it takes."""
    return [
        ListedAppointment(
            participation=participation,
            motif_name=_motif_name(participation.appointment),
            place_name=place_name_of(participation.appointment, participation.appointment.location),
            state=_state(participation, now),
            url=_url(participation) if is_alive(participation, now=now) else "",
            person=_short_name(participation.citizen),
        )
        for participation in participations
    ]


def masked_contacts(participation: Participation) -> list[str]:
    """Where the messages go, as much of it as its owner recognises: others may have the link. One query at most."""
    contact = participation.citizen.contact
    return [_masked(known) for known in (contact.email, str(contact.phone or "")) if known]


def masked_provable_contacts(participation: Participation) -> list[str]:
    """Those of them to which a code can be sent. One query at most."""
    return [_masked(known) for known in participation.citizen.contact.provable_contacts]


def _masked(contact):
    name, at, domain = contact.partition("@")
    return f"{name[:1]}•••@{domain}" if at else NBSP.join(["••"] * 4 + [contact[-2:]])


def _short_name(citizen):
    return f"{citizen.first_name} {citizen.last_name[:1]}.".strip()


def _motif_name(appointment):
    return ", ".join(filter(None, [_name(appointment), appointment.option and appointment.option.name]))


def _url(participation):
    return reverse("booking_portal:my_appointment", args=[link_token(participation)])


def directions_url(appointment) -> str:
    """The place on OpenStreetMap, by its point or by its address; empty where there is nowhere to go."""
    location = appointment.location
    if location is None:
        return ""
    if location.latitude is not None:
        point = f"{location.latitude:.6f}/{location.longitude:.6f}"
        return (
            f"https://www.openstreetmap.org/?mlat={location.latitude:.6f}&mlon={location.longitude:.6f}#map=17/{point}"
        )
    return f"https://www.openstreetmap.org/search?query={quote(location.address)}" if location.address else ""


def place_name_of(appointment, location) -> str:
    """Of the appointment if it were at `location`, or held as it is without one."""
    if location:
        return location.name
    kind = appointment.motif.location_kind
    if kind == Motif.LocationKind.HOME or appointment.address:
        return gettext("À domicile") if kind == Motif.LocationKind.HOME else gettext("Adresse")
    # A phone has a line of its own; so has the link of a video call, once an agent has given it.
    return gettext("En visioconférence") if kind == Motif.LocationKind.VIDEO and not appointment.video_url else ""


def _name(appointment):
    return appointment.title or appointment.motif.name


def _rank(participation):
    """The place in the queue of a workshop, from 1; 0 for who does not wait. One query for who does."""
    if not participation.is_waiting:
        return 0
    ids = list(participation.appointment.participations.waiting().values_list("pk", flat=True))
    return ids.index(participation.pk) + 1 if participation.pk in ids else 0


def _state(participation, now):
    """`upcoming`, `waiting` (for a seat), `cancelled` or `past`: whether somebody came is between the service and its
    agents.
    """
    appointment = participation.appointment
    if appointment.is_cancelled or participation.left_at is not None:
        return "cancelled"
    if not appointment.is_upcoming(now):
        return "past"
    return "waiting" if participation.is_waiting else "upcoming"
