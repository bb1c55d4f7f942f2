"""The merge fields: what `{0}` … `{7}`, or their names, stand for in one message."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import formats, translation
from django.utils.translation import gettext

from organizations.models import Motif
from scheduling.engine.delays import describe_duration
from scheduling.engine.phrases import format_day, format_english_time, format_time
from scheduling.engine.typography import NBSP
from scheduling.models import Appointment

from .merge_syntax import Fault, find_faults
from .models import Message

# The digits that administrators of other products know, and the names that mean the same.
NAMES = {
    "0": "beneficiaire",
    "1": "date",
    "2": "guichet",
    "3": "lieu",
    "4": "adresse",
    "5": "type_guichet",
    "6": "duree",
    "7": "ancienne_date",
}

# What each field is called where texts are written: the eight of the digits first, in their order.
LABELS = {
    "beneficiaire": "Bénéficiaire",
    "date": "Date du rendez-vous",
    "guichet": "Nom du guichet ou de l'agent",
    "lieu": "Nom du lieu de rendez-vous",
    "adresse": "Lieu de rendez-vous (adresse)",
    "type_guichet": "Nom du type de guichet",
    "duree": "Durée du rendez-vous",
    "ancienne_date": "Précédente date du rendez-vous",
    "limite": "Jour et heure limites pour répondre",
    "lien": "Lien pour voir, déplacer ou annuler",
    "instructions": "Instructions du motif",
    "motif": "Motif et option",
    "organisation": "Nom de l'organisation",
    "telephone": "Téléphone de l'organisation",
    "contact": "Téléphone et e-mail de l'organisation",
}


def fields_of(kind: str, *, channel: str) -> dict[str, str]:
    """Labels of the fields that a text of this event may hold on this channel, by name.

    A previous date exists where the date changes only, or could; a time to answer of an offer. An SMS never names the
    motif.
    """
    missing = set() if kind in (Message.Kind.MOVED, Message.Kind.EARLIER_SLOT) else {"ancienne_date"}
    if kind != Message.Kind.EARLIER_SLOT:
        missing.add("limite")
    if channel == Message.Channel.SMS:
        missing.add("motif")
    return {name: label for name, label in LABELS.items() if name not in missing}


def faults_of(text: str, *, kind: str, channel: str) -> list[Fault]:
    """What in a text of this event on this channel looks like a field and is none."""
    known = fields_of(kind, channel=channel)
    elsewhere = {
        "ancienne_date": "ce champ n'existe que pour un changement de date",
        "limite": "ce champ n'existe que pour un créneau plus tôt proposé",
        "motif": "un SMS ne nomme pas le motif : tout le monde peut le lire",
    }
    reasons = {name: reason for name, reason in elsewhere.items() if name not in known}
    reasons |= {digit: reasons[name] for digit, name in NAMES.items() if name in reasons}
    digits = {digit for digit, name in NAMES.items() if name in known}
    return find_faults(text, known=known.keys() | digits, elsewhere=reasons)


def merge_fields(
    appointment: Appointment,
    *,
    beneficiaries: Iterable,
    calendars: Iterable,
    channel: str,
    link: str,
    previous_starts_at: datetime | None = None,
    answer_by: datetime | None = None,
) -> dict[str, str]:
    """Value of each field, by digit and by name, in the active language and the organization's time.

    `answer_by` is of an offer. `{7}` is empty where there is no previous date. No query when motif, option, location,
    organization with its territory, and the calendars' agents and desks are loaded.
    """
    calendars = list(calendars)
    organization = appointment.organization
    place, address = _place(appointment)
    moment = _short_moment if channel == Message.Channel.SMS else format_moment
    named = {
        "beneficiaire": ", ".join(str(citizen) for citizen in beneficiaries),
        "date": moment(appointment.starts_at, organization.zone),
        "guichet": ", ".join(calendar.name for calendar in calendars),
        "lieu": place,
        "adresse": address,
        "type_guichet": ", ".join({calendar.desk.kind: None for calendar in calendars if calendar.desk}),
        "duree": describe_duration(appointment.ends_at - appointment.starts_at),
        "ancienne_date": moment(previous_starts_at, organization.zone) if previous_starts_at else "",
        "limite": _limit(answer_by.astimezone(organization.zone), channel) if answer_by else "",
        "lien": link,
        "instructions": appointment.motif.instructions_after.strip(),
        # An SMS never names the motif, whatever its text asks for.
        "motif": "" if channel == Message.Channel.SMS else _motif(appointment),
        "organisation": organization.name,
        "telephone": organization.phone.as_national if organization.phone else "",
    }
    named["contact"] = ", ".join(filter(None, [named["telephone"], organization.email]))
    return named | {digit: named[name] for digit, name in NAMES.items()}


def format_moment(instant: datetime, zone) -> str:
    """« lundi 2 mars 2026 à 9 h 30 », "Monday 2 March 2026 at 9:30 am"."""
    local = instant.astimezone(zone)
    return _with_time(_day(local), local)


def _short_moment(instant, zone):
    """Without the year."""
    local = instant.astimezone(zone)
    return _with_time(_day(local).rsplit(" ", 1)[0], local)


def _day(local):
    return format_day(local.date()) if _in_french() else formats.date_format(local.date(), "l j F Y")


def _limit(local, channel):
    """An SMS arrives on the day itself: the time is enough."""
    return _time(local) if channel == Message.Channel.SMS else _with_time(_day(local), local)


def _with_time(day, local):
    return f"{day} à{NBSP}{_time(local)}" if _in_french() else f"{day} at {_time(local)}"


def _time(local):
    return format_time(local.time()) if _in_french() else format_english_time(local.time())


def _in_french():
    return translation.get_language() == "fr"


def _place(appointment):
    """Name and address of where to go; or how the appointment is held, and the number or address it needs."""
    kind = appointment.motif.location_kind
    if appointment.location:
        return appointment.location.name, appointment.location.address
    if kind == Motif.LocationKind.PHONE:
        return gettext("Par téléphone"), appointment.phone.as_national if appointment.phone else ""
    if kind == Motif.LocationKind.VIDEO:
        return gettext("En visioconférence"), appointment.video_url
    if kind == Motif.LocationKind.HOME:
        return gettext("À domicile"), appointment.address
    return "", appointment.address


def _motif(appointment):
    name = appointment.title or appointment.motif.name
    return f"{name} – {appointment.option}" if appointment.option else name
