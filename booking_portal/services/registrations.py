"""The last step of the way to a workshop: a proven contact, a citizen, a seat or a place in the queue."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from notifications.models import Message
from notifications.services.citizen_messages import recipient_on
from scheduling.exceptions import AlreadyParticipating
from scheduling.models import Appointment, Participation
from scheduling.services.booking import Attendee
from scheduling.services.registrations import register_citizen

from ..exceptions import AlreadyRegistered, RegistrationRefused
from ..selectors.attempts import registered_participation
from .bookings import Person
from .proofs import prove, proven_citizen, queue_behind_the_same_request
from .upcoming_limits import refuse_one_too_many


def confirm_registration(
    *,
    workshop: Appointment,
    person: Person,
    code: str,
    may_wait: bool,
    visitor_key: UUID,
    idempotency_key: UUID,
    language: str,
    now: datetime,
) -> Participation:
    """Register `person`, whose contact was proven a moment ago or is by `code`; with `may_wait`, in the queue when all
    seats are taken. `workshop` comes with its motif and the territory of its organization.

    The same `idempotency_key` gives the same participation, also to requests at once: they wait for each other.
    Raises WrongCode, CodeExpired; AlreadyRegistered, with their participation, for somebody who is and whose messages
    about it go to the proven contact; RegistrationRefused, which says nothing of it, where they do not. Raises
    AppointmentFull, RegistrationClosed, AppointmentNotChangeable and TooManyUpcoming, after which the contact stays
    proven and nothing was written.
    """
    territory = workshop.organization.territory
    prove(territory=territory, contact=person.contact, code=code, visitor_key=visitor_key, now=now)
    with transaction.atomic():
        queue_behind_the_same_request(idempotency_key)
        already = registered_participation(workshop, idempotency_key=idempotency_key)
        if already is not None:
            return already
        citizen = proven_citizen(person, motif=workshop.motif)
        refuse_one_too_many(motif=workshop.motif, citizen=citizen, person=person, now=now, besides=workshop)
        try:
            return register_citizen(
                workshop=workshop,
                attendee=Attendee(citizen, answers=person.answers, language=language),
                now=now,
                may_wait=may_wait,
                idempotency_key=idempotency_key,
            )
        except AlreadyParticipating as error:
            # Whatever was written on the way is taken back, with the record of the person as it was.
            raise _refusal(workshop, citizen, person) from error


def _refusal(workshop, citizen, person):
    """Their contact alone does not entitle to a link: an agent may keep a registration off it, or somebody else answer
    for them.
    """
    found = workshop.participations.select_related("citizen__responsible").get(citizen=citizen)
    channel = Message.Channel.SMS if person.proves_by_sms else Message.Channel.EMAIL
    is_told_there = recipient_on(found, channel=channel).lower() == person.contact.lower()
    return AlreadyRegistered(found, is_relative=person.relative is not None) if is_told_there else RegistrationRefused()
