"""Durations and delays as people type them, and what they mean on the calendar."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from .recurrence import days_in_month
from .typography import NBSP, count, enumerate_words, quote
from .wall_clock import to_instant


class DurationError(ValueError):
    """A duration that cannot be read, or is out of bounds. `message` is in French."""

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Delay:
    """Elapsed time, a day being 24 hours, plus calendar months."""

    elapsed: timedelta = timedelta(0)
    months: int = 0

    def after(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The instant, in UTC, this long after `now`.

        Months keep the wall-clock time of `zone` and end on the last day of a shorter month: 31 January
        plus one month is 28 or 29 February.
        """
        moment = now.astimezone(UTC)
        if self.months:
            moment = _add_months(moment, self.months, zone)
        return moment + self.elapsed

    @property
    def length(self) -> timedelta:
        """For comparing with a bound only: a month counts as the twelfth of 365 days, so that 12 months is 365 days."""
        return self.elapsed + timedelta(days=365) * self.months / 12


def _add_months(moment: datetime, months: int, zone: ZoneInfo) -> datetime:
    local = moment.astimezone(zone)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, days_in_month(year, month + 1))
    return to_instant(date(year, month + 1, day), local.time(), zone)


_TYPED = re.compile(r"([0-9]{1,5}) ?([a-z]*)(?: ?([0-9]{1,2}) ?(?:m|mn|min)?)?")
_UNITS = {
    "minutes": {"min", "mn", "minute", "minutes"},
    "hours": {"h", "heure", "heures"},
    "days": {"j", "jour", "jours"},
    "weeks": {"sem", "semaine", "semaines"},
    "months": {"mois"},
}


def parse_minutes(text: str, *, minimum: timedelta | None = None, maximum: timedelta | None = None) -> timedelta:
    """The duration of a motif or of a pause: `45`, `60m`, `2h`, `1h30`. A bare number and `m` are minutes.

    Raises DurationError, also for months, which have no fixed length.
    """
    return _parse(
        text,
        bare="minutes",
        m="minutes",
        minimum=None if minimum is None else Delay(minimum),
        maximum=None if maximum is None else Delay(maximum),
        months_allowed=False,
    ).elapsed


def parse_delay(text: str, *, minimum: Delay | None = None, maximum: Delay | None = None) -> Delay:
    """The least notice of a motif: `30`, `60m`, `2h`, `10j`, `2 mois`. A bare number and `m` are minutes.

    Raises DurationError.
    """
    return _parse(text, bare="minutes", m="minutes", minimum=minimum, maximum=maximum)


def parse_horizon(text: str, *, minimum: Delay | None = None, maximum: Delay | None = None) -> Delay:
    """How far ahead a motif can be booked: `90`, `10j`, `6 semaines`, `2m`. A bare number is days and `m` months.

    Raises DurationError.
    """
    return _parse(text, bare="days", m="months", minimum=minimum, maximum=maximum)


def _parse(
    text: str, *, bare: str, m: str, minimum: Delay | None, maximum: Delay | None, months_allowed: bool = True
) -> Delay:
    match = _TYPED.fullmatch(" ".join(text.lower().split()))
    unit = _unit(match[2], bare=bare, m=m) if match else None
    if unit is None or (match[3] and (unit != "hours" or int(match[3]) > 59)):
        examples = ("45", "2h", "10j") if m == "minutes" else ("90", "10j", "2m")
        known = enumerate_words([quote(example) for example in examples], "ou")
        problem = f"{quote(text.strip())} n'est pas une durée." if text.strip() else "La durée manque."
        raise DurationError(f"{problem} Écrivez par exemple {known}.")
    if unit == "months" and not months_allowed:
        raise DurationError("Cette durée se donne en minutes, en heures ou en jours.")
    number = int(match[1])
    if unit == "months":
        delay = Delay(months=number)
    else:
        delay = Delay(timedelta(**{unit: number}) + timedelta(minutes=int(match[3] or 0)))
    if minimum is not None and delay.length < minimum.length:
        raise DurationError(f"{quote(describe_delay(delay))} est trop court{NBSP}: au moins {describe_delay(minimum)}.")
    if maximum is not None and delay.length > maximum.length:
        raise DurationError(f"{quote(describe_delay(delay))} est trop long{NBSP}: au plus {describe_delay(maximum)}.")
    return delay


def _unit(word: str, *, bare: str, m: str) -> str | None:
    if word in ("", "m"):
        return m if word else bare
    return next((unit for unit, words in _UNITS.items() if word in words), None)


def describe_duration(duration: timedelta) -> str:
    """« 45 min », « 1 h », « 1 h 30 », « 26 h »: whole minutes, what is shorter is left out."""
    hours, minutes = divmod(duration // timedelta(minutes=1), 60)
    if not hours:
        return f"{minutes}{NBSP}min"
    return f"{hours}{NBSP}h" + (f"{NBSP}{minutes:02}" if minutes else "")


def describe_delay(delay: Delay) -> str:
    """What was understood: « 1 h 30 », « 10 jours », « 2 mois ». The parsers read it back."""
    parts = [f"{delay.months}{NBSP}mois"] if delay.months else []
    if delay.elapsed or not delay.months:
        whole_days, rest = divmod(delay.elapsed, timedelta(days=1))
        parts.append(count(whole_days, "jour") if whole_days and not rest else describe_duration(delay.elapsed))
    return " et ".join(parts)
