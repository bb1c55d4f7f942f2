"""How one participant is told of an appointment, and what they answered."""

from datetime import datetime

from django.db import transaction

from ..exceptions import AppointmentNotChangeable
from ..models import AppointmentEvent, Participation
from .actors import Actor
from .events import record_event
from .locks import lock_appointment, participation_of

_SWITCHES = {"notify_by_email": "Prévenir par e-mail", "notify_by_sms": "Prévenir par SMS"}


@transaction.atomic
def edit_participation(
    *,
    participation: Participation,
    notify_by_email: bool,
    notify_by_sms: bool,
    answers: list[dict],
    actor: Actor,
    now: datetime,
) -> Participation:
    """Change the switches of one person for this appointment, and their answers. The same again changes nothing.

    The history says from what to what. Raises AppointmentNotChangeable when the person was taken away meanwhile.
    """
    appointment, _ = lock_appointment(participation.appointment)
    participation = participation_of(appointment, participation)
    if participation.is_removed:
        raise AppointmentNotChangeable("Cette personne a été retirée de ce rendez-vous.")
    wanted = {"notify_by_email": notify_by_email, "notify_by_sms": notify_by_sms}
    changes = [
        {"field": name, "label": label, "before": _yes_or_no(getattr(participation, name)), "after": _yes_or_no(value)}
        for name, label in _SWITCHES.items()
        if getattr(participation, name) != (value := wanted[name])
    ]
    changes += _changed_answers(participation.answers, answers)
    if not changes:
        return participation
    participation.notify_by_email, participation.notify_by_sms = notify_by_email, notify_by_sms
    participation.answers = answers
    participation.save(update_fields=["notify_by_email", "notify_by_sms", "answers"])
    record_event(
        appointment,
        AppointmentEvent.Kind.EDITED,
        participation=participation,
        actor=actor,
        now=now,
        changes=changes,
    )
    return participation


def _yes_or_no(value):
    return "oui" if value else "non"


def _changed_answers(before, after):
    before = {answer.get("question"): answer.get("answer") or "" for answer in before}
    after = {answer.get("question"): answer.get("answer") or "" for answer in after}
    return [
        {
            "field": "answers",
            "label": question,
            "before": before.get(question, ""),
            "after": after.get(question, ""),
        }
        for question in dict.fromkeys([*before, *after])
        if before.get(question, "") != after.get(question, "")
    ]
