"""What an administrator ticks and types of the days on which the organization is open or closed."""

from datetime import date, timedelta

from django import forms

from ..engine.opening_days import WEEKDAY_NAMES
from ..engine.phrases import format_day
from ..selectors.holiday_boxes import HolidayBoxes
from .times import PlanningDayField

ORGANIZATION, TERRITORY = "organization", "territory"
FURTHEST = timedelta(days=5 * 366)


class OpenWeekdaysForm(forms.Form):
    weekdays = forms.TypedMultipleChoiceField(
        label="Jours ouverts",
        choices=[(number, name.capitalize()) for number, name in enumerate(WEEKDAY_NAMES)],
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-inline"}),
        error_messages={
            "required": "Gardez au moins un jour ouvert. Pour tout fermer pendant un temps, ajoutez une fermeture.",
            "invalid_choice": "Ce jour n'existe pas.",
        },
    )


class BoxesForm(forms.Form):
    """Boxes that are ticked for what is closed; `closed` says it of every box that was shown."""

    boxes = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Cette case n'existe plus. Rechargez la page."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["boxes"].label = self.label

    def offer(self, choices, ticked):
        self.fields["boxes"].choices = choices
        self.initial["boxes"] = ticked

    @property
    def shown(self) -> list[str]:
        return [value for _, group in self.fields["boxes"].choices for value, _ in group]


class HolidaysForm(BoxesForm):
    prefix = "holidays"
    label = "Fermé chaque année"

    def __init__(self, *args, boxes: HolidayBoxes, **kwargs):
        super().__init__(*args, **kwargs)
        groups = [
            ("Jours fériés", [(box.key, box.label) for box in boxes.listed]),
            ("Jours locaux", [(box.key, box.label) for box in boxes.local]),
        ]
        self.offer([group for group in groups if group[1]], [box.key for box in boxes.every_year if box.is_closed])

    @property
    def closed(self) -> dict[str, bool]:
        return {key: key in self.cleaned_data["boxes"] for key in self.shown}


class HolidayDatesForm(BoxesForm):
    prefix = "dates"
    label = "Fermé à cette date"

    def __init__(self, *args, boxes: HolidayBoxes, **kwargs):
        super().__init__(*args, **kwargs)
        groups = [(str(year), [(box.day.isoformat(), _dated(box)) for box in of_year]) for year, of_year in boxes.years]
        self.offer(groups, [box.day.isoformat() for box in boxes.dates if box.is_closed])

    @property
    def closed(self) -> dict[date, bool]:
        return {date.fromisoformat(day): day in self.cleaned_data["boxes"] for day in self.shown}


def _dated(box):
    """« Noël, vendredi 25 décembre », and how it differs from every year."""
    day = format_day(box.day).rsplit(" ", 1)[0]
    usual = "fermé" if box.is_closed_every_year else "ouvert"
    return f"{box.label}, {day}" + (f" ({usual} les autres années)" if box.is_exception else "")


class ClosureForm(forms.Form):
    """`scope` is asked of territory administrators only."""

    label = forms.CharField(
        label="Motif de la fermeture",
        max_length=120,
        help_text="Les agents le lisent dans l'agenda. Par exemple : Travaux, Pont de l'Ascension.",
        error_messages={"required": "Donnez le motif de la fermeture."},
    )
    first_day = PlanningDayField(label="Du", error_messages={"required": "Donnez le premier jour fermé."})
    last_day = PlanningDayField(label="Au (compris)", required=False)
    scope = forms.ChoiceField(label="Qui ferme", widget=forms.RadioSelect, initial=ORGANIZATION)

    def __init__(self, *args, membership, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.membership, self.today = membership, today
        organization = membership.organization
        self.fields["label"].widget.attrs["autocomplete"] = "off"
        if membership.is_territory_admin:
            everyone = f"Tout le territoire ({organization.territory})"
            self.fields["scope"].choices = [(ORGANIZATION, str(organization)), (TERRITORY, everyone)]
        else:
            del self.fields["scope"]

    def clean(self):
        cleaned = super().clean()
        first_day = cleaned.get("first_day")
        last_day = cleaned.get("last_day") or first_day
        if first_day is None or "last_day" in self.errors:
            return cleaned
        if last_day < first_day:
            self.add_error("last_day", "La fermeture se termine avant son premier jour.")
        elif last_day < self.today:
            self.add_error("last_day" if cleaned.get("last_day") else "first_day", "Cette fermeture est déjà passée.")
        elif last_day > self.today + FURTHEST:
            self.add_error("last_day" if cleaned.get("last_day") else "first_day", "C'est dans plus de cinq ans.")
        cleaned["last_day"] = last_day
        return cleaned

    @property
    def service_fields(self) -> dict:
        """What `add_closure` writes."""
        organization = self.membership.organization
        whole_territory = self.cleaned_data.get("scope") == TERRITORY
        return {
            "territory": organization.territory,
            "organization": None if whole_territory else organization,
            **{name: self.cleaned_data[name] for name in ("label", "first_day", "last_day")},
        }
