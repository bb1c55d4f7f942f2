"""Reading a city's service directory: what was published, checked row by row, before anything is written.

The format is described by its own keys (JSON): `timezone`, `holidays` (country and subdivision, `DE-BY`),
`services` (`id`, `name`, `max_quantity`) and `locations` (`id`, `name`, `unit`, `street`, `postal_code`, `city`,
`lat`, `lon`, `phone`, `services`: pairs of `service` and `duration_min`).
"""

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import available_timezones

from .json_lines import element_lines, load_json
from .models.motifs import LONGEST, SHORTEST

MOST_PERSONS = 20

# What no database takes: halves of a character that JSON can write by themselves.
_HALVES = re.compile("[\ud800-\udfff]")


class DirectoryError(ValueError):
    """The file as a whole cannot be read. `message` is in French and says where."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Fault:
    """A row that is refused; the others can still go in. `line` of the file, 0 where it is of no row."""

    where: str
    reason: str
    line: int = 0


@dataclass(frozen=True)
class ServiceRow:
    external_id: str
    name: str
    max_persons: int
    line: int = 0


@dataclass(frozen=True)
class PlaceRow:
    """A place and the services given there, with the time each takes: `durations` by service identifier."""

    external_id: str
    name: str
    unit: str
    street: str
    postal_code: str
    city: str
    latitude: float | None
    longitude: float | None
    phone: str
    durations: dict[str, timedelta] = field(hash=False)
    line: int = 0


@dataclass
class Directory:
    time_zone: str
    country: str
    subdivision: str
    services: dict[str, ServiceRow]
    places: list[PlaceRow]
    faults: list[Fault]


def read_directory(text: str) -> Directory:
    """Check and take apart a directory. Rows that cannot go in are in `faults`.

    Raises DirectoryError when it is no directory at all, or its zone is unknown.
    """
    try:
        data = load_json(text)
    except json.JSONDecodeError as error:
        raise DirectoryError(
            f"Le fichier n'est pas du JSON lisible : ligne {error.lineno}, colonne {error.colno}."
        ) from error
    except (ValueError, RecursionError) as error:  # A number that nobody can read, lists in lists without end.
        raise DirectoryError("Le fichier n'est pas du JSON lisible.") from error
    missing = [key for key in ("locations", "services", "timezone", "holidays") if not _has(data, key)]
    if missing:
        raise DirectoryError(f"Le fichier n'est pas un annuaire : il manque {', '.join(missing)}.")
    if not isinstance(data["timezone"], str) or data["timezone"] not in available_timezones():
        found = _HALVES.sub("", str(data["timezone"]))[:80]
        raise DirectoryError(f"« {found} » n'est pas un fuseau horaire connu.")
    country, _, subdivision = str(data["holidays"]).partition("-")
    faults = []
    given, located = _rows(data, "services"), _rows(data, "locations")
    lines = element_lines(text)
    services = _services(zip(lines["services"], given, strict=True), faults)
    places = _places(zip(lines["locations"], located, strict=True), services, faults)
    return Directory(data["timezone"], country, subdivision, services, places, faults)


def _has(data, key):
    return isinstance(data, dict) and key in data


def _rows(data, key):
    if not isinstance(data[key], list):
        raise DirectoryError(f"« {key} » doit être une liste.")
    return data[key]


def _services(rows, faults):
    services = {}
    for number, (line, row) in enumerate(rows, 1):
        where = f"service n° {number}"
        try:
            service = ServiceRow(
                external_id=_text(row, "id", 80),
                name=_text(row, "name", 120),
                max_persons=_whole(row, "max_quantity", 1, MOST_PERSONS),
                line=line,
            )
            if service.external_id in services:
                raise _Refused(f"l'identifiant {service.external_id} est déjà celui d'un autre service")
        except _Refused as refused:
            faults.append(Fault(where, refused.reason, line))
        else:
            services[service.external_id] = service
    return services


def _places(rows, services, faults):
    places = {}
    for number, (line, row) in enumerate(rows, 1):
        where = f"lieu n° {number}"
        try:
            place = _place(row, services, where, line, faults)
            if place.external_id in places:
                raise _Refused(f"l'identifiant {place.external_id} est déjà celui d'un autre lieu")
        except _Refused as refused:
            faults.append(Fault(where, refused.reason, line))
        else:
            places[place.external_id] = place
    return list(places.values())


def _place(row, services, where, line, faults):
    latitude, longitude = _number(row, "lat", 90), _number(row, "lon", 180)
    if (latitude is None) != (longitude is None):
        raise _Refused("« lat » et « lon » vont ensemble")
    name = _text(row, "name", 160)
    pairs = row.get("services", [])
    if not isinstance(pairs, list):
        raise _Refused("« services » doit être une liste")
    durations = {}
    for number, pair in enumerate(pairs, 1):
        try:
            service = _text(pair, "service", 80)
            if service not in services:
                raise _Refused(f"le service {service} n'est pas dans l'annuaire")
            if service in durations:
                raise _Refused(f"le service {service} y est deux fois")
            shortest, longest = (int(bound.total_seconds() // 60) for bound in (SHORTEST, LONGEST))
            durations[service] = timedelta(minutes=_whole(pair, "duration_min", shortest, longest))
        except _Refused as refused:
            faults.append(Fault(f"{where} ({name}), service n° {number}", refused.reason, line))
    return PlaceRow(
        external_id=_text(row, "id", 80),
        name=name,
        unit=_text(row, "unit", 120, required=False),
        street=_text(row, "street", 200, required=False),
        postal_code=_text(row, "postal_code", 12, required=False),
        city=_text(row, "city", 100, required=False),
        latitude=latitude,
        longitude=longitude,
        phone=_text(row, "phone", 40, required=False),
        durations=durations,
        line=line,
    )


class _Refused(Exception):
    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def _text(row, key, longest, *, required=True):
    if not isinstance(row, dict):
        raise _Refused("la ligne n'est pas un objet")
    value = row.get(key)
    if value is None or value == "":
        if required:
            raise _Refused(f"il manque « {key} »")
        return ""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise _Refused(f"« {key} » n'est pas un texte")
    value = " ".join(_HALVES.sub("", str(value)).replace("\x00", "").split())
    if len(value) > longest:
        raise _Refused(f"« {key} » dépasse {longest} caractères")
    if required and not value:
        raise _Refused(f"il manque « {key} »")
    return value


def _whole(row, key, lowest, highest):
    value = row.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise _Refused(f"« {key} » doit être un nombre entier de {lowest} à {highest}")
    return value


def _number(row, key, bound):
    if not isinstance(row, dict):
        raise _Refused("la ligne n'est pas un objet")
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not -bound <= value <= bound:
        raise _Refused(f"« {key} » doit être un nombre de −{bound} à {bound}")
    return float(value)
