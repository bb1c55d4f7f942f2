"""The history of appointments, and the one signal that tells the other apps."""

from collections.abc import Collection

from ..engine.typography import enumerate_words
from ..models import Appointment, AppointmentEvent, Calendar, Participation
from ..signals import appointment_event_recorded
from .actors import Actor


def record_event(
    appointment: Appointment,
    kind: str,
    *,
    actor: Actor,
    now,
    participation: Participation | None = None,
    previous_starts_at=None,
    reason="",
    changes=(),
) -> AppointmentEvent:
    """Append to the history and tell the other apps, in the caller's transaction. One query, and theirs.

    With `participation`, it happened to this person alone, and no other participant is told.
    """
    event = AppointmentEvent.objects.create(
        organization_id=appointment.organization_id,
        appointment=appointment,
        kind=kind,
        participation=participation,
        at=now,
        actor_kind=actor.kind,
        actor=actor.agent,
        previous_starts_at=previous_starts_at,
        reason=reason,
        changes=list(changes),
    )
    appointment_event_recorded.send(sender=AppointmentEvent, event=event)
    return event


def calendars_change(*, before: Collection[int], after: Collection[int]) -> list[dict]:
    """As the history writes it, with the ids that came and went, for whoever tells their agents. One query, or none."""
    before, after = set(before), set(after)
    if before == after:
        return []
    names = {each.pk: str(each) for each in Calendar.objects.filter(pk__in=before | after).for_display()}
    return [
        {
            "field": "calendars",
            "label": "Agendas",
            "before": enumerate_words([name for pk, name in names.items() if pk in before]),
            "after": enumerate_words([name for pk, name in names.items() if pk in after]),
            "added": sorted(after - before),
            "removed": sorted(before - after),
        }
    ]
