"""What the portal's templates need beyond variables."""

from django import template

from ..moments import period
from ..steps import format_start

register = template.Library()

register.filter("start_value", format_start)


@register.filter
def week_period(week):
    """« Du 21 au 27 novembre », from a SlotWeek."""
    return period(week.first_day, week.last_day)
