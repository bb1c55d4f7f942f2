"""What an agent should know before they save an unavailability, and may confirm all the same."""

from datetime import date, datetime

from ..engine.phrases import format_day
from ..engine.typography import NBSP
from ..engine.wall_clock import local_day
from ..models import Unavailability
from .opening_warnings import first_day_past


def unavailability_warnings(
    draft: Unavailability, *, now: datetime, first_day_before: date | None = None, is_untouched: bool = False
) -> list[str]:
    """Sentences in French; `is_untouched` says that nobody typed when it ends or begins. No query."""
    today = local_day(now, draft.organization.zone)
    return [*first_day_past(draft, today, first_day_before), *_whole_days(draft, is_untouched)]


def _whole_days(draft, is_untouched):
    if not is_untouched:
        return
    if draft.is_recurring:
        yield f"Aucune heure n'est donnée{NBSP}: chaque fois, toute la journée sera bloquée."
    else:
        yield f"Toute la journée du {format_day(draft.first_day)} sera bloquée{NBSP}: aucune heure n'est donnée."
