"""A week of slots for an appointment that exists: to move it, or to have another one like it."""

from datetime import timedelta
from urllib.parse import urlencode

from django.urls import reverse

from organizations.models import Location

from ..engine.typography import enumerate_words
from ..engine.wall_clock import local_day
from ..models import Calendar
from ..selectors.moves import ONE_WEEK, monday_of, moves_of_week, named, next_week_with_slots
from .appointments import parents_of
from .days import day_in
from .returning import return_address


def week_context(request, appointment, now, *, page, first_day, chosen=None, refused="", nearest=()):
    """What `_slot_week.html` shows. The slots lead to `page` (a URL name); `first_day` is in the first week shown."""
    zone = request.organization.zone
    monday = monday_of(day_in(request.GET.get("semaine", ""), first_day))
    this_week = monday_of(local_day(now, zone))
    moves = moves_of_week(appointment, membership=request.membership, monday=monday, now=now)
    calendars = Calendar.objects.visible_to(request.membership).for_display().in_bulk()
    back = return_address(request, "")
    slots = [*nearest, *(move.slot for of_day in moves.values() for move in of_day)]
    places = Location.objects.visible_to(request.membership).in_bulk({slot.location_id for slot in slots})
    address = reverse(page, args=[appointment.organization.slug, appointment.pk])
    return {
        "appointment": appointment,
        "parents": parents_of(appointment),
        "back": back,
        "carried": f"&{urlencode({'next': back})}" if back else "",
        "chosen": chosen.cleaned_data if chosen is not None and chosen.is_valid() else None,
        "days": [
            {"day": day, "groups": _groups(appointment, of_day, places, back, address)}
            for day, of_day in sorted(moves.items())
        ],
        "monday": monday,
        "sunday": monday + ONE_WEEK - timedelta(days=1),
        "previous_week": monday - ONE_WEEK if monday > this_week else None,
        "next_week": monday + ONE_WEEK,
        "week_with_slots": None
        if moves
        else next_week_with_slots(appointment, membership=request.membership, after=now, now=now),
        "refused": refused,
        "with_whom": _with_whom(appointment, chosen),
        "nearest": [_slot(appointment, move, places, back, address) for move in named(nearest, appointment, calendars)],
    }


def _with_whom(appointment, chosen):
    """Those who will be there: one of several calendars keeps them all."""
    own = [str(calendar) for calendar in appointment.calendars.all()]
    if len(own) > 1 or chosen is None or not chosen.is_valid():
        return enumerate_words(own)
    return str(chosen.cleaned_data["calendar"])


def _groups(appointment, moves, places, back, address):
    own = [move for move in moves if move.is_same_calendar]
    others = [move for move in moves if not move.is_same_calendar]
    groups = []
    if own:
        groups.append(
            {
                "label": enumerate_words([calendar.name for calendar in appointment.calendars.all()]),
                "slots": [_slot(appointment, move, places, back, address) for move in own],
            }
        )
    if others:
        groups.append(
            {"label": "Autres agendas", "slots": [_slot(appointment, move, places, back, address) for move in others]}
        )
    return groups


def _slot(appointment, move, places, back, address):
    slot = move.slot
    notes = [] if move.is_same_calendar else [move.calendar.name]
    if slot.location_id != appointment.location_id and slot.location_id in places:
        notes.append(places[slot.location_id].name)
    chosen = {
        "starts_at": slot.starts_at.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "location": slot.location_id or "",
        "calendar": slot.calendar_id,
    } | ({"next": back} if back else {})
    return {"starts_at": slot.starts_at, "url": f"{address}?{urlencode(chosen)}", "note": ", ".join(notes)}
