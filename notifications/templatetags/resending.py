"""What the page of an appointment says of its messages."""

from django import template

from ..services.resending import may_be_resent as is_resendable

register = template.Library()


@register.filter
def may_be_resent(message, now):
    """Whether « renvoyer » makes sense."""
    return is_resendable(message, now=now)
