"""What agents read beside a box that would tell somebody by SMS."""

from django.utils import timezone

from ..engine.typography import NBSP


def say_stopped(field, person) -> None:
    """That this person (a citizen or a participation) answered STOP, if they did. One query, none without a phone."""
    if person.sms_stopped_at:
        day = timezone.localtime(person.sms_stopped_at)
        field.help_text = f"A répondu STOP le {day:%d/%m/%Y}{NBSP}: aucun SMS ne part."
