"""Reminders: written when their time has come, from what the appointment is then."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from organizations.models import Motif, Territory
from scheduling.models import Appointment, AppointmentStatus, Participation

from ..models import Message
from ..selectors.switches import is_on_for_participations, switches_of_appointments
from ..selectors.texts import texts_of_appointments
from ..transports import channels_in_service
from .citizen_messages import citizen_messages
from .writing import with_what_messages_show

Channel = Message.Channel

BATCH = 200

CONTACTS = {Channel.EMAIL: "email", Channel.SMS: "phone"}


def queue_due_reminders(*, now: datetime) -> list[int]:
    """Write the reminders whose time has come; the identifiers of those to send at once.

    An appointment has its reminder one lead time before its start, unless it was placed there later than that. After
    an outage what is late is still written, as long as the appointment has not begun; of several lead times passed
    meanwhile only the last. Written once whatever runs twice: a constraint of the table holds it.
    Two queries to know the lead times, one for each of them, seven for each batch of reminders.
    """
    written = []
    # The shortest first: it makes the longer ones pointless.
    for lead_time in sorted(_lead_times()):
        due = list(_due(lead_time, now).order_by("appointment__starts_at", "pk").values_list("pk", "appointment"))
        for first in range(0, len(due), BATCH):
            written += _write(dict(due[first : first + BATCH]), lead_time=lead_time, now=now)
    return written


def _lead_times() -> set[timedelta]:
    of_territories = Territory.objects.order_by().values_list("reminder_lead_times", flat=True).distinct()
    of_motifs = Motif.objects.exclude(reminder_lead_times=None).order_by()
    lists = [*of_territories, *of_motifs.values_list("reminder_lead_times", flat=True).distinct()]
    return {lead_time for lead_times in lists for lead_time in lead_times}


def _due(lead_time, now):
    follows_territory = Q(
        appointment__motif__reminder_lead_times=None, territory__reminder_lead_times__contains=[lead_time]
    )
    told = Message.objects.filter(
        kind=Message.Kind.REMINDER,
        participation=OuterRef("pk"),
        appointment_starts_at=OuterRef("appointment__starts_at"),
        lead_time__lte=lead_time,
    )
    return Participation.objects.with_sms_stops().filter(
        _may_be_told(),
        Q(appointment__motif__reminder_lead_times__contains=[lead_time]) | follows_territory,
        ~Exists(told),
        status=AppointmentStatus.BOOKED,
        waiting_since=None,
        appointment__status=AppointmentStatus.BOOKED,
        appointment__starts_at__gt=now,
        appointment__starts_at__lte=now + lead_time,
        appointment__placed_at__lte=F("appointment__starts_at") - lead_time,
        # Who joined later has just been told.
        created_at__lte=F("appointment__starts_at") - lead_time,
    )


def _may_be_told():
    """Who has an address or a number, and no level, agent or person that says no: others would be asked every minute.

    Nor those whose only way is an SMS where there is no provider, or from who said STOP. Whether a number takes SMS is
    left to `citizen_messages`. Of rows of `with_sms_stops`.
    """
    may = Q()
    for channel, contact in CONTACTS.items():
        if channel not in channels_in_service():
            continue
        wants = f"notify_by_{channel}"
        themselves = Q(citizen__responsible=None) & ~Q(**{f"citizen__{contact}": ""})
        responsible = Q(**{f"citizen__responsible__{wants}": True}) & ~Q(**{f"citizen__responsible__{contact}": ""})
        is_heard = Q(sms_stopped_at=None) if channel == Channel.SMS else Q()
        may |= (
            Q(is_on_for_participations(kind=Message.Kind.REMINDER, channel=channel))
            & Q(**{wants: True, f"citizen__{wants}": True})
            & (themselves | responsible)
            & is_heard
        )
    return may


@transaction.atomic
def _write(due, *, lead_time, now):
    """`due` maps participations to their appointments."""
    appointments = list(with_what_messages_show(Appointment.objects.filter(pk__in=set(due.values()))).order_by("pk"))
    texts, switches = texts_of_appointments(appointments), switches_of_appointments(appointments)
    kind = Message.Kind.REMINDER
    messages = [
        message
        for appointment in appointments
        for participation in appointment.participations.all()
        if participation.pk in due
        for message in citizen_messages(
            participation, appointment=appointment, texts=texts, switches=switches, kind=kind, now=now
        )
    ]
    for message in messages:
        message.lead_time = lead_time
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    fresh = Message.objects.filter(kind=kind, participation__in=due, lead_time=lead_time, due_at=now)
    return list(fresh.due(now).order_by("pk").values_list("pk", flat=True))
