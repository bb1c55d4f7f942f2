"""STOP: a person who answers it to an SMS gets none any more from those who wrote to them, until they say START."""

import re
import unicodedata
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from organizations.models import SmsStop, Territory
from scheduling.engine.typography import NBSP

from ..models import Message

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164, as Twilio writes all but short codes and names.
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
# As `transports.sms.sender_of` has it.
_FROM_THE_SHARED_SENDER = Q(
    territory__sms_messaging_service="", territory__sms_number="", territory__sms_sender_name=""
)

SAID_STOP = f"Cette personne a répondu STOP aux SMS{NBSP}: prévenez-la autrement."

# Twilio's own (https://help.twilio.com/articles/223134027), which it keeps to whatever we do, and the French ones.
# « Annuler » is none: whoever writes it means the appointment.
STOP_WORDS = {
    *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
    *("ARRET", "ARRETE", "ARRETER", "ARRETEZ", "FIN", "DESABONNER", "DESABONNEMENT", "DESINSCRIRE", "DESINSCRIPTION"),
    *("STOPSMS", "SMSSTOP", "ARRETSMS"),
}
START_WORDS = {"START", "UNSTOP", "YES", "REPRENDRE", "REPRISE", "REABONNER", "REABONNEMENT"}

# What Advanced Opt-Out says it did (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out).
_OPT_OUTS = {"STOP", "START", "HELP"}


def read_answer(
    *, sender: str, written_to: str, service: str = "", body: str, opt_out: str = "", now: datetime
) -> None:
    """An SMS that came in: `sender` wrote `body` to one of our numbers, which may be of a messaging service.

    STOP counts for the territories that write from there; to the number that the installation's territories share,
    for each of them that ever wrote to this phone and has no sender of its own. `opt_out` is what a messaging service
    with words of its own took it for, whatever was written. Any other text changes nothing. Three queries.
    """
    if not _NUMBER.fullmatch(sender):
        return
    word = opt_out if opt_out in _OPT_OUTS else _word(body)
    if word in STOP_WORDS:
        territories = _territories_of(sender, written_to, service)
        stops = [SmsStop(territory_id=territory, phone=sender, at=now) for territory in territories]
        SmsStop.objects.bulk_create(stops, ignore_conflicts=True)
    elif word in START_WORDS:
        territories = _territories_of(sender, written_to, service)
        SmsStop.objects.filter(territory__in=territories, phone=sender).delete()


def record_refusal(message: Message, *, now: datetime) -> None:
    """The provider knows of a STOP that we have not heard of. One query."""
    stop = SmsStop(territory_id=message.territory_id, phone=message.recipient, at=now)
    with transaction.atomic():
        SmsStop.objects.bulk_create([stop], ignore_conflicts=True)


def _word(body):
    """« Arrêt ! » is ARRET: without accents, and only letters."""
    plain = unicodedata.normalize("NFKD", body[:100]).upper()
    return re.sub(r"[^A-Z]", "", plain)


def _territories_of(phone, written_to, service):
    theirs = Q(sms_number=written_to) if _NUMBER.fullmatch(written_to) else Q(pk__in=[])
    if _SERVICE.fullmatch(service):
        theirs |= Q(sms_messaging_service=service)
    territories = set(Territory.objects.filter(theirs).order_by().values_list("pk", flat=True))
    # Neither is said of a message that came without: an empty one is nobody's.
    if settings.TWILIO_FROM and settings.TWILIO_FROM in {written_to, service}:
        wrote = Message.objects.filter(_FROM_THE_SHARED_SENDER, channel=Message.Channel.SMS, recipient=phone)
        wrote = wrote.exclude(handed_at=None)
        territories |= set(wrote.order_by().values_list("territory", flat=True).distinct())
    return territories
