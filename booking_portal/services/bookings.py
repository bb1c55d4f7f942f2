"""The last step: a proven contact, a citizen, an RDV."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from organizations.models import Motif
from scheduling.models import Participation
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.booking import Attendee, Details, book_appointment

from ..selectors.attempts import booked_participation
from .proofs import prove, proven_citizen, queue_behind_the_same_request


@dataclass(frozen=True)
class Person:
    """Who books, as typed and checked. `proves_by_sms`: the code goes to the phone, else to the e-mail.

    `can_prove_by_sms`: the phone is one that receives text messages, as far as its number says.
    """

    first_name: str
    last_name: str
    birth_date: date | None = None
    email: str = ""
    phone: str = ""
    address: str = ""
    answers: list[dict] = field(default_factory=list)
    can_prove_by_sms: bool = False
    proves_by_sms: bool = False

    @property
    def contact(self) -> str:
        return self.phone if self.proves_by_sms else self.email


def confirm_booking(
    *,
    demand: Demand,
    starts_at: datetime,
    location_id: int | None,
    person: Person,
    code: str,
    visitor_key: UUID,
    idempotency_key: UUID,
    language: str,
    now: datetime,
) -> Participation:
    """Book for `person`, whose contact was proven a moment ago or is by `code`.

    The same `idempotency_key` gives the same RDV, also to requests at once: they wait for each other.
    Raises WrongCode, CodeExpired; SlotTaken, after which the contact stays proven and nothing was written.
    """
    territory = demand.motif.organization.territory
    prove(territory=territory, contact=person.contact, code=code, visitor_key=visitor_key, now=now)
    with transaction.atomic():
        queue_behind_the_same_request(idempotency_key)
        already = booked_participation(territory=territory, idempotency_key=idempotency_key)
        if already is not None:
            return already
        citizen = proven_citizen(person, organization=demand.motif.organization)
        kind = demand.motif.location_kind
        appointment = book_appointment(
            demand=demand,
            starts_at=starts_at,
            location_id=location_id,
            attendees=[Attendee(citizen, answers=person.answers, language=language)],
            actor=CITIZEN,
            details=Details(
                address=person.address if kind == Motif.LocationKind.HOME else "",
                phone=person.phone if kind == Motif.LocationKind.PHONE else "",
            ),
            visitor_key=visitor_key,
            idempotency_key=idempotency_key,
            now=now,
        )
        return appointment.participations.get(citizen=citizen)
