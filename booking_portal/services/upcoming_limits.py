"""No calendar is emptied by one person, nor by one contact under many names."""

from datetime import datetime

from organizations.models import Citizen, Motif
from scheduling.models import Appointment
from scheduling.selectors.upcoming import has_contact_reached_limit, has_reached_limit

from ..exceptions import ContactHasEnough, HasEnough, RelativeHasEnough


def refuse_one_too_many(
    *, motif: Motif, citizen: Citizen, person, now: datetime, besides: Appointment | None = None
) -> None:
    """After `proven_citizen`, in its transaction: its locks on the citizen and on the contact let no other request
    with either of them count before this one has booked. `person` is who proved a contact (`bookings.Person`);
    `besides` is a workshop that is not to be counted.

    Raises HasEnough, RelativeHasEnough, ContactHasEnough. Two queries, none where the motif has no limit.
    """
    if has_reached_limit(motif, citizen, now=now, besides=besides):
        raise (RelativeHasEnough if person.relative else HasEnough)(motif.max_upcoming)
    reached = {"phone" if person.proves_by_sms else "email": person.contact}
    if has_contact_reached_limit(motif, territory=citizen.territory, now=now, besides=besides, **reached):
        raise ContactHasEnough
