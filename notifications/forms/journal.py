"""What the address of the journal of messages asks for, and what its filters offer."""

from datetime import date, timedelta

from django.http import QueryDict

from organizations.addresses import day_in, id_in, words_in

from ..models import Message
from ..selectors.journal import STATES, JournalFilter

LONGEST_WORDS = 200
USUAL_DAYS = 30

# Those of accounts belong to no territory.
KINDS = [(kind, label) for kind, label in Message.Kind.choices if kind != Message.Kind.ACCOUNT]
# A code belongs to no organization.
KINDS_OF_ORGANIZATIONS = [(kind, label) for kind, label in KINDS if kind != Message.Kind.CODE]


def filter_in(parameters: QueryDict, *, today: date) -> JournalFilter:
    """`?du=2026-03-02&au=&evenement=reminder&canal=sms&etat=failed&organisation=4&q=dupont`.

    What cannot be read filters nothing. An address that names no days is about the last USUAL_DAYS; `du=` alone is
    about everything.
    """
    first_day = day_in(parameters.get("du", ""))
    if not {"du", "au"} & set(parameters):
        first_day = today - timedelta(days=USUAL_DAYS - 1)
    return JournalFilter(
        first_day=first_day,
        last_day=day_in(parameters.get("au", "")),
        kind=_one_of(Message.Kind.values, parameters.get("evenement", "")),
        channel=_one_of(Message.Channel.values, parameters.get("canal", "")),
        state=_one_of(STATES, parameters.get("etat", "")),
        organization=id_in(parameters.get("organisation", "")),
        words=words_in(parameters)[:LONGEST_WORDS],
    )


def periods_until(today: date) -> list[tuple[str, date | None, date | None]]:
    """What one presses to be shown other days."""
    week, month = (today - timedelta(days=days - 1) for days in (7, USUAL_DAYS))
    return [
        ("Aujourd'hui", today, today),
        ("7 jours", week, None),
        (f"{USUAL_DAYS} jours", month, None),
        ("Tout", None, None),
    ]


def _one_of(values, text):
    return text if text in values else ""
