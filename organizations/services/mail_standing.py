"""What a person says of our mails, by the link in one of them; what a mail server says of their address."""

from datetime import datetime

from django.db import transaction

from ..models import Citizen
from .citizens import update_citizen


@transaction.atomic
def set_mail_wish(*, citizen: Citizen, wants_mail: bool, now: datetime) -> Citizen:
    """Send this person mails, or no more. The same again changes nothing. One query, two for a change.

    By the link of a mail, however old, only a refusal by such a link is taken back, not what an agent decided since.
    Where their record was merged into another meanwhile, it is said of the one that stayed.
    """
    locked = _locked(citizen.pk)
    while locked.merged_into_id:
        locked = _locked(locked.merged_into_id)
    if locked.notify_by_email == wants_mail or (wants_mail and not locked.has_refused_mail):
        return locked
    return update_citizen(citizen=locked, notify_by_email=wants_mail, mail_refused_at=None if wants_mail else now)


@transaction.atomic
def note_returned_mail(*, territory_id: int, email: str, reason: str, now: datetime) -> int:
    """Say on the records with this address that a mail to it came back; how many there are. Two queries."""
    known = Citizen.objects.filter(territory=territory_id, email=email)
    locked = known.select_for_update(no_key=True, of=("self",)).order_by("pk")
    pks = [citizen.pk for citizen in locked]
    return Citizen.objects.filter(pk__in=pks).update(returned_email=email, returned_at=now, return_reason=reason)


def _locked(pk):
    return Citizen.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
