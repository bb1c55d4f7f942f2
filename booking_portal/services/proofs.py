"""What the last step of any way begins with: a contact that is proven, a request that is done once, a citizen."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from notifications.exceptions import CodeExpired
from notifications.services.codes import check_code
from organizations.models import Citizen, Motif, Territory
from organizations.services.citizens import identify_citizen, identify_relative, make_known

from ..exceptions import WrongCode
from ..selectors.attempts import is_proven


def prove(*, territory: Territory, contact: str, code: str, visitor_key: UUID, now: datetime) -> None:
    """The proof is committed on its own: a guess that was spent stays spent, whatever happens to the booking.

    Nothing for a contact that this visitor proved a moment ago. Raises WrongCode, CodeExpired.
    """
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


def queue_behind_the_same_request(idempotency_key: UUID) -> None:
    """Until the transaction ends, requests with this key wait for each other. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"booking {idempotency_key}"])


def proven_citizen(person, *, motif: Motif) -> Citizen:
    """The record of who takes part: a `Person` whose contact was proven, or the relative for whom they book.

    Who answers for somebody becomes known with them to those who work for `motif`. Raises and costs as
    `identify_citizen`; for a relative as `identify_relative`, and three queries more.
    """
    who = {
        "organization": motif.organization,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "birth_date": person.birth_date,
        "email": person.email,
        "phone": person.phone,
        "proven_phone" if person.proves_by_sms else "proven_email": person.contact,
    }
    if person.relative is None:
        return identify_citizen(**who)
    relative = identify_relative(relative=person.relative, **who)
    if relative.responsible_id:
        make_known(citizen=relative.responsible, organization=motif.organization, units=motif.units.all())
    return relative
