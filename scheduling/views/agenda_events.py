"""The events of the grid. Its clock knows no zones: times are written as the organization's clocks show them."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.urls import reverse

from ..engine.phrases import format_day, format_end_time, format_time
from ..engine.typography import NBSP
from ..models import AppointmentStatus, VisitStage
from ..selectors.agenda import ONE_DAY, Agenda

_LABELS = (
    dict(AppointmentStatus.choices)
    | {"upcoming": "à venir", "awaiting_outcome": "à renseigner"}
    | dict(VisitStage.choices)
)

_ICONS = {
    "upcoming": "calendar-event",
    "awaiting_outcome": "question-circle-fill",
    "fulfilled": "check-circle-fill",
    "no_show": "person-x",
    "cancelled_by_citizen": "x-circle",
    "cancelled_by_agent": "slash-circle",
    "unscheduled": "calendar-x",
    "arrived": "person-check",
    "in_progress": "play-circle",
    "done": "check-lg",
}


def events_of(agenda: Agenda, *, now: datetime, movable_on: Collection[int] = ()) -> list[dict]:
    """The appointments know what stands against them (`mark_unsettled`). Those may be dragged all of whose calendars
    are `movable_on`.
    """
    everybody = [calendar.pk for calendar in agenda.calendars]
    return [
        *(_closed(day, reasons, everybody) for day, reasons in sorted(agenda.closed.items())),
        *(_background(block, "is-opening", agenda) for block in agenda.openings),
        *(_background(block, "is-unavailability", agenda) for block in agenda.unavailabilities),
        *(_busy(block, agenda) for block in agenda.busy),
        *(_appointment(appointment, agenda, now, movable_on) for appointment in agenda.appointments),
    ]


def _appointment(appointment, agenda, now, movable_on):
    status = appointment.standing_at(now)
    calendars = agenda.calendars_of(appointment)
    people = appointment.headline
    # The title of a workshop says what it is: how full it is, is what one wants to know.
    what = appointment.people if appointment.is_collective else appointment.subject
    names = ", ".join(calendar.name for calendar in calendars)
    place = appointment.location.name if appointment.location else appointment.motif.get_location_kind_display()
    times = _times(appointment, agenda.zone)
    state, classes = _LABELS[status], ["is-appointment", f"status-{status}"]
    if appointment.unsettled:
        state = f"à régler ({', '.join(appointment.unsettled)})"
        classes.append("is-unsettled")
    if appointment.is_walk_in:
        state = f"sans RDV, {state}"
    is_ours = all(calendar.pk in movable_on for calendar in appointment.calendars.all())
    is_going_on = appointment.status == AppointmentStatus.BOOKED and appointment.ends_at > now
    label = f"{_day_and_hours(times)}, {people}, {what}, {place}, {names}{NBSP}: {state}"
    return {
        "id": f"rdv-{appointment.pk}",
        "resourceIds": [calendar.pk for calendar in calendars],
        **_written(times),
        "title": people,
        "classNames": classes,
        "backgroundColor": appointment.motif.color,
        "startEditable": is_ours and appointment.is_movable(now),
        "durationEditable": is_ours and is_going_on,
        "extendedProps": {
            "url": _address(appointment, "appointment_detail"),
            "glance": _address(appointment, "appointment_glance"),
            "drag": _address(appointment, "appointment_drag"),
            "sequence": appointment.ics_sequence,
            "hours": _hours(times),
            "motif": what,
            "place": place,
            "calendars": names,
            "icon": "exclamation-triangle" if appointment.unsettled else _ICONS[status],
            "status": state,
            "label": label,
        },
    }


def _address(appointment, name):
    return reverse(f"scheduling:{name}", args=[appointment.organization.slug, appointment.pk])


def _busy(block, agenda):
    times = _times(block, agenda.zone)
    return {
        "id": f"occupe-{block.calendar.pk}-{times[0]:%Y%m%d%H%M}",
        "resourceIds": [block.calendar.pk],
        **_written(times),
        "title": block.title,
        "classNames": ["is-busy"],
        "extendedProps": {
            "hours": _hours(times),
            "calendars": block.calendar.name,
            "label": f"{_day_and_hours(times)}, {block.calendar.name}{NBSP}: {block.title.lower()}",
        },
    }


def _background(block, kind, agenda):
    return {
        "resourceIds": [block.calendar.pk],
        **_written(_times(block, agenda.zone)),
        "title": "" if kind == "is-opening" else block.title,
        "display": "background",
        "classNames": [kind],
        "extendedProps": {"calendars": block.calendar.name},
    }


def _closed(day, reasons, calendars):
    return {
        "resourceIds": calendars,
        "start": f"{day}T00:00:00",
        "end": f"{day + ONE_DAY}T00:00:00",
        "title": ", ".join(reasons),
        "display": "background",
        "classNames": ["is-closed"],
        "extendedProps": {"calendars": ""},
    }


def _times(item, zone):
    """Start and end by the clocks; where they go back meanwhile, the end is as far off as it really is."""
    start, end = (moment.astimezone(zone).replace(tzinfo=None, fold=0) for moment in (item.starts_at, item.ends_at))
    if end <= start:
        end = start + (item.ends_at - item.starts_at)
    return start, max(end, start + timedelta(minutes=5))


def _written(times):
    start, end = times
    return {"start": start.isoformat(timespec="seconds"), "end": end.isoformat(timespec="seconds")}


def _day_and_hours(times):
    return f"{format_day(times[0].date()).rsplit(' ', 1)[0]}, {_hours(times)}"


def _hours(times):
    start, end = times
    return f"{format_time(start.time())} – {format_end_time(end.time())}"
