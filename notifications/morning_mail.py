"""A morning put into words: the mail that an agent reads before the first RDV."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from organizations.models import Motif
from scheduling.engine.phrases import format_day, format_end_time, format_time
from scheduling.engine.typography import NBSP, count, typeset

from .fields import merge_fields
from .models import Message
from .selectors.mornings import Morning
from .texts import Text


def morning_mail(morning: Morning) -> Text:
    """In French, with the clocks of each organization. No query."""
    with translation.override("fr"):
        parts = ["Bonjour,", _heading(morning)]
        parts += [_entry(appointment, morning) for appointment in morning.appointments]
        if morning.cancelled:
            since = f"depuis le {format_day(morning.since.astimezone(morning.territory.zone).date())} au soir"
            parts.append(f"Annulés {since} :")
            parts += [_entry(appointment, morning) for appointment in morning.cancelled]
        parts.append("\n".join(_reminders(morning)))
        parts.append(f"Ouvrir ma journée :\n{today_link(morning)}")
        parts.append("Ce résumé se règle dans « Mon compte », « Mes notifications ».")
    subject = f"Votre journée du {format_day(morning.day)} : {_number(morning)}"
    return Text(subject=typeset(subject), body=typeset("\n\n".join(filter(None, parts))))


def today_link(morning: Morning) -> str:
    """To « Aujourd'hui » in the organization, among theirs, that has the most of the day."""
    booked = [appointment.organization_id for appointment in morning.appointments]
    organization = max(morning.organizations, key=lambda each: booked.count(each.pk))
    return settings.SITE_URL + reverse("scheduling:today", args=[organization.slug])


def _number(morning):
    number = len(morning.appointments)
    return f"{number}{NBSP}rendez-vous" if number else "aucun rendez-vous"


def _heading(morning):
    if morning.appointments:
        text = f"Vos rendez-vous du {format_day(morning.day)}"
    else:
        text = f"Aucun rendez-vous dans votre agenda le {format_day(morning.day)}"
    closed = " (jour fermé)" if morning.is_closed else ""
    return f"{text}{closed}, {morning.territory} :" if morning.appointments else f"{text}{closed}, {morning.territory}."


def _entry(appointment, morning):
    """« 9 h – 9 h 30 : Camille USAGER (nouveau) », then the motif and where."""
    zone = appointment.organization.zone
    start, end = (moment.astimezone(zone).time() for moment in (appointment.starts_at, appointment.ends_at))
    who = f"{appointment.headline}, {appointment.people}" if appointment.is_collective else appointment.headline
    what = appointment.subject if not appointment.is_collective else appointment.motif.name
    where = [*_place(appointment), *([appointment.organization.name] if morning.is_of_several else [])]
    lines = [
        f"{format_time(start)} – {format_end_time(end)} : {who}{_mark(appointment, morning)}",
        ", ".join(filter(None, [f"{what} – {appointment.option}" if appointment.option else what, *where])),
    ]
    return "\n".join(lines)


def _place(appointment):
    """The name of a place that the agent knows; the number to call, or where to go, elsewhere."""
    fields = merge_fields(appointment, beneficiaries=(), calendars=(), channel=Message.Channel.EMAIL, link="")
    is_known = appointment.motif.location_kind == Motif.LocationKind.ON_SITE and appointment.location
    return [fields["lieu"]] if is_known else [fields["lieu"], fields["adresse"]]


def _mark(appointment, morning):
    """What the agent may not have seen last evening."""
    if appointment.is_cancelled:
        return ""
    if appointment.created_at >= morning.since:
        return " (nouveau)"
    return " (déplacé ou repris)" if appointment.placed_at >= morning.since else ""


def _reminders(morning):
    if morning.awaiting:
        yield f"{morning.awaiting}{NBSP}RDV des jours passés à renseigner."
    if morning.unsettled:
        yield f"{count(morning.unsettled, 'conflit', 'conflits')} à régler dans votre agenda."
