"""What templates say about an appointment."""

from django import template
from phonenumber_field.phonenumber import to_python

register = template.Library()

_HOME_CODE = 33


@register.filter
def status_at(appointment, now):
    """The status for `components/status_badge.html`."""
    return appointment.status_at(now)


@register.filter
def contact(recipient):
    """An e-mail address as it is; a number as people of its country write it."""
    number = to_python(recipient) if recipient.startswith("+") else None
    if not number or not number.is_valid():
        return recipient
    return number.as_national if number.country_code == _HOME_CODE else number.as_international
