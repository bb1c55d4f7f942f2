"""Whether a message is still true and of use when its turn comes: a worker may have been down for hours.

Late is better than never as long as it holds; what no longer does stays here, marked DROPPED with the reason.
"""

from datetime import datetime

from scheduling.models import AppointmentEvent, AppointmentStatus, SlotOffer
from scheduling.models.appointment_statuses import OCCUPYING

from ..models import Message
from .citizen_messages import TAKEN_AWAY
from .codes import CODE_LASTS
from .summaries import is_over

Kind = Message.Kind

# What somebody taken away is told all the same.
TELLS_OF_LEAVING = {Kind.CANCELLED_BY_AGENT, Kind.LEFT_QUEUE}
# What says that an appointment takes place, or that it does not, or how the person stands with it.
_TELLS_OF_COMING = {Kind.BOOKED, Kind.REMINDER, Kind.MOVED, Kind.SEATED, Kind.WAITING}
_TELLS_OF_NOT_COMING = {
    Kind.UNSCHEDULED,
    Kind.CANCELLED_BY_CITIZEN,
    Kind.CANCELLED_BY_AGENT,
    Kind.LEFT_QUEUE,
}
# A move is told to who waits for a seat, too.
_OF_WHO_HAS_A_SEAT = {Kind.BOOKED, Kind.REMINDER, Kind.SEATED}

BEGUN = "Le rendez-vous avait commencé."
TOO_LATE = "L'heure du rendez-vous était passée."
MOVED = "Le rendez-vous avait été déplacé."
CANCELLED = "Le rendez-vous était annulé."
RESUMED = "Le rendez-vous avait été repris."
SEATED = "Une place s'était libérée."
NOT_OFFERED = "La proposition n'était plus valable."
NOT_WANTED = "Cette personne ne pouvait ou ne voulait plus être prévenue ainsi."
NOT_FORESEEN = "Ce message n'était plus prévu, ou cette personne ne pouvait plus être prévenue ainsi."
CONTACT_CHANGED = "Les coordonnées de cette personne ont changé avant l'envoi."


def why_pointless(message: Message, *, now: datetime) -> str:
    """Why nobody needs this message any more, or nothing. No query if appointment and participation are loaded."""
    if message.kind == Kind.CODE:
        return "Le code n'était plus valable." if now >= message.created_at + CODE_LASTS else ""
    if message.kind == Kind.SUMMARY:
        return "La matinée était passée." if is_over(message, now=now) else ""
    if message.kind == Kind.LEFT_CALENDAR:
        # Whatever became of it since and whenever it is now, it is in the old calendar until this takes it out.
        return ""
    appointment, participation = message.appointment, message.participation
    if participation and participation.is_removed and message.kind not in TELLS_OF_LEAVING:
        return TAKEN_AWAY
    if message.kind == Kind.NO_SHOW:
        is_absent = participation is None or participation.status == AppointmentStatus.NO_SHOW
        return "" if is_absent else "L'absence avait été corrigée."
    if appointment is None:
        return ""
    # Theirs is the only one they get: it is written anew for what has become of the appointment (`rewriting.py`).
    is_written_anew = message.audience == Message.Audience.PRESCRIBER
    told_of = appointment.starts_at if is_written_anew else message.appointment_starts_at or appointment.starts_at
    if _is_past(message, appointment, told_of, now):
        return TOO_LATE if message.kind in _TELLS_OF_NOT_COMING else BEGUN
    if message.kind == Kind.EARLIER_SLOT:
        return "" if is_offered_still(message, now=now) else NOT_OFFERED
    if is_written_anew:
        return ""
    if message.kind in _TELLS_OF_COMING:
        return _why_not_coming(message, appointment, participation)
    # An agent is told of one person who leaves an appointment that takes place, too.
    is_of_all = message.audience != Message.Audience.AGENT
    # Back in the queue is no seat: a cancellation stays true, and takes the event out of a calendar.
    is_queueing = participation is not None and participation.waiting_since is not None
    has_it_again = _is_coming(appointment, participation) and not (is_queueing and message.kind != Kind.LEFT_QUEUE)
    if is_of_all and message.kind in _TELLS_OF_NOT_COMING and has_it_again:
        return RESUMED
    return ""


def is_offered_still(message: Message, *, now: datetime) -> bool:
    """Whether the offer that it tells of can be taken at `now`. One query."""
    offers = SlotOffer.objects.open_at(now).filter(request__appointment=message.appointment_id)
    return offers.filter(starts_at=message.appointment_starts_at).exists()


def _is_past(message, appointment, told_of, now):
    """An appointment noted while it goes on, such as a walk-in's, is news until it ends."""
    return told_of <= now and (message.created_at < told_of or appointment.ends_at <= now)


def _why_not_coming(message, appointment, participation):
    if _was_moved_since(message, appointment):
        return MOVED
    if not _is_coming(appointment, participation):
        return CANCELLED
    is_waiting = participation is not None and participation.waiting_since is not None
    if message.kind == Kind.WAITING and not is_waiting:
        return SEATED
    return CANCELLED if message.kind in _OF_WHO_HAS_A_SEAT and is_waiting else ""


def _was_moved_since(message, appointment):
    """Each agent is told of the moves that concern them: nothing says that the later one did."""
    if message.audience == Message.Audience.AGENT and message.kind == Kind.MOVED:
        return False
    if not message.appointment_starts_at or message.appointment_starts_at == appointment.starts_at:
        return False
    if appointment.is_walk_in:
        # Its time begins when they are received: nobody moved it. One query, for these alone.
        moves = appointment.events.filter(kind=AppointmentEvent.Kind.MOVED, at__gte=message.created_at)
        return moves.exists()
    return True


def _is_coming(appointment, participation):
    """Or has come already, as a walk-in whose turn was at once."""
    return appointment.status in OCCUPYING and (participation is None or participation.status in OCCUPYING)
