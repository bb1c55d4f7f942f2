"""Days, times and durations as the back office writes them, in French whatever the browser asks for.

Instants are shown by the clocks of the active time zone: `member_required` activates the organization's.
"""

from datetime import date, datetime, time, timedelta

from django import template
from django.utils import timezone

from ..engine.delays import describe_duration
from ..engine.phrases import format_day, format_end_time, format_time
from ..engine.typography import NBSP, count

register = template.Library()


@register.filter
def french_day(day):
    """« lundi 23 novembre 2026 », from a date or an instant; nothing from nothing."""
    return format_day(local_day_of(day)) if day else ""


@register.filter
def french_day_without_year(day):
    """« lundi 23 novembre »."""
    return format_day(local_day_of(day)).rsplit(" ", 1)[0] if day else ""


@register.filter
def french_time(moment):
    """« 9 h 30 », from a time or an instant."""
    return format_time(wall_time_of(moment)) if moment is not None and moment != "" else ""


@register.filter
def french_end_time(moment):
    """« 9 h 30 »; midnight ends the day: « 24 h »."""
    return format_end_time(wall_time_of(moment)) if moment is not None and moment != "" else ""


@register.filter
def french_moment(moment):
    """« lundi 23 novembre 2026 à 9 h 30 »."""
    return f"{french_day(moment)} à{NBSP}{french_time(moment)}" if moment else ""


@register.filter
def french_duration(duration):
    """« 45 min », « 1 h 30 »."""
    return describe_duration(duration) if duration is not None and duration != "" else ""


@register.filter
def french_elapsed(since, now):
    """« 12 min », « 1 h 05 » between two instants, in whole minutes; « moins d'une minute »."""
    minutes = max(now - since, timedelta(0)) // timedelta(minutes=1)
    return describe_duration(timedelta(minutes=minutes)) if minutes else "moins d'une minute"


@register.filter
def french_count(number, words):
    """`{{ 2|french_count:"rendez-vous|rendez-vous" }}`: the plural begins at two; alone, it takes an s."""
    singular, _, plural = words.partition("|")
    return count(number, singular, plural or None)


@register.filter
def french_number(number):
    """« 12 400 »: thousands apart, by a space that does not break."""
    return f"{number:,}".replace(",", NBSP)


def local_day_of(moment: date | datetime) -> date:
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment


def wall_time_of(moment: time | datetime) -> time:
    return timezone.localtime(moment).time() if isinstance(moment, datetime) else moment
