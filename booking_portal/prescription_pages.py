"""What a prescriber sees of what they booked: that, and what they typed themselves."""

from datetime import datetime

from phonenumber_field.phonenumber import PhoneNumber

from organizations.models import Motif
from scheduling.models import Participation

from .appointment_pages import facts_of
from .onward import start_url
from .services.bookings import Person
from .services.prescriptions import Prescription


def kept_of(prescription: Prescription, person: Person) -> dict:
    """For the session."""
    return {
        "participation": prescription.participation.pk,
        "waits": prescription.waits,
        "names": [f"{person.first_name} {person.last_name.upper()}"],
        "email": person.email,
        "phone": PhoneNumber.from_string(person.phone).as_national if person.phone else "",
        "address": person.address,
        # Who gets no message from us is to get it from the prescriber.
        "is_told": bool(person.email) or person.can_prove_by_sms,
    }


def prescription_context(participation: Participation, kept: dict, *, now: datetime) -> dict:
    """`kept` is of `kept_of`: whatever the record of the person holds beside it stays unseen. No query."""
    appointment = participation.appointment
    kind = appointment.motif.location_kind
    facts = facts_of(appointment)
    if not appointment.is_collective:
        facts["phone"] = kept["phone"] if kind == Motif.LocationKind.PHONE else ""
        if kind == Motif.LocationKind.HOME:
            facts["place_address"] = kept["address"]
    takes_place = not appointment.is_cancelled and participation.left_at is None
    territory = appointment.organization.territory
    return facts | {
        "organization": appointment.organization,
        "home_url": start_url(territory),
        "start_url": start_url(territory),
        "appointment": appointment,
        "kept": kept,
        "state": "cancelled" if not takes_place else "waiting" if kept["waits"] else "booked",
    }
