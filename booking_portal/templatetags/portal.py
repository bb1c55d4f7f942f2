"""What the portal's templates need beyond variables."""

from django import template

from ..journey import format_start
from ..moments import period

register = template.Library()

register.filter("start_value", format_start)


@register.filter
def week_period(week):
    """« Du 21 au 27 novembre », from a SlotWeek."""
    return period(week.first_day, week.last_day)
