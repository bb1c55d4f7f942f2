"""What somebody who waits for an earlier slot wishes."""

from datetime import date

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from scheduling.engine.earlier_slots import Wishes

MORNING, AFTERNOON = "matin", "apres-midi"
MOMENT_NAMES = {MORNING: _("Le matin"), AFTERNOON: _("L'après-midi")}


def weekday_name(day: int) -> str:
    """« Lundi » for 0."""
    return capfirst(WEEKDAYS[day])


class WishesForm(forms.Form):
    """`days` are the weekdays on which the organization is open, and those wished before. `last_day` is that of the
    appointment. « autres_lieux » is asked where there are other places.
    """

    jours = forms.TypedMultipleChoiceField(
        label=_("Jours qui vous conviennent"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-inline"}),
        error_messages={"required": _("Cochez au moins un jour.")},
    )
    moments = forms.MultipleChoiceField(
        label=_("Moments de la journée"),
        choices=list(MOMENT_NAMES.items()),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-inline"}),
        error_messages={"required": _("Cochez le matin, l'après-midi, ou les deux.")},
    )
    pas_avant = forms.DateField(
        label=_("Pas avant le"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Cette date n'existe pas. Écrivez le jour, le mois et l'année.")},
    )
    autres_lieux = forms.BooleanField(label=_("Dans un autre lieu aussi"), required=False)

    def __init__(self, *args, days, today: date, last_day: date, has_other_places: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.last_day = last_day
        self.fields["jours"].choices = [(day, weekday_name(day)) for day in sorted(days)]
        self.fields["pas_avant"].widget.attrs |= {"min": today.isoformat(), "max": last_day.isoformat()}
        if not has_other_places:
            del self.fields["autres_lieux"]

    def clean_pas_avant(self):
        day = self.cleaned_data["pas_avant"]
        if day and day > self.last_day:
            raise forms.ValidationError(_("Choisissez une date avant celle de votre rendez-vous."))
        return day

    @property
    def wishes(self) -> Wishes:
        typed = self.cleaned_data
        return Wishes(
            weekdays=frozenset(typed["jours"]),
            mornings=MORNING in typed["moments"],
            afternoons=AFTERNOON in typed["moments"],
            not_before=typed["pas_avant"],
        )

    @property
    def any_place(self) -> bool:
        return bool(self.cleaned_data.get("autres_lieux"))


def initial_of(request, *, days) -> dict:
    """The wishes of a request; without one, whatever there is in the same place."""
    if request is None:
        return {"jours": sorted(days), "moments": [MORNING, AFTERNOON]}
    halves = [(MORNING, request.mornings), (AFTERNOON, request.afternoons)]
    return {
        "jours": request.weekdays,
        "moments": [name for name, is_wished in halves if is_wished],
        "pas_avant": request.not_before,
        "autres_lieux": request.any_place,
    }
