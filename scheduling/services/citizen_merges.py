"""Two records of one person made one, with their appointments: none is lost, none is there twice."""

from django.db import transaction

from organizations.exceptions import RecordsChanged
from organizations.models import CitizenMerge
from organizations.services.merges import Side, fingerprint, lock_records, merge_records

from ..models import Appointment, AppointmentEvent, AppointmentStatus, FormerParticipation, Participation
from .actors import Actor
from .appointment_status import follow_participants
from .events import record_event
from .seats import move_up

REASON = "Deux fiches de la même personne ont été réunies."

# Of an RDV that both records had, what is known of the person: who came counts before who did not, an outcome before
# none, and a place that is held before one that was given up.
_BETTER_FIRST = (
    AppointmentStatus.FULFILLED,
    AppointmentStatus.NO_SHOW,
    AppointmentStatus.BOOKED,
    AppointmentStatus.UNSCHEDULED,
    AppointmentStatus.CANCELLED_BY_AGENT,
    AppointmentStatus.CANCELLED_BY_CITIZEN,
)


@transaction.atomic
def merge_citizens(
    *, winner_id: int, loser_id: int, choices: dict[str, Side], seen: str, agent, organization, now
) -> CitizenMerge:
    """Make the loser's record part of the winner's; `choices` says whose value of each field stays.

    RDVs, messages, relatives, referents and the organizations that know the person follow. An RDV of both keeps one
    participation: the better status, the answers of both, and any « no » to messages. Links sent for either open it.
    Holds and one-time codes belong to a visitor and a contact, not to a record: nothing of them changes.

    Locks citizens, then their appointments, each by id. A booking for the loser at the same moment is either there
    before, and follows, or waits and is the winner's (`locks.lock_citizens`, and a trigger whoever forgets it).
    Queries: about 25, one for each RDV that follows, eight for each RDV of both.

    Raises RecordsChanged when `seen` (`fingerprint` of what was shown) is no longer so; MergeRefused.
    """
    winner, loser = lock_records(winner_id=winner_id, loser_id=loser_id)
    if fingerprint(winner=winner, loser=loser) != seen:
        raise RecordsChanged
    followed = _carry_participations(winner, loser, actor=Actor.of(agent), now=now)
    return merge_records(
        winner=winner, loser=loser, choices=choices, followed=followed, agent=agent, organization=organization, now=now
    )


def _carry_participations(winner, loser, *, actor, now):
    of_winner, of_loser = (Participation.objects.filter(citizen=citizen) for citizen in (winner, loser))
    touched = of_loser.order_by().values("appointment")
    appointments = Appointment.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=touched)
    appointments = list(appointments.select_related("organization").order_by("pk"))
    kept_by_appointment = {kept.appointment_id: kept for kept in of_winner.filter(appointment__in=touched)}
    given_up, moved = [], []
    for participation in of_loser.order_by("pk"):
        if kept := kept_by_appointment.get(participation.appointment_id):
            given_up.append(_as_it_was(participation) | {"kept": kept.pk})
            _unite(kept, participation)
        else:
            moved.append(participation.pk)
    of_loser.update(citizen=winner)
    for appointment in appointments:
        if appointment.pk in kept_by_appointment and not appointment.is_cancelled:
            follow_participants(appointment, calendars=(), now=now)
        record_event(appointment, AppointmentEvent.Kind.EDITED, actor=actor, now=now, reason=REASON)
        # Of a workshop that both had a seat in, one is free now.
        move_up(appointment, actor=actor, now=now)
    return {"participations": moved, "given_up": given_up}


def _as_it_was(participation):
    names = (
        "id",
        "appointment_id",
        "prescriber_id",
        "status",
        "seat",
        "answers",
        "notify_by_email",
        "notify_by_sms",
        "language",
    )
    row = {name: getattr(participation, name) for name in (*names, "is_removed")}
    moments = {name: getattr(participation, name) for name in ("created_at", "left_at", "waiting_since")}
    return row | {name: moment and moment.isoformat() for name, moment in moments.items()}


def _unite(kept, given_up):
    """One participation of two; the row of the winner stays."""
    better, other = sorted([kept, given_up], key=_how_little_is_held)
    kept.status, kept.language = better.status, better.language
    kept.left_at, kept.is_removed = better.left_at, better.is_removed
    kept.seat, kept.waiting_since = better.seat, _earlier_in_the_queue(better, other)
    kept.answers = _answers(better.answers, other.answers)
    kept.notify_by_email = kept.notify_by_email and given_up.notify_by_email
    kept.notify_by_sms = kept.notify_by_sms and given_up.notify_by_sms
    kept.prescriber_id = kept.prescriber_id or given_up.prescriber_id
    kept.created_at = min(kept.created_at, given_up.created_at)
    _hand_over_messages(kept, given_up)
    _hand_over_the_rest(kept, given_up)
    _keep_the_links(kept, given_up)
    # Before the one that is kept takes its seat.
    given_up.delete()
    kept.save(
        update_fields=[
            "status",
            "left_at",
            "is_removed",
            "seat",
            "waiting_since",
            "language",
            "answers",
            "notify_by_email",
            "notify_by_sms",
            "created_at",
            "prescriber",
        ]
    )


def _how_little_is_held(participation):
    return (
        participation.left_at is not None,
        participation.is_removed,
        participation.waiting_since is not None,
        _BETTER_FIRST.index(participation.status),
    )


def _earlier_in_the_queue(better, other):
    """Who waits under both names waits since the first of them."""
    if better.is_waiting and other.is_waiting:
        return min(better.waiting_since, other.waiting_since)
    return better.waiting_since


def _answers(first, second):
    """What the better one said, then what only the other was asked or had answered."""
    answered = {answer.get("question") for answer in first if answer.get("answer")}
    asked_twice = {answer.get("question") for answer in second if answer.get("answer")} - answered
    return [answer for answer in first if answer.get("question") not in asked_twice] + [
        answer for answer in second if answer.get("question") in asked_twice
    ]


def _hand_over_messages(kept, given_up):
    """All stay on the RDV's page. Of one that both got, the second is history: it counts for no rule, is not sent."""
    statuses = given_up.messages.model.Status
    told = {_told(message) for message in kept.messages.all()}
    for message in given_up.messages.order_by("pk"):
        own = given_up.messages.filter(pk=message.pk)
        if _told(message) in told:
            own.filter(status=statuses.QUEUED).update(status=statuses.DROPPED)
            own.update(participation=kept, event=None, lead_time=None)
        else:
            own.update(participation=kept)


def _told(message):
    """What no participation is told twice on one channel."""
    if message.event_id:
        return message.channel, message.event_id
    if message.lead_time is not None:
        return message.channel, message.appointment_starts_at, message.lead_time
    return message.pk


def _hand_over_the_rest(kept, given_up):
    """Rows of apps above that refer to a participation follow without being known here."""
    for relation in Participation._meta.related_objects:
        if relation.name not in ("messages", "former_ones"):
            name = relation.field.name
            relation.related_model._base_manager.filter(**{name: given_up}).update(**{name: kept})


def _keep_the_links(kept, given_up):
    """Those in messages sent for the one given up, and for the ones it had itself replaced, unless revoked since."""
    given_up.former_ones.filter(link_version=given_up.link_version).update(
        participation=kept, link_version=kept.link_version
    )
    FormerParticipation.objects.create(
        organization_id=kept.organization_id,
        former_id=given_up.pk,
        former_link_version=given_up.link_version,
        participation=kept,
        link_version=kept.link_version,
    )
