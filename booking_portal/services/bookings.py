"""The last step: a proven contact, a citizen, an RDV."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from notifications.exceptions import CodeExpired
from notifications.services.codes import check_code
from organizations.models import Motif
from organizations.services.citizens import identify_citizen
from scheduling.models import Participation
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.booking import Attendee, Details, book_appointment

from ..exceptions import WrongCode
from ..selectors.attempts import booked_participation, is_proven


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
    _prove(territory=territory, contact=person.contact, code=code, visitor_key=visitor_key, now=now)
    with transaction.atomic():
        _queue_behind_the_same_request(idempotency_key)
        already = booked_participation(territory=territory, idempotency_key=idempotency_key)
        if already is not None:
            return already
        citizen = identify_citizen(
            organization=demand.motif.organization,
            first_name=person.first_name,
            last_name=person.last_name,
            birth_date=person.birth_date,
            email=person.email,
            phone=person.phone,
            **{"proven_phone" if person.proves_by_sms else "proven_email": person.contact},
        )
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


def _prove(*, territory, contact, code, visitor_key, now):
    """The proof is committed on its own: a guess that was spent stays spent, whatever happens to the booking."""
    proof = {"territory": territory, "contact": contact, "visitor_key": visitor_key, "now": now}
    if is_proven(**proof):
        return
    try:
        if not check_code(code=code, **proof):
            raise WrongCode
    except CodeExpired:
        # A double click: the first of the two requests has used the code up in this very moment.
        if not is_proven(**proof):
            raise


def _queue_behind_the_same_request(idempotency_key):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"booking {idempotency_key}"])
