"""Phone numbers as people read them aloud."""

from django import template

register = template.Library()


@register.filter
def readable_phone(phone):
    """« 06 12 34 56 78 » for a French number, « +49 30 1234 » for a foreign one, without line breaks; "" for none."""
    if not phone:
        return ""
    is_french = getattr(phone, "country_code", None) == 33
    readable = phone.as_national if is_french else getattr(phone, "as_international", str(phone))
    return readable.replace(" ", "\u00a0")
