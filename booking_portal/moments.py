"""Dates and times in a sentence, in the language of the page. In templates: components/day.html and time.html."""

from datetime import datetime

from django.utils import timezone, translation
from django.utils.formats import date_format

from scheduling.engine.phrases import format_day, format_time
from scheduling.engine.typography import NBSP


def moment(instant: datetime) -> str:
    """« lundi 23 novembre 2026 à 9 h 30 », by the clocks of the active time zone."""
    local = timezone.localtime(instant)
    if translation.get_language() == "fr":
        return f"{format_day(local.date())} à{NBSP}{format_time(local.time())}"
    return date_format(local, "l j F Y, P")
