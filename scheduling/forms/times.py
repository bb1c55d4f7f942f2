"""Days and times of day as people type them."""

import re
from datetime import date, time

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from ..engine.typography import quote
from ..engine.wall_clock import MIDNIGHT

WHOLE_DAY = 24 * 60

_TYPED = re.compile(r"([0-9]{1,2})(?:(?:h|:)([0-9]{2})?)?")


class WallTimeField(forms.CharField):
    """`9h`, `9h30`, `9 h 30`, `09:30`, `9`: cleaned to minutes since midnight; with `is_end`, also `24h` (1440)."""

    def __init__(self, *, is_end=False, **kwargs):
        super().__init__(**kwargs)
        self.is_end = is_end
        self.widget.attrs |= {"autocomplete": "off", "class": "field-time", "placeholder": "12h" if is_end else "9h30"}

    def to_python(self, value):
        typed = super().to_python(value)
        if not typed:
            return None
        match = _TYPED.fullmatch("".join(typed.lower().split()))
        if match is None:
            raise forms.ValidationError(f"{quote(typed)} n'est pas une heure. Écrivez par exemple 9h, 9h30 ou 14:00.")
        minutes = int(match[1]) * 60 + int(match[2] or 0)
        if int(match[2] or 0) > 59 or minutes > WHOLE_DAY:
            raise forms.ValidationError(f"L'heure {quote(typed)} n'existe pas.")
        if minutes == WHOLE_DAY and not self.is_end:
            raise forms.ValidationError("Une journée commence à 0h. Écrivez 0h, la veille se termine à 24h.")
        return minutes

    def validate(self, value):
        if value is None and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def has_changed(self, initial, data):
        return (initial or "") != (data or "")


def wall_time(minutes: int) -> time:
    """24 h is stored as midnight."""
    return MIDNIGHT if minutes == WHOLE_DAY else time(*divmod(minutes, 60))


def write_time(wall: time, *, is_end=False) -> str:
    """As one types it: « 9h », « 9h30 », « 24h » for the midnight that ends a day."""
    if is_end and wall == MIDNIGHT:
        return "24h"
    return f"{wall.hour}h{wall.minute:02}" if wall.minute else f"{wall.hour}h"


def time_in(text: str, *, is_end=False) -> str:
    """« 9h30 » from « 09:30 », or however else it stands in an address; nothing where it is no time."""
    try:
        minutes = WallTimeField(is_end=is_end, required=False).clean(text)
    except forms.ValidationError:
        return ""
    return "" if minutes is None else write_time(wall_time(minutes), is_end=is_end)


class PlanningDayField(forms.DateField):
    """A day within reach of plans: what lies beyond is a slip of the keyboard."""

    input_formats = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
    default_error_messages = {"invalid": "Cette date n'existe pas. Écrivez par exemple 23/11/2026."}
    default_validators = [
        MinValueValidator(date(2000, 1, 1), "Cette date est trop ancienne."),
        MaxValueValidator(date(2100, 12, 31), "Cette date est trop lointaine."),
    ]

    def __init__(self, **kwargs):
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **kwargs)
