"""The zones that an administrator chooses from, under names that people read; and when two clocks disagree."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import holidays
from holidays.registry import COUNTRIES

from .opening_days import FRENCH_ZONES
from .wall_clock import to_instant

LONGEST_CODE = 10  # What a territory keeps of a subdivision.

# (label of the group, [(value, label)])
Groups = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

_FRENCH_TIMES = {
    "Europe/Paris": "Paris (métropole)",
    "America/Guadeloupe": "Guadeloupe",
    "America/Martinique": "Martinique",
    "America/Cayenne": "Guyane",
    "Indian/Reunion": "La Réunion",
    "Indian/Mayotte": "Mayotte",
    "America/St_Barthelemy": "Saint-Barthélemy",
    "America/Marigot": "Saint-Martin",
    "America/Miquelon": "Saint-Pierre-et-Miquelon",
    "Pacific/Noumea": "Nouvelle-Calédonie",
    "Pacific/Tahiti": "Polynésie française (Tahiti)",
    "Pacific/Marquesas": "Polynésie française (Marquises)",
    "Pacific/Gambier": "Polynésie française (Gambier)",
    "Pacific/Wallis": "Wallis-et-Futuna",
    "Indian/Kerguelen": "Terres australes françaises",
}
_AREAS = {
    "Europe": "Europe",
    "Africa": "Afrique",
    "America": "Amérique",
    "Asia": "Asie",
    "Atlantic": "Atlantique",
    "Australia": "Australie",
    "Indian": "Océan Indien",
    "Pacific": "Pacifique",
}
_FRENCH_CITIES = {
    "Africa/Algiers": "Alger",
    "Africa/Cairo": "Le Caire",
    "America/Montreal": "Montréal",
    "Atlantic/Azores": "Açores",
    "Atlantic/Canary": "Canaries",
    "Europe/Andorra": "Andorre",
    "Europe/Athens": "Athènes",
    "Europe/Brussels": "Bruxelles",
    "Europe/Bucharest": "Bucarest",
    "Europe/Copenhagen": "Copenhague",
    "Europe/Lisbon": "Lisbonne",
    "Europe/London": "Londres",
    "Europe/Vienna": "Vienne",
    "Europe/Warsaw": "Varsovie",
}

# What the library calls in English; the others keep its name.
_FRENCH_COUNTRIES = {
    "AD": "Andorre", "AT": "Autriche", "BE": "Belgique", "BF": "Burkina Faso", "BJ": "Bénin", "BR": "Brésil",
    "CA": "Canada", "CH": "Suisse", "CI": "Côte d'Ivoire", "CM": "Cameroun", "CZ": "Tchéquie", "DE": "Allemagne",
    "DK": "Danemark", "DZ": "Algérie", "ES": "Espagne", "FI": "Finlande", "GA": "Gabon", "GB": "Royaume-Uni",
    "GR": "Grèce", "HT": "Haïti", "IE": "Irlande", "IT": "Italie", "JP": "Japon", "KM": "Comores",
    "LU": "Luxembourg", "MA": "Maroc", "MC": "Monaco", "MG": "Madagascar", "ML": "Mali", "MU": "Maurice",
    "NL": "Pays-Bas", "NO": "Norvège", "PL": "Pologne", "PT": "Portugal", "RO": "Roumanie", "SE": "Suède",
    "SN": "Sénégal", "TN": "Tunisie", "US": "États-Unis",
}  # fmt: skip
# The countries whose parts are offered, too: neighbours, and where French is spoken.
_DIVIDED = ("DE", "CA", "ES", "GB", "CH")
_FRENCH_PARTS = {("CH", "BE"): "Berne", ("CH", "FR"): "Fribourg", ("CH", "VS"): "Valais", ("CH", "GR"): "Grisons"}
_ALSACE_MOSELLE = {"6AE": "Alsace-Moselle (Alsace)", "57": "Alsace-Moselle (Moselle)"}


@lru_cache(maxsize=1)
def time_zones() -> Groups:
    """The French ones first, then by part of the world."""
    groups = [("France", tuple(_FRENCH_TIMES.items()))]
    names = available_timezones() - _FRENCH_TIMES.keys()
    for area, label in _AREAS.items():
        cities = [(name, _city(name)) for name in names if name.startswith(f"{area}/")]
        groups.append((label, tuple(sorted(cities, key=_without_accents))))
    return tuple(groups)


def time_zone_label(name: str) -> str:
    """« Paris (métropole) »; the name itself where there is no better one."""
    return _FRENCH_TIMES.get(name) or _city(name)


def _city(name):
    if name in _FRENCH_CITIES:
        return _FRENCH_CITIES[name]
    *_, city = name.partition("/")
    return city.replace("_", " ").replace("/", ", ") or name


@lru_cache(maxsize=1)
def holiday_zones() -> Groups:
    """The values are what `holiday_zone_value` makes of a country and a subdivision."""
    french = ((holiday_zone_value("FR", code), _ALSACE_MOSELLE.get(code, name)) for code, name in FRENCH_ZONES.items())
    names = {code: name for name, code, *_ in COUNTRIES.values()}
    countries = [
        (code, _FRENCH_COUNTRIES.get(code) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", names[code]))
        for code in holidays.list_supported_countries(include_aliases=False)
        if code in names and code != "FR"
    ]
    parts = ((_FRENCH_COUNTRIES[country], tuple(_parts(country))) for country in _DIVIDED)
    return (("France", tuple(french)), *parts, ("Autres pays", tuple(sorted(countries, key=_without_accents))))


def _parts(country) -> Iterator[tuple[str, str]]:
    library = getattr(holidays, country)
    names = {}
    for name, code in library.subdivisions_aliases.items():
        # In Canada the French name comes after the English one; elsewhere the country's own comes first.
        if country == "CA" or code not in names:
            names[code] = name
    for code in library.subdivisions:
        if len(code) > LONGEST_CODE:
            continue  # The city of Zürich, whose days are its canton's and some afternoons.
        yield holiday_zone_value(country, code), _FRENCH_PARTS.get((country, code)) or names.get(code, code)


def holiday_zone_value(country: str, subdivision: str) -> str:
    return f"{country}-{subdivision}" if subdivision else country


def read_holiday_zone(value: str) -> tuple[str, str]:
    country, _, subdivision = value.partition("-")
    return country, subdivision


def holiday_zone_label(value: str) -> str:
    labels = {choice: label for _, choices in holiday_zones() for choice, label in choices}
    return labels.get(value, value)


def _without_accents(choice):
    plain = unicodedata.normalize("NFKD", choice[1].lower())
    return "".join(character for character in plain if not unicodedata.combining(character))


_PROBED = (time(0), time(12))


def days_of_other_clocks(zone: ZoneInfo, other: ZoneInfo, first_day: date, last_day: date) -> tuple[date, date] | None:
    """The first and the last day in [first_day, last_day] on which the two do not show the same time; None if never."""
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    differing = [
        day for day in days if any(to_instant(day, wall, zone) != to_instant(day, wall, other) for wall in _PROBED)
    ]
    return (differing[0], differing[-1]) if differing else None
