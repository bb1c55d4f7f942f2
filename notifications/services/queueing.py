"""Messages written with the event that causes them, in its transaction."""

from scheduling.ics import CANCEL
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus

from ..models import Message
from ..selectors.switches import switches_of_appointments
from ..selectors.texts import texts_of_appointments
from .agent_messages import agent_messages, changes_calendars, tells_place
from .citizen_messages import citizen_messages, drop_waiting
from .prescriber_messages import prescriber_messages
from .writing import CALENDAR_METHODS, with_what_messages_show

Kind = Message.Kind

KIND_OF_EVENT = {
    AppointmentEvent.Kind.BOOKED: Kind.BOOKED,
    AppointmentEvent.Kind.MOVED: Kind.MOVED,
    AppointmentEvent.Kind.NO_SHOW: Kind.NO_SHOW,
    AppointmentEvent.Kind.UNSCHEDULED: Kind.UNSCHEDULED,
    AppointmentEvent.Kind.CANCELLED_BY_CITIZEN: Kind.CANCELLED_BY_CITIZEN,
    AppointmentEvent.Kind.CANCELLED_BY_AGENT: Kind.CANCELLED_BY_AGENT,
    # Told of its cancellation before: the time that stands is news again.
    AppointmentEvent.Kind.RESUMED: Kind.BOOKED,
    AppointmentEvent.Kind.PARTICIPANT_ADDED: Kind.BOOKED,
    AppointmentEvent.Kind.PARTICIPANT_REMOVED: Kind.CANCELLED_BY_AGENT,
    AppointmentEvent.Kind.PARTICIPANT_WAITING: Kind.WAITING,
    AppointmentEvent.Kind.PARTICIPANT_SEATED: Kind.SEATED,
}


def queue_messages(event: AppointmentEvent) -> list[int]:
    """Write what the event tells citizens, agents and prescribers; the identifiers of the messages.

    Five queries and an insert; one more where agents lost the appointment.

    What happened to one person alone is told to this person. Somebody taken away gets nothing of what still waits.
    Nothing about what is past when it is recorded: an appointment noted afterwards, or put in order after its start,
    is no news to anybody. Only an absence is told then, and to a walk-in that it was registered, if they asked for it.
    """
    kind = kind_of(event)
    if kind is None:
        return []
    if event.kind == AppointmentEvent.Kind.PARTICIPANT_REMOVED:
        drop_waiting(event.participation_id)
    appointment = with_what_messages_show(Appointment.objects.filter(pk=event.appointment_id)).get()
    is_registered_now = appointment.is_walk_in and event.kind == AppointmentEvent.Kind.BOOKED
    if kind != Kind.NO_SHOW and not is_registered_now and appointment.starts_at <= event.at:
        return []
    texts, switches = texts_of_appointments([appointment]), switches_of_appointments([appointment])
    messages = [
        message
        for participation in _told_participations(event, appointment=appointment, kind=kind)
        for message in citizen_messages(
            participation,
            appointment=appointment,
            texts=texts,
            switches=switches,
            kind=_kind_for(participation, event, kind),
            now=event.at,
            previous_starts_at=event.previous_starts_at,
        )
    ]
    messages += agent_messages(event, appointment=appointment)
    messages += prescriber_messages(event, appointment=appointment)
    for message in messages:
        message.event = event
    return [message.pk for message in Message.objects.bulk_create(messages)]


def kind_of(event: AppointmentEvent) -> str | None:
    """What kind of message tells the event; None where nobody is told.

    Another place, number or link is told to citizens as a « création », and so is an appointment to an agent who joins
    it: the recap of what stands now, in the kinds that exist (N1).
    """
    if event.kind == AppointmentEvent.Kind.EDITED:
        return Kind.BOOKED if tells_place(event) or changes_calendars(event) else None
    return KIND_OF_EVENT.get(event.kind)


def _kind_for(participation, event, kind):
    """Who waits for a seat has no appointment yet that could be confirmed, nor be cancelled for them alone."""
    if participation.waiting_since is None:
        return kind
    if kind == Kind.BOOKED:
        return Kind.WAITING
    return Kind.LEFT_QUEUE if event.participation_id is not None and participation.left_at is not None else kind


def _told_participations(event, *, appointment, kind):
    everybody = appointment.participations.all()
    if event.kind == AppointmentEvent.Kind.EDITED and not tells_place(event):
        return []
    if event.participation_id is None:
        concerned = [participation for participation in everybody if participation.left_at is None]
    else:
        concerned = [participation for participation in everybody if participation.pk == event.participation_id]
    if CALENDAR_METHODS.get(kind) == CANCEL:
        return concerned
    if kind == Kind.NO_SHOW:
        absent = [each for each in concerned if each.status == AppointmentStatus.NO_SHOW]
        return _not_told_yet(absent)
    return [participation for participation in concerned if participation.status == AppointmentStatus.BOOKED]


def _not_told_yet(absent):
    """Nobody is told of one absence twice: an outcome that is corrected, and corrected back, is no news."""
    told = Message.objects.filter(kind=Kind.NO_SHOW, participation__in=absent).exclude(status=Message.Status.DROPPED)
    told = set(told.values_list("participation", flat=True))
    return [participation for participation in absent if participation.pk not in told]
