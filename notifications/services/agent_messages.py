"""What agents are told of their calendars, as far as each of them wants it.

Of a workshop, who registers or gives up by themselves is told, one mail each; what colleagues do with its list, and the
queue, are not: a dozen registrations at a counter would be a dozen mails. Its page and the morning's summary have them.
"""

from collections.abc import Iterator

from organizations.models import Agent
from scheduling.engine.typography import NBSP
from scheduling.engine.wall_clock import local_day
from scheduling.models import Appointment, AppointmentEvent, Calendar, CreatedBy

from .. import agent_texts as texts
from ..agent_texts import News
from ..links import appointment_url
from ..models import Message
from .prescriber_messages import prescribed_by
from .writing import written_message

Event = AppointmentEvent.Kind

# What of an appointment says where it is: its place, the number to call, the link of the visio.
WHERE = {"location", "address", "phone", "video_url"}

_NEWS = {
    Event.BOOKED: texts.BOOKED,
    Event.RESUMED: texts.RESUMED,
    Event.MOVED: texts.MOVED,
    Event.UNSCHEDULED: texts.UNSCHEDULED,
    Event.CANCELLED_BY_CITIZEN: texts.CANCELLED_BY_CITIZEN,
    Event.CANCELLED_BY_AGENT: texts.CANCELLED_BY_AGENT,
}
_NEWS_OF_A_PERSON = {
    Event.PARTICIPANT_ADDED: texts.PERSON_JOINED,
    Event.PARTICIPANT_REMOVED: texts.PERSON_LEFT,
    Event.CANCELLED_BY_CITIZEN: texts.PERSON_LEFT,
    Event.CANCELLED_BY_AGENT: texts.PERSON_LEFT,
}


def agent_messages(event: AppointmentEvent, *, appointment: Appointment) -> list[Message]:
    """One unsaved mail to each agent whose time it is, or no longer is, and who wants to be told.

    No query when the appointment comes from `with_what_messages_show`, but one where agents lost it.
    """
    return [
        _message(event, appointment, agent, news)
        for agent, news in _concerned(event, appointment)
        if agent.is_active and _wants(agent, event, appointment)
    ]


def tells_place(event: AppointmentEvent) -> bool:
    """The `phone` of one person is where their messages go, and is told otherwise (`contact_changes.py`)."""
    return event.participation_id is None and any(change["field"] in WHERE for change in event.changes)


def changes_calendars(event: AppointmentEvent) -> bool:
    return bool(_calendars(event, "added") or _calendars(event, "removed"))


def _calendars(event, which) -> set[int]:
    return {pk for change in event.changes for pk in change.get(which, ())}


def _concerned(event, appointment) -> Iterator[tuple[Agent, News]]:
    if event.participation_id is not None:
        news, joined = _news_of_a_person(event, appointment), set()
    else:
        news, joined = _news(event), _calendars(event, "added")
    for calendar in appointment.calendars.all():
        told = texts.JOINED if calendar.pk in joined else news
        if calendar.agent and told:
            yield calendar.agent, told
    if lost := _calendars(event, "removed"):
        of_agents = Calendar.objects.filter(pk__in=lost, agent__isnull=False)
        for calendar in of_agents.select_related("agent").order_by("pk"):
            yield calendar.agent, texts.LOST


def _news(event) -> News | None:
    if event.kind == Event.EDITED:
        return texts.EDITED if tells_place(event) else None
    return _NEWS.get(event.kind)


def _news_of_a_person(event, appointment) -> News | None:
    is_of_the_queue = event.participation.waiting_since is not None
    if appointment.is_collective and (is_of_the_queue or event.actor_kind == CreatedBy.AGENT):
        return None
    return _NEWS_OF_A_PERSON.get(event.kind)


def _wants(agent, event, appointment) -> bool:
    """`SOON`: others' acts on what is, or was, today or tomorrow by the organization's clocks."""
    wanted = agent.notified_of
    if wanted == Agent.NotifiedOf.NONE or (event.actor_id == agent.pk and wanted != Agent.NotifiedOf.ALL):
        return False
    if wanted != Agent.NotifiedOf.SOON:
        return True
    zone = appointment.organization.zone
    today = local_day(event.at, zone)
    starts = filter(None, [appointment.starts_at, event.previous_starts_at])
    return any(0 <= (local_day(start, zone) - today).days <= 1 for start in starts)


def _message(event, appointment, agent, news):
    previous = event.previous_starts_at
    if news is texts.LOST:
        previous = previous or appointment.starts_at
    return written_message(
        appointment,
        kind=news.kind,
        text=news.text,
        audience=Message.Audience.AGENT,
        channel=Message.Channel.EMAIL,
        recipient=agent.email,
        now=event.at,
        language="fr",
        link=appointment_url(appointment) if news.is_still_theirs else "",
        beneficiaries=_beneficiaries(event, appointment),
        previous_starts_at=previous,
        more_fields={
            "auteur": _author(event, appointment, agent),
            "raison": f"Raison{NBSP}: {event.reason}" if event.reason and event.kind != Event.MOVED else "",
            "changements": "\n".join(_change(each) for each in event.changes),
            "inscrits": appointment.people if appointment.is_collective else "",
        },
        agent=agent,
    )


def _author(event, appointment, agent):
    """Who did it, seen by the agent who is told."""
    if event.actor_id == agent.pk:
        return "vous-même"
    if prescribed := prescribed_by(event, appointment=appointment):
        return prescribed[0].prescriber.introduced
    return str(event.actor or event.get_actor_kind_display())


def _change(change):
    """« Téléphone à appeler : 03 21 00 00 00 → 06 12 34 56 78 »"""
    return f"{change['label']}{NBSP}: {change['before'] or 'rien'} → {change['after'] or 'rien'}"


def _beneficiaries(event, appointment):
    """Whom it happened to; of a workshop as a whole nobody: they come and go, and are a page of their own."""
    if event.participation_id is not None:
        return [each.citizen for each in appointment.participations.all() if each.pk == event.participation_id]
    return [] if appointment.is_collective else [each.citizen for each in appointment.taking_part]
