"""Openings and unavailabilities in words."""

from django import template

from ..engine.phrases import describe_occasion

register = template.Library()


@register.filter
def french_occasion(series):
    """« Tous les mardis et jeudis de 9 h à 12 h, sans fin », of an opening or an unavailability. No query."""
    days_spanned = getattr(series, "days_spanned", 0)
    return describe_occasion(series.recurrence, series.start_time, series.end_time, days_spanned)
