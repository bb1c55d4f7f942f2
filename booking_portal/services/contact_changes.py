"""Another contact for the messages of an RDV, once it is proven."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from notifications.services.contact_changes import tell_contact_change
from scheduling.models import Participation
from scheduling.services.actors import CITIZEN
from scheduling.services.contact_corrections import correct_contact_of

from ..reader import Contact
from .proofs import prove


def change_contact(
    *,
    participation: Participation,
    contact: Contact,
    proven: Contact | None,
    code: str,
    visitor_key: UUID,
    now: datetime,
) -> Participation:
    """Send the messages of this RDV to `contact` from now on, and those of all others of the same person, or of who
    answers for them. The participation comes back as it is now, with its new link and the record that was changed.
    `participation` comes with its territory.

    `proven` is the present contact that the visitor proved to read; None where the record has none.

    Raises WrongCode, CodeExpired; ContactNotProven; RecordsChanged and AppointmentNotChangeable when records were
    merged meanwhile.
    """
    territory = participation.appointment.organization.territory
    prove(territory=territory, contact=str(contact), code=code, visitor_key=visitor_key, now=now)
    with transaction.atomic():
        before = correct_contact_of(
            participation=participation,
            field=contact.field,
            value=str(contact),
            proven=str(proven or ""),
            actor=CITIZEN,
            now=now,
        )
        if before != str(contact):
            participation.refresh_from_db(fields=["link_version"])
            tell_contact_change(participation, field=contact.field, before=before, now=now)
    return Participation.objects.select_related("citizen__responsible").get(pk=participation.pk)
