"""The last step: a proven contact, a citizen, an RDV."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from organizations.models import Motif
from organizations.services.citizens import Named
from scheduling.models import Participation
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.booking import Attendee, Details, book_appointment

from ..selectors.attempts import booked_participation
from .proofs import prove, proven_citizen, queue_behind_the_same_request
from .upcoming_limits import refuse_one_too_many


@dataclass(frozen=True)
class Person:
    """Who books, as typed and checked. `proves_by_sms`: the code goes to the phone, else to the e-mail.

    `can_prove_by_sms`: the phone is one that receives text messages, as far as its number says.
    `relative`: for whom, when it is not for themselves. All else is of who books, who gets the messages.
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
    relative: Named | None = None

    @property
    def beneficiary(self) -> Named:
        return self.relative or self.themselves

    @property
    def themselves(self) -> Named:
        return Named(self.first_name, self.last_name, self.birth_date)

    @property
    def whom(self) -> str:
        """The same for the same person, however often and with whatever accents they are named."""
        named = (each for each in (self.themselves, self.relative) if each)
        return "|".join(f"{each.key}/{each.birth_date or ''}" for each in named)

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
    calendar_ids: Collection[int] | None = None,
) -> Participation:
    """Book for `person`, whose contact was proven a moment ago or is by `code`; on one of `calendar_ids` if given.

    The same `idempotency_key` gives the same RDV, also to requests at once: they wait for each other.
    Raises WrongCode, CodeExpired; SlotTaken and TooManyUpcoming, after which the contact stays proven and nothing was
    written.
    """
    territory = demand.motif.organization.territory
    prove(territory=territory, contact=person.contact, code=code, visitor_key=visitor_key, now=now)
    with transaction.atomic():
        queue_behind_the_same_request(idempotency_key)
        already = booked_participation(territory=territory, idempotency_key=idempotency_key)
        if already is not None:
            return already
        citizen = proven_citizen(person, motif=demand.motif)
        refuse_one_too_many(motif=demand.motif, citizen=citizen, person=person, now=now)
        kind = demand.motif.location_kind
        appointment = book_appointment(
            demand=demand,
            starts_at=starts_at,
            location_id=location_id,
            calendar_ids=calendar_ids,
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
