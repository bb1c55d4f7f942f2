"""On which days an organization is closed: weekdays, public holidays and exceptional closures, and why.

In France the holidays on by default are those of the State's published list; the `holidays` library knows
further local days, which are offered but off. Where the two differ otherwise, the State's list wins.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
from dateutil.easter import easter

from .typography import NBSP, quote
from .wall_clock import ONE_DAY

WEEKDAY_NAMES = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

FRENCH_ZONES = {
    "": "Métropole",
    "6AE": "Alsace",
    "57": "Moselle",
    "971": "Guadeloupe",
    "972": "Martinique",
    "973": "Guyane",
    "974": "La Réunion",
    "976": "Mayotte",
    "BL": "Saint-Barthélemy",
    "MF": "Saint-Martin",
    "NC": "Nouvelle-Calédonie",
    "PF": "Polynésie française",
    "PM": "Saint-Pierre-et-Miquelon",
    "TF": "Terres australes françaises",
    "WF": "Wallis-et-Futuna",
}

_FRENCH_ALIASES = {"Alsace-Moselle": "6AE", "GF": "973"}
_ABOLITION = "Abolition de l'esclavage"
_WHIT_MONDAY = "Lundi de Pentecôte"
_STATE_LIST = {
    "Jour de l'an", "Lundi de Pâques", "Fête du Travail", "Fête de la Victoire", "Ascension", _WHIT_MONDAY,
    "Fête nationale", "Assomption", "Toussaint", "Armistice", "Noël", "Saint-Étienne", _ABOLITION,
}  # fmt: skip
_GOOD_FRIDAY = "Vendredi saint"  # By law in Alsace-Moselle only.

# For the countries that the library names in English but not in French.
_FRENCH_OF_ENGLISH = {
    "New Year's Day": "Jour de l'an",
    "Epiphany": "Épiphanie",
    "Saint Joseph's Day": "Saint-Joseph",
    "Maundy Thursday": "Jeudi saint",
    "Good Friday": "Vendredi saint",
    "Easter Sunday": "Dimanche de Pâques",
    "Easter Monday": "Lundi de Pâques",
    "Labor Day": "Fête du Travail",
    "Ascension Day": "Ascension",
    "Whit Sunday": "Dimanche de Pentecôte",
    "Pentecost": "Dimanche de Pentecôte",
    "Whit Monday": "Lundi de Pentecôte",
    "Pentecost Monday": "Lundi de Pentecôte",
    "Corpus Christi": "Fête-Dieu",
    "Assumption Day": "Assomption",
    "National Day": "Fête nationale",
    "German Unity Day": "Jour de l'unité allemande",
    "Reformation Day": "Fête de la Réformation",
    "All Saints' Day": "Toussaint",
    "Immaculate Conception": "Immaculée Conception",
    "Christmas Day": "Noël",
    "Second Day of Christmas": "Lendemain de Noël",
    "Saint Stephen's Day": "Saint-Étienne",
}


class UnknownZone(ValueError):
    """A country or subdivision whose public holidays are not known. `message` is in French."""

    def __init__(self, country: str, subdivision: str | None):
        zone = f"{country}-{subdivision}" if subdivision else country
        self.message = f"Les jours fériés de la zone {quote(zone)} ne sont pas connus."
        super().__init__(self.message)


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """`name_key` is the same every year, also for movable feasts: what a box is stored under."""

    day: date
    name_key: str
    label_fr: str
    default_on: bool


def holidays_of(country: str, subdivision: str | None, year: int) -> list[Holiday]:
    """The public holidays of a zone in a year, in order; two that fall on the same day are both there.

    `country` is an ISO 3166 code and `subdivision` the library's (`FRENCH_ZONES` for France), empty for none.
    Raises UnknownZone.
    """
    return list(_holidays_of(country, subdivision or None, year))


def is_known_zone(country: str, subdivision: str | None) -> bool:
    """Whether `holidays_of` answers for this zone."""
    try:
        _holidays_of(country, subdivision or None, 2026)
    except UnknownZone:
        return False
    return True


def closed_days(
    *,
    first_day: date,
    last_day: date,
    open_weekdays: Collection[int],
    holiday_switches: Mapping[str, bool],
    date_switches: Mapping[date, bool],
    closures: Iterable[tuple],
    country: str | None,
    subdivision: str | None,
) -> set[date]:
    """The closed days in [first_day, last_day], both included. Arguments as for `closed_day_reasons`."""
    return set(
        closed_day_reasons(
            first_day=first_day,
            last_day=last_day,
            open_weekdays=open_weekdays,
            holiday_switches=holiday_switches,
            date_switches=date_switches,
            closures=closures,
            country=country,
            subdivision=subdivision,
        )
    )


def closed_day_reasons(
    *,
    first_day: date,
    last_day: date,
    open_weekdays: Collection[int],
    holiday_switches: Mapping[str, bool],
    date_switches: Mapping[date, bool],
    closures: Iterable[tuple],
    country: str | None,
    subdivision: str | None,
) -> dict[date, list[str]]:
    """Why each closed day in [first_day, last_day] is closed, in French; open days are left out.

    `open_weekdays` count from 0 (Monday). `holiday_switches` are the boxes by `name_key`, which win over the
    default; `date_switches` are the boxes for one date, which win over those and mean nothing on a day that is no
    holiday. `closures` are (first day, last day), both included, with an optional third item, their label.
    `country` is None where no public holiday is known. Raises UnknownZone.
    """
    reasons: dict[date, list[str]] = {}
    for number in range((last_day - first_day).days + 1):
        day = first_day + timedelta(days=number)
        if day.weekday() not in open_weekdays:
            reasons[day] = [f"Fermé le {WEEKDAY_NAMES[day.weekday()]}"]
    for year in range(first_day.year, last_day.year + 1) if country is not None else ():
        for holiday in _holidays_of(country, subdivision or None, year):
            switched_on = holiday_switches.get(holiday.name_key, holiday.default_on)
            if first_day <= holiday.day <= last_day and date_switches.get(holiday.day, switched_on):
                reasons.setdefault(holiday.day, []).append(f"Jour férié{NBSP}: {holiday.label_fr}")
    for start, end, *label in closures:
        reason = f"Fermeture{NBSP}: {label[0]}" if label and label[0] else "Fermeture exceptionnelle"
        day, last = max(start, first_day), min(end, last_day)
        while day <= last:
            reasons.setdefault(day, []).append(reason)
            day += ONE_DAY
    return reasons


@lru_cache(maxsize=1024)
def _holidays_of(country: str, subdivision: str | None, year: int) -> tuple[Holiday, ...]:
    if country == "FR":
        zone = _FRENCH_ALIASES.get(subdivision, subdivision)
        return tuple(sorted(_french(day, name, zone) for day, name in _french_names(zone, year)))
    labels = _labels(country, subdivision)
    return tuple(
        sorted(
            Holiday(day, _key(name), labels.get(name, name), default_on=True)
            for day, name in _library(country, subdivision, [year])
        )
    )


def _french(day: date, name: str, zone: str | None) -> Holiday:
    listed = name in _STATE_LIST or (name == _GOOD_FRIDAY and zone in ("57", "6AE", "Moselle", "Alsace"))
    return Holiday(day, _key(name), name, default_on=listed)


def _french_names(zone: str | None, year: int) -> list[tuple[date, str]]:
    names = _library("FR", zone, [year])
    if 2005 <= year <= 2007:
        # Worked as « journée de solidarité », and a public holiday all the same.
        names.append((easter(year) + timedelta(days=50), _WHIT_MONDAY))
    if zone in ("MF", "Saint-Martin") and 1984 <= year <= 2017:
        # Guadeloupe's day until the list gives Saint-Martin its own.
        names = [(day, name) for day, name in names if name != _ABOLITION]
        names.append((date(year, 5, 27), _ABOLITION))
    if zone in ("BL", "Saint-Barthélemy") and 1984 <= year <= 2011:
        names.append((date(year, 10, 9), _ABOLITION))
    return names


def _library(
    country: str, subdivision: str | None, years: Iterable[int], language: str | None = None
) -> list[tuple[date, str]]:
    """Days and names, in the country's own language unless told: left alone, the library follows the environment."""
    if country not in holidays.list_supported_countries():
        raise UnknownZone(country, subdivision)
    own_language = getattr(holidays, country).default_language
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=years, language=language or own_language)
    except NotImplementedError as error:
        raise UnknownZone(country, subdivision) from error
    return [(day, name) for day in found for name in found.get_list(day)]


@lru_cache(maxsize=256)
def _labels(country: str, subdivision: str | None) -> dict[str, str]:
    """French labels by the library's own names, learnt from the days on which one holiday falls alone."""
    years = range(2015, 2036)
    own = _by_day(_library(country, subdivision, years))
    language = next(
        (tongue for tongue in ("fr", "en_US") if tongue in getattr(holidays, country).supported_languages), ""
    )
    if not language:
        return {}
    translated = _by_day(_library(country, subdivision, years, language))
    labels = {
        names[0]: translated[day][0] for day, names in own.items() if len(names) == 1 == len(translated.get(day, ()))
    }
    return labels if language == "fr" else {name: _FRENCH_OF_ENGLISH.get(label, name) for name, label in labels.items()}


def _by_day(names: Iterable[tuple[date, str]]) -> dict[date, list[str]]:
    by_day: dict[date, list[str]] = {}
    for day, name in names:
        by_day.setdefault(day, []).append(name)
    return by_day


def _key(name: str) -> str:
    """« Fête de la Victoire » → `fete-de-la-victoire`; what stands in brackets, as (observed), is left out."""
    plain = unicodedata.normalize("NFKD", re.sub(r"\s*\([^)]*\)$", "", name).lower())
    without_accents = "".join(character for character in plain if not unicodedata.combining(character))
    return re.sub(r"[\W_]+", "-", without_accents).strip("-")
