"""Texts of messages: written, taken back, restored. Each version stays readable."""

from datetime import datetime

from django.db import transaction

from ..exceptions import TextChanged, TextRefused
from ..fields import faults_of
from ..levels import Level
from ..merge_syntax import clean_line, clean_text
from ..models import Message, MessageText
from .levels import lock_level

FRENCH = MessageText.Language.FRENCH


@transaction.atomic
def write_text(
    *,
    level: Level,
    kind: str,
    channel: str,
    language: str = FRENCH,
    subject: str,
    body: str,
    seen: int | None,
    agent,
    now: datetime,
) -> MessageText:
    """Put the text in force at this level in that language; the one before stays in the history.

    The same text once more does nothing. `seen` is the id of the version that the writer had before their eyes, None
    where there was none. Requests for one level queue. Four queries.

    Raises TextChanged when another one is in force meanwhile; TextRefused for a text that is empty or names a field
    that does not exist here.
    """
    subject = clean_line(subject) if channel == Message.Channel.EMAIL else ""
    body = clean_text(body)
    _check(kind, channel, subject, body)
    current = _lock_current(level, kind, channel, language)
    if current and (current.subject, current.body) == (subject, body):
        return current
    _withdraw(current, seen, agent, now)
    return MessageText.objects.create(
        **level.columns,
        kind=kind,
        channel=channel,
        language=language,
        subject=subject,
        body=body,
        written_at=now,
        written_by=agent,
    )


@transaction.atomic
def withdraw_text(
    *, level: Level, kind: str, channel: str, language: str = FRENCH, seen: int | None, agent, now: datetime
) -> None:
    """Let the level above speak again, in the end the default. Nothing to do where this level has no text in that
    language. Three queries.

    Raises TextChanged as `write_text` does.
    """
    if current := _lock_current(level, kind, channel, language):
        _withdraw(current, seen, agent, now)


@transaction.atomic
def restore_text(*, level: Level, version: MessageText, seen: int | None, agent, now: datetime) -> MessageText:
    """Put an older version of this level in force again, as a new one.

    Raises TextChanged and TextRefused as `write_text` does.
    """
    return write_text(
        level=level,
        kind=version.kind,
        channel=version.channel,
        language=version.language,
        subject=version.subject,
        body=version.body,
        seen=seen,
        agent=agent,
        now=now,
    )


def _check(kind, channel, subject, body):
    if not body or (channel == Message.Channel.EMAIL and not subject):
        raise TextRefused
    for text in (subject, body):
        if faults := faults_of(text, kind=kind, channel=channel):
            raise TextRefused(f"{faults[0].written}\N{NO-BREAK SPACE}: {faults[0].reason}.")


def _lock_current(level, kind, channel, language):
    """The text in force at the level, once nobody else writes there."""
    lock_level(level=level)
    rows = MessageText.objects.in_force().filter(**level.columns, kind=kind, channel=channel, language=language)
    return rows.order_by("pk").first()


def _withdraw(current, seen, agent, now):
    if (current.pk if current else None) != seen:
        raise TextChanged
    if current:
        current.withdrawn_at, current.withdrawn_by = now, agent
        current.save(update_fields=["withdrawn_at", "withdrawn_by"])
