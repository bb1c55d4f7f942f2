"""What templates say about an appointment."""

from django import template
from phonenumber_field.phonenumber import to_python

from ..engine.phrases import describe_wishes
from ..engine.typography import NBSP
from ..models import AppointmentEvent
from .french_times import french_moment

register = template.Library()

_HOME_CODE = 33

Kind = AppointmentEvent.Kind

_IN_WORDS = {
    Kind.BOOKED: "Rendez-vous pris",
    Kind.CANCELLED_BY_CITIZEN: "Annulé à la demande de l'usager",
    Kind.CANCELLED_BY_AGENT: "Annulé par le service",
}


@register.filter
def status_at(appointment, now):
    """The status for `components/status_badge.html`."""
    return appointment.status_at(now)


@register.filter
def standing_at(appointment, now):
    """Likewise, with how far the visit is on its day."""
    return appointment.standing_at(now)


@register.filter
def is_late(appointment, now):
    return appointment.is_late(now)


@register.filter
def contact(recipient):
    """An e-mail address as it is; a number as people of its country write it."""
    number = to_python(recipient) if recipient.startswith("+") else None
    if not number or not number.is_valid():
        return recipient
    return number.as_national if number.country_code == _HOME_CODE else number.as_international


@register.filter
def wishes_in_words(wait):
    """« lundis et mercredis, le matin, pas avant le 4 mars 2026 », of an `EarlierSlotRequest`."""
    return describe_wishes(wait.wishes)


@register.filter
def is_open_at(offer, now):
    return offer.is_open_at(now)


@register.filter
def offer_state_at(offer, now):
    return offer.state_at(now).label


@register.filter
def event_title(event):
    """What happened, in words, and to whom if not to all. No query when both are loaded."""
    title = _IN_WORDS.get(event.kind) or event.get_kind_display().capitalize()
    if event.kind == Kind.BOOKED and event.appointment.is_walk_in:
        title = "Venu sans rendez-vous"
    if event.kind == Kind.MOVED and event.previous_starts_at:
        title += f"{NBSP}: il était le {french_moment(event.previous_starts_at)}"
    return f"{title}{NBSP}: {event.participation.citizen}" if event.participation else title
