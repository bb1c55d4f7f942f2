"""What an agent should know before they save an opening, and may confirm all the same."""

from datetime import date, datetime, time, timedelta

from ..engine.delays import describe_duration
from ..engine.openings import first_crossing
from ..engine.phrases import describe_occasion, format_day
from ..engine.typography import NBSP, enumerate_words, quote
from ..engine.wall_clock import MIDNIGHT, local_day
from ..models import Opening
from .opening_days import closed_day_reasons_of

# How far ahead crossings and closed days are looked for.
LOOK_AHEAD = timedelta(days=2 * 366)
REASONS_TOLD = 3


def opening_warnings(
    draft: Opening, motifs, *, now: datetime, first_day_before: date | None = None, beside: Opening | None = None
) -> list[str]:
    """Sentences in French; none when there is nothing to say. `first_day_before` is the one stored, if any.

    `beside` is the series as it stays when `draft` is a part of it. Three queries at most. A draft without calendar
    is for a desk still to be made: nothing stands there.
    """
    today = local_day(now, draft.organization.zone)
    return [
        *first_day_past(draft, today, first_day_before),
        *(_crossings(draft, today, beside) if draft.calendar_id else ()),
        *_longer_motifs(draft, motifs),
        *_closed(draft, today),
        *(_not_served(draft, motifs) if draft.calendar_id else ()),
    ]


def first_day_past(draft, today, first_day_before):
    if draft.first_day < today and draft.first_day != first_day_before:
        yield f"Le premier jour, {format_day(draft.first_day)}, est passé."


def _crossings(draft, today, beside):
    others = (
        Opening.objects.filter(calendar=draft.calendar)
        .exclude(pk=draft.pk)
        .touching(max(draft.first_day, today), date.max)
        .select_related("organization__territory")
        .order_by("first_day", "pk")
    )
    for stored in others:
        other = beside if beside and stored.pk == beside.pk else stored
        first_day = max(draft.first_day, other.first_day, today)
        day = first_crossing(draft.rule, other.rule, first_day, first_day + LOOK_AHEAD)
        if day is not None:
            yield f"Elle chevauche {_name(other, draft)}, pour la première fois le {format_day(day)}."


def _name(other, draft):
    if other.organization_id != draft.organization_id:
        return "une plage d'une autre organisation"
    sentence = describe_occasion(other.recurrence, other.start_time, other.end_time)
    sentence = sentence[0].lower() + sentence[1:]
    return f"la plage {quote(other.title)} ({sentence})" if other.title else f"une autre plage ({sentence})"


def _longer_motifs(draft, motifs):
    length = _since_midnight(draft.end_time, is_end=True) - _since_midnight(draft.start_time)
    for motif in motifs:
        if motif.duration > length:
            yield (
                f"Le motif {quote(motif.name)} dure {describe_duration(motif.duration)}, plus que la plage"
                f" ({describe_duration(length)}){NBSP}: elle ne lui donnera aucun créneau."
            )


def _since_midnight(wall: time, *, is_end=False) -> timedelta:
    if is_end and wall == MIDNIGHT:
        return timedelta(days=1)
    return timedelta(hours=wall.hour, minutes=wall.minute)


def _closed(draft, today):
    first_day = max(draft.first_day, today)
    days = list(draft.recurrence.days(first_day, first_day + LOOK_AHEAD))
    if not days:
        return
    organization = draft.organization
    reasons = closed_day_reasons_of([organization], first_day=days[0], last_day=days[-1])[organization.pk]
    if any(day not in reasons for day in days):
        return
    # One reason for each day is enough: a Sunday is a Sunday, holiday or not.
    told = enumerate_words(list(dict.fromkeys(reasons[day][0] for day in days))[:REASONS_TOLD])
    which = f"Le {format_day(days[0])} est fermé" if len(days) == 1 else "Tous ses jours sont fermés"
    yield f"{which} ({told}){NBSP}: elle n'aura aucun créneau."


def _not_served(draft, motifs):
    desk = draft.calendar.desk
    if desk is None:
        return
    served = {motif.pk for motif in desk.motifs.all()}
    for motif in motifs:
        if served and motif.pk not in served:
            yield f"Le guichet {quote(desk.name)} ne sert pas le motif {quote(motif.name)}."
