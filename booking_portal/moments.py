"""Dates and times in a sentence, in the language of the page. In templates: `localized_times`."""

from datetime import date, datetime

from django.utils import timezone, translation
from django.utils.formats import date_format

from scheduling.engine.phrases import MONTH_NAMES, format_day, format_english_time, format_time
from scheduling.engine.typography import NBSP


def moment(instant: datetime) -> str:
    """« lundi 23 novembre 2026 à 9 h 30 », by the clocks of the active time zone."""
    local = timezone.localtime(instant)
    if translation.get_language() == "fr":
        return f"{format_day(local.date())} à{NBSP}{format_time(local.time())}"
    return f"{date_format(local, 'l j F Y')}, {format_english_time(local.time())}"


def period(first: date, last: date) -> str:
    """« Du 21 au 27 novembre », « Du 28 novembre au 4 décembre »; in English « 21 November to 4 December »."""
    if translation.get_language() != "fr":
        return f"{date_format(first, 'j F')} – {date_format(last, 'j F')}"
    start = _day_of_month(first) if first.month == last.month else _day_and_month(first)
    return f"Du {start} au {_day_and_month(last)}"


def _day_of_month(day):
    return "1er" if day.day == 1 else str(day.day)


def _day_and_month(day):
    return f"{_day_of_month(day)}{NBSP}{MONTH_NAMES[day.month - 1]}"
