"""What came back changes the message that left."""

from datetime import datetime

from django.db import transaction

from organizations.services.mail_standing import note_returned_mail
from scheduling.engine.typography import NBSP

from ..bounces import Action, Bounce
from ..exceptions import DeliveryError
from ..mail_statuses import blames_address, reason_of
from ..models import Message

Status = Message.Status

# A refusal may come before the line that the mail left by has ended.
_MAY_HAVE_LEFT = [Status.SENDING, Status.SENT, Status.FAILED]


@transaction.atomic
def take_bounce(*, bounce: Bounce, now: datetime) -> bool:
    """Mark the message failed, with the reason in French, or only note that it is delayed; whether that is news.

    Once failed it stays so, whatever is said later or again. An address that does not exist, or takes no more, is
    noted on the records that have it. Two queries, two more for these.
    """
    mails = Message.objects.filter(pk=bounce.message_id, channel=Message.Channel.EMAIL, status__in=_MAY_HAVE_LEFT)
    said = {"provider_status": f"{bounce.action} {bounce.status}".strip(), "provider_status_at": now}
    if bounce.action == Action.DELAYED:
        return bool(mails.filter(status=Status.SENT, provider_status="").update(**said))
    # Whoever still holds the claim has nothing more to say.
    failed = said | {"status": Status.FAILED, "error": _error(bounce), "claimed_at": None}
    if not mails.exclude(provider_status__startswith=Action.FAILED).update(**failed):
        return False
    if blames_address(bounce.status):
        _note_on_records(mails.get(), reason_of(bounce.status), now)
    return True


def note_refused_address(message: Message, error: DeliveryError, *, now: datetime) -> None:
    """The same of what our own server refused to take, because of the address. Two queries, or none."""
    if error.address_fault:
        _note_on_records(message, error.address_fault, now)


def _note_on_records(message, reason, now):
    if message.territory_id:
        note_returned_mail(territory_id=message.territory_id, email=message.recipient, reason=reason, now=now)


def _error(bounce):
    reason = reason_of(bounce.status) or "refusé par le serveur du destinataire"
    return f"E-mail revenu{NBSP}: {reason}{f' ({bounce.status})' if bounce.status else ''}."
