"""Which part of a series is to be changed or deleted, asked before anything else."""

from django import forms

from ..engine.phrases import format_day
from ..engine.series import Scope
from ..engine.typography import NBSP
from ..selectors.series import Part, days_to_choose, part_of
from .times import PlanningDayField

CHOICES = [
    (Scope.OCCURRENCE.value, "Cette occurrence"),
    (Scope.FOLLOWING.value, "Celle-ci et les suivantes"),
    (Scope.ALL.value, "Toutes"),
]


class SeriesScopeForm(forms.Form):
    """Read from the address. The next occurrence is chosen already; any other day of the series may be typed."""

    portee = forms.ChoiceField(
        label=f"Lesquelles{NBSP}?",
        choices=CHOICES,
        initial=Scope.OCCURRENCE.value,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choisissez une des trois réponses.",
            "invalid_choice": "Choisissez une des trois réponses.",
        },
    )
    jour = PlanningDayField(label="Date", required=False)
    autre_jour = PlanningDayField(
        label="Ou une autre date", required=False, help_text="Si elle n'est pas dans la liste."
    )

    def __init__(self, data=None, *, series, day=None, today):
        """`day` is the one that the address speaks of, if any."""
        self.series = series
        offered = days_to_choose(series.recurrence, today=today)
        data, day = self._readable(data, day)
        if day is not None and series.recurrence.is_occurrence(day):
            offered = sorted({*offered, day})
        else:
            day = next((coming for coming in offered if coming >= today), offered[-1] if offered else None)
        super().__init__(data, initial={"jour": day})
        self.fields["jour"].widget = forms.Select(choices=[(day, format_day(day)) for day in offered])

    def _readable(self, data, day):
        """What stands in the address as the day of a list that does not have it was typed, by whomever."""
        if data is None:
            return None, day
        data = data.copy()
        try:
            day = self.base_fields["jour"].clean(data.get("jour", ""))
        except forms.ValidationError:
            day = None
        is_listed = day is not None and self.series.recurrence.is_occurrence(day)
        if not is_listed and data.get("jour") and not data.get("autre_jour"):
            data["autre_jour"] = data["jour"]
        if not is_listed:
            data["jour"] = ""
        return data, day

    def clean(self):
        cleaned = super().clean()
        portee = cleaned.get("portee")
        if portee == Scope.ALL:
            self._errors.pop("jour", None)
            self._errors.pop("autre_jour", None)
            cleaned["part"] = part_of(self.series, scope=Scope.ALL)
        elif portee and not self.errors:
            cleaned["part"] = self._part(Scope(portee), cleaned)
        return cleaned

    def _part(self, scope, cleaned) -> Part | None:
        name = "autre_jour" if cleaned.get("autre_jour") else "jour"
        if cleaned.get(name) is None:
            self.add_error("jour", "Choisissez une date de la série.")
            return None
        part = part_of(self.series, scope=scope, day=cleaned[name])
        if part.problem:
            self.add_error(name, part.problem)
        return part
