"""How many SMS of a text the month to come may bring, and what they would cost."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from scheduling.models import AppointmentStatus, Participation

from ..levels import Level
from ..models import Message, MessageText
from ..models.levels import LevelName

A_MONTH = timedelta(days=30)

Of = LevelName


@dataclass(frozen=True)
class Estimate:
    """`messages` in the next A_MONTH; none where nothing tells. `cost` is None where no price is known."""

    messages: int
    segments: int
    cost: Decimal | None
    is_of_booked: bool


def estimate_of(level: Level, *, kind: str, language: str, is_apart: bool, segments: int, now: datetime) -> Estimate:
    """As many as in the A_MONTH before; of reminders, as many as the RDVs booked for the next one ask for, if more.

    Only those that the text of this level would speak to: not where a motif or an organization below it has its own.
    `is_apart`: there is a text in each language, and this one is told to those who read it; else it is told to all.
    What an agent had sent again and what was dropped are no measure. One query; of reminders two.
    """
    written = _written(level, kind, language, is_apart, now)
    booked = _booked(level, kind, language, is_apart, now) if kind == Message.Kind.REMINDER else 0
    messages, price = max(written, booked), level.territory.price_per_segment
    total = messages * segments
    return Estimate(messages, total, None if price is None else total * price, booked > written)


def _written(level, kind, language, is_apart, now):
    # Of a motif, too: the journals' indexes begin with these.
    place = {"territory": level.territory}
    if level.organization:
        place["organization"] = level.organization
    messages = Message.objects.filter(
        **place,
        channel=Message.Channel.SMS,
        kind=kind,
        audience=Message.Audience.CITIZEN,
        created_at__gt=now - A_MONTH,
        created_at__lte=now,
        resends=None,
    ).exclude(status=Message.Status.DROPPED)
    messages = _spoken_to(messages, level, kind, language, organization="organization", motif="appointment__motif")
    if is_apart:
        messages = messages.filter(participation__language=language)
    return messages.order_by().count()


def _booked(level, kind, language, is_apart, now):
    """Reminders that those who take SMS will get: one for each lead time of the motif, or of the territory."""
    own = Q(citizen__responsible=None, citizen__notify_by_sms=True) & ~Q(citizen__phone="")
    responsible = Q(citizen__notify_by_sms=True, citizen__responsible__notify_by_sms=True)
    responsible &= Q(citizen__responsible__isnull=False) & ~Q(citizen__responsible__phone="")
    participations = Participation.objects.filter(
        own | responsible,
        status=AppointmentStatus.BOOKED,
        waiting_since=None,
        notify_by_sms=True,
        appointment__status=AppointmentStatus.BOOKED,
        appointment__starts_at__gt=now,
        appointment__starts_at__lte=now + A_MONTH,
    )
    place = {"organization": "appointment__organization", "motif": "appointment__motif"}
    participations = _spoken_to(participations, level, kind, language, **place)
    if is_apart:
        participations = participations.filter(language=language)
    lead_times = Coalesce(
        F("appointment__motif__reminder_lead_times__len"), F("territory__reminder_lead_times__len"), 0
    )
    return participations.order_by().aggregate(number=Sum(lead_times))["number"] or 0


def _spoken_to(rows, level, kind, language, *, organization, motif):
    """Those of the level that nothing below it speaks to; `organization` and `motif` are how the rows name theirs."""
    texts = MessageText.objects.in_force().filter(
        territory=level.territory, kind=kind, channel=Message.Channel.SMS, language=language
    )
    if level.motif:
        return rows.filter(**{motif: level.motif})
    of_motifs = texts.filter(level=Of.MOTIF).order_by().values("motif")
    if level.organization:
        return rows.filter(**{organization: level.organization}).exclude(**{f"{motif}__in": of_motifs})
    of_organizations = texts.filter(level=Of.ORGANIZATION).order_by().values("organization")
    rows = rows.filter(territory=level.territory)
    return rows.exclude(**{f"{organization}__in": of_organizations}).exclude(**{f"{motif}__in": of_motifs})
