"""What an administrator types about the weekly cap of a calendar, and to find calendars."""

import re
from datetime import timedelta

from django import forms
from django.db.models import Q

from organizations.addresses import words_in

from ..engine.delays import DurationError
from ..engine.typography import NBSP, quote
from ..services.allowances import LONGEST_ALLOWANCE
from .durations import MinutesField

_HOURS = re.compile(r"([0-9]{1,4})(?:[,.]([0-9]{1,2}))?(?:h|heures?)?")
_HOURS_AND_MINUTES = re.compile(r"(?:([0-9]{1,4})(?:h|heures?|:))?([0-9]{1,2})(?:m|mn|min)?")


class WeeklyHoursField(MinutesField):
    """`16`, `16h`, `16h30`, `16 h 30`, `16:30`, `17,5`: a timedelta. A bare number is hours; nothing is None."""

    def parse(self, typed):
        bare = "".join(typed.lower().split())
        if match := _HOURS.fullmatch(bare):
            hundredths = int((match[2] or "0").ljust(2, "0"))
            allowance = timedelta(hours=int(match[1]), seconds=hundredths * 36)
        elif match := _HOURS_AND_MINUTES.fullmatch(bare):
            if int(match[2]) > 59:
                raise DurationError(f"{quote(typed)} a trop de minutes{NBSP}: une heure en a 60.")
            allowance = timedelta(hours=int(match[1] or 0), minutes=int(match[2]))
        else:
            raise DurationError(f"{quote(typed)} n'est pas un nombre d'heures. Écrivez par exemple 16, 16h30 ou 17,5.")
        if allowance % timedelta(minutes=1):
            raise DurationError(f"{quote(typed)} ne fait pas un nombre entier de minutes. Écrivez par exemple 16h20.")
        if not allowance:
            raise DurationError(f"Un quota est de plus de 0{NBSP}h. Pour un temps plein, laissez vide.")
        if allowance > LONGEST_ALLOWANCE:
            raise DurationError(f"Une semaine n'a que 168{NBSP}h. Pour un temps plein, laissez vide.")
        return allowance


class AllowanceForm(forms.Form):
    allowance = WeeklyHoursField(
        label="Heures d'ouverture par semaine",
        required=False,
        help_text=f"Par exemple 16, 16h30 ou 17,5. Vide{NBSP}: temps plein, sans limite.",
    )


class AllowanceFilterForm(forms.Form):
    """The list of calendars: by name, and whether only those that have a cap are shown."""

    q = forms.CharField(label="Nom ou lieu", required=False)
    partiel = forms.BooleanField(label="Temps partiels seulement", required=False)

    def filter(self, calendars):
        self.is_valid()  # What cannot be read in the address filters nothing.
        for word in words_in(self.data).split()[:10]:
            calendars = calendars.filter(
                Q(agent__last_name__icontains=word)
                | Q(agent__first_name__icontains=word)
                | Q(desk__name__icontains=word)
                | Q(desk__location__name__icontains=word)
            )
        return calendars.exclude(weekly_allowance=None) if self.cleaned_data.get("partiel") else calendars
