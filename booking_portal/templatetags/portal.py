"""What the portal's templates need beyond variables."""

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import get_language

from ..moments import period
from ..steps import format_start

register = template.Library()

register.filter("start_value", format_start)


@register.filter
def week_period(week):
    """« Du 21 au 27 novembre », from a SlotWeek."""
    return period(week.first_day, week.last_day)


@register.simple_tag
def words_of_territory():
    """The attribute of an element whose words a service wrote itself: French, whatever the language of the page.

    A voice that reads the page aloud then changes its pronunciation (WCAG 3.1.2). Nothing on a French page.
    """
    language = settings.LANGUAGE_CODE
    return "" if get_language() == language else format_html(' lang="{}"', language)
