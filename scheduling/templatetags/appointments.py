"""What templates say about an appointment."""

from django import template

register = template.Library()


@register.filter
def status_at(appointment, now):
    """The status for `components/status_badge.html`."""
    return appointment.status_at(now)
