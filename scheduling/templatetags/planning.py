"""Openings and unavailabilities in words."""

from dataclasses import replace

from django import template

from ..engine.phrases import describe_occasion

register = template.Library()


@register.filter
def french_occasion(series):
    """« Tous les mardis et jeudis de 9 h à 12 h, sans fin », of an opening or an unavailability. No query.

    Without the days that were removed: pages tell those that are still to come apart.
    """
    recurrence = replace(series.recurrence, excluded_days=frozenset())
    return describe_occasion(recurrence, series.start_time, series.end_time, getattr(series, "days_spanned", 0))
