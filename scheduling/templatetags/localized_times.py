"""Days and times as citizens read them: in the language of the page, by the clocks of the active time zone."""

from datetime import date, datetime, time

from django import template
from django.utils import translation
from django.utils.formats import date_format

from ..engine.phrases import format_day, format_english_time, format_time
from .french_times import local_day_of, wall_time_of

register = template.Library()


@register.filter
def day_words(day: date | datetime) -> str:
    """« lundi 23 novembre », « dimanche 1er novembre »; "Monday 23 November"."""
    return day_words_with_year(day).rsplit(" ", 1)[0]


@register.filter
def day_words_with_year(day: date | datetime) -> str:
    """« lundi 23 novembre 2026 »."""
    day = local_day_of(day)
    return format_day(day) if translation.get_language() == "fr" else date_format(day, "l j F Y")


@register.filter
def time_words(moment: time | datetime) -> str:
    """« 9 h 30 », « 9 h »; "9:30 am"."""
    wall = wall_time_of(moment)
    return format_time(wall) if translation.get_language() == "fr" else format_english_time(wall)
