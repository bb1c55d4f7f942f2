"""French typography of amounts, and of sentences that come to a component as plain text."""

from decimal import Decimal

from django import template
from django.utils.safestring import SafeData, mark_safe

from ..engine import typography

register = template.Library()


@register.filter
def euros(amount):
    """« 1 293,50 € »; nothing from nothing."""
    return "" if amount is None else typography.format_euros(amount)


@register.filter
def euros_and_cents(amount):
    """« 1 293,50 € », of a sum: nobody asks for less than a cent."""
    return "" if amount is None else typography.format_euros(amount.quantize(Decimal("0.01")))


@register.filter
def typeset(text):
    """Binds French punctuation to its word, so that no line begins with it. A safe text stays safe."""
    bound = typography.typeset(str(text))
    return mark_safe(bound) if isinstance(text, SafeData) else bound
