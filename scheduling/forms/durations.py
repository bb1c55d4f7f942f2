"""Durations and delays as people type them; what was understood is what the field shows next time."""

from datetime import timedelta

from django import forms

from ..engine.delays import (
    Delay,
    DurationError,
    describe_delay,
    describe_duration,
    parse_delay,
    parse_horizon,
    parse_minutes,
)
from ..engine.typography import enumerate_words


class TypedDurationField(forms.CharField):
    """Base: `parse` makes a value of what was typed, `describe` writes it back so that it can be read again."""

    def __init__(self, *, minimum=None, maximum=None, **kwargs):
        super().__init__(**kwargs)
        self.minimum, self.maximum = minimum, maximum
        self.widget.attrs |= {"autocomplete": "off", "spellcheck": "false", "class": "field-duration"}

    def to_python(self, value):
        typed = super().to_python(value)
        if typed in self.empty_values:
            return None
        try:
            return self.parse(typed)
        except DurationError as error:
            raise forms.ValidationError(error.message, code="invalid") from error

    def prepare_value(self, value):
        return value if value is None or isinstance(value, str) else self.describe(value)


class MinutesField(TypedDurationField):
    """`45`, `60m`, `1h30`, `2h`: a timedelta."""

    def parse(self, typed):
        return parse_minutes(typed, minimum=self.minimum, maximum=self.maximum)

    def describe(self, value):
        return describe_duration(value)


class ElapsedField(TypedDurationField):
    """`30`, `60m`, `2h`, `10j`: a timedelta; months have no fixed length and are refused."""

    def parse(self, typed):
        return _elapsed(typed, minimum=self.minimum, maximum=self.maximum)

    def describe(self, value):
        return describe_delay(Delay(value))


class HorizonField(TypedDurationField):
    """`90`, `10j`, `6 semaines`, `2m`: a Delay, a bare number being days and `m` months."""

    def parse(self, typed):
        return parse_horizon(typed, minimum=self.minimum, maximum=self.maximum)

    def describe(self, value):
        return describe_delay(value)


class ElapsedListField(TypedDurationField):
    """`48h, 6h`: timedeltas, the longest first, each once; None when empty."""

    def parse(self, typed):
        parts = [part for part in typed.replace(";", ",").split(",") if part.strip()]
        delays = {_elapsed(part, minimum=self.minimum, maximum=self.maximum) for part in parts}
        return sorted(delays, reverse=True) or None

    def describe(self, value):
        return ", ".join(describe_delay(Delay(delay)) for delay in value)


class LeadTimesField(ElapsedListField):
    """How long before an appointment its reminders leave."""

    MOST = 5

    def __init__(self, **kwargs):
        super().__init__(
            label="Rappels",
            minimum=timedelta(minutes=15),
            maximum=timedelta(days=30),
            required=False,
            **kwargs,
        )

    def parse(self, typed):
        lead_times = super().parse(typed)
        if lead_times and len(lead_times) > self.MOST:
            raise DurationError(f"{self.MOST} rappels au plus.")
        return lead_times


def _elapsed(typed, *, minimum, maximum) -> timedelta:
    delay = parse_delay(typed, minimum=minimum and Delay(minimum), maximum=maximum and Delay(maximum))
    if delay.months:
        raise DurationError("Ce délai se donne en minutes, en heures, en jours ou en semaines.")
    return delay.elapsed


def understood(field: TypedDurationField, typed: str) -> tuple[str, str]:
    """What the field makes of what is typed: (in words, ""), or ("", why not)."""
    try:
        value = field.clean(typed)
    except forms.ValidationError as error:
        return "", error.messages[0]
    if value is None:
        return "", ""
    if isinstance(value, list):
        return enumerate_words([describe_delay(Delay(delay)) for delay in value]), ""
    return field.describe(value), ""
