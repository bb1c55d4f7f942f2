"""Selects of time zones and of zones of public holidays."""

from django import forms

from ..engine.typography import NBSP
from ..engine.zones import holiday_zone_label, holiday_zones, time_zone_label, time_zones

UNKNOWN = f"Choisissez dans la liste{NBSP}: cette zone n'existe pas."


class ZoneField(forms.ChoiceField):
    """What is stored stays a choice, even where it is none of the usual ones."""

    def __init__(self, **kwargs):
        super().__init__(error_messages={"invalid_choice": UNKNOWN, "required": UNKNOWN}, **kwargs)

    def offer(self, groups, *, stored, label):
        known = {value for _, choices in groups for value, _ in choices}
        own = [(stored, label(stored))] if stored and stored not in known else []
        self.choices = [*own, *groups]


class TimeZoneField(ZoneField):
    def offer_time_zones(self, *, stored, none=""):
        self.offer(time_zones(), stored=stored, label=time_zone_label)
        if none:
            self.choices = [("", none), *self.choices]


class HolidayZoneField(ZoneField):
    def offer_holiday_zones(self, *, stored):
        self.offer(holiday_zones(), stored=stored, label=holiday_zone_label)
