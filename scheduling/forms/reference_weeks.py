"""What an administrator types of a reference week, and to put it on a calendar."""

from dataclasses import dataclass
from datetime import time, timedelta

from django import forms

from organizations.forms.tenant_rows import TenantModelForm
from organizations.models import Location, Motif

from ..engine.notation import NotationError, parse_hours
from ..engine.opening_days import WEEKDAY_NAMES
from ..engine.typography import NBSP, quote
from ..models import Calendar, ReferenceRange, ReferenceWeek
from .openings import CalendarChoiceField
from .times import PlanningDayField

WORKING_DAYS = range(5)


@dataclass(frozen=True)
class Reading:
    """What is understood: ranges and errors of each day by its name, and the hours of the whole week."""

    days: list[tuple[str, list[tuple[time, time]], list[str]]]
    total: timedelta


class HoursField(forms.CharField):
    """One range of the notation per line; cleaned to ranges. Every faulty line has an error of its own."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "hours-typed", "autocomplete": "off", "spellcheck": "false"})

    def __init__(self, **kwargs):
        # Not stripped: errors count the lines as they stand.
        super().__init__(required=False, strip=False, max_length=500, **kwargs)

    def clean(self, value):
        typed = super().clean(value)
        try:
            return parse_hours(typed)
        except NotationError as error:
            raise forms.ValidationError([str(line) for line in error.errors]) from error


class ReferenceWeekForm(TenantModelForm):
    checked_unseen = frozenset()  # Whether the name is taken, the service says, beside the name.

    class Meta:
        model = ReferenceWeek
        fields = ["name"]
        error_messages = {"name": {"required": "Donnez un nom à cette semaine."}}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        notation = self.instance.notation if self.instance.pk else [""] * len(WEEKDAY_NAMES)
        for weekday, name in enumerate(WEEKDAY_NAMES):
            self.fields[day_field(weekday)] = HoursField(label=name.capitalize())
            self.initial.setdefault(day_field(weekday), notation[weekday])

    @property
    def days(self):
        """The fields of the days, for the page."""
        return [self[day_field(weekday)] for weekday in range(len(WEEKDAY_NAMES))]

    @property
    def service_fields(self) -> dict:
        """What `create_reference_week` and `change_reference_week` write."""
        hours = [self.cleaned_data[day_field(weekday)] for weekday in range(len(WEEKDAY_NAMES))]
        return {"name": self.cleaned_data["name"], "hours": hours}

    @property
    def reading(self) -> Reading:
        days, total = [], timedelta(0)
        for field, name in zip(self.days, WEEKDAY_NAMES, strict=True):
            try:
                ranges, errors = parse_hours(field.value() or ""), []
            except NotationError as error:
                ranges, errors = [], [str(line) for line in error.errors]
            days.append((name, ranges, errors))
            total += sum((ReferenceRange(start_time=a, end_time=b).duration for a, b in ranges), timedelta(0))
        return Reading(days, total)


def day_field(weekday: int) -> str:
    return f"day_{weekday}"


def with_monday_copied(typed) -> dict:
    """What was typed, Tuesday to Friday being as Monday: the initial values of the form that is shown again."""
    monday = {day_field(weekday): typed.get(day_field(0), "") for weekday in WORKING_DAYS}
    return typed.dict() | monday


class ReferenceWeekApplicationForm(forms.Form):
    """On which calendar, when, for what, and with which week by turns. Names are those of the address."""

    agenda = CalendarChoiceField(
        label="Guichet ou agenda",
        empty_label="Choisissez",
        error_messages={"required": "Choisissez un guichet ou un agenda."},
    )
    du = PlanningDayField(label="Du", error_messages={"required": "Donnez le premier jour."})
    au = PlanningDayField(label="Au (compris)", error_messages={"required": "Donnez le dernier jour."})
    semaine_b = forms.ModelChoiceField(
        label="En alternance avec",
        queryset=ReferenceWeek.objects.none(),
        required=False,
        empty_label=f"Aucune{NBSP}: la même chaque semaine",
        help_text="Une semaine sur deux, à partir de celle qui suit le premier jour.",
    )
    motifs = forms.ModelMultipleChoiceField(
        label="Motifs",
        queryset=Motif.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-scroll"}),
        help_text=f"À un guichet, aucun coché veut dire{NBSP}: tous ceux qu'il sert.",
    )
    lieu = forms.ModelChoiceField(
        label="Lieu",
        queryset=Location.objects.none(),
        required=False,
        empty_label="Aucun lieu",
        help_text=f"À un guichet, vide veut dire{NBSP}: celui du guichet.",
    )

    def __init__(self, *args, week, membership, **kwargs):
        super().__init__(*args, **kwargs)
        self.week = week
        calendars = Calendar.objects.visible_to(membership).managed_by(membership).in_use()
        self.fields["agenda"].queryset = calendars.for_display()
        weeks = ReferenceWeek.objects.visible_to(membership).exclude(pk=week.pk)
        self.fields["semaine_b"].queryset = weeks.for_list()
        self.fields["motifs"].queryset = Motif.objects.visible_to(membership).active()
        self.fields["lieu"].queryset = Location.objects.visible_to(membership).filter(closed_at=None)

    def clean(self):
        cleaned = super().clean()
        first_day, last_day = cleaned.get("du"), cleaned.get("au")
        if first_day and last_day and last_day < first_day:
            self.add_error("au", "La période se termine avant son premier jour.")
        calendar = cleaned.get("agenda")
        if calendar and "motifs" not in self.errors:
            self._complete(cleaned, calendar)
        return cleaned

    def _complete(self, cleaned, calendar):
        """A desk brings its motifs and its place."""
        if calendar.desk_id:
            cleaned["motifs"] = cleaned["motifs"] or calendar.desk.motifs.active().order_by("name", "pk")
            cleaned["lieu"] = cleaned.get("lieu") or calendar.desk.location
        if not cleaned["motifs"]:
            whose = (
                "Ce guichet ne sert aucun motif : choisissez-en."
                if calendar.desk_id
                else "Choisissez au moins un motif."
            )
            self.add_error("motifs", whose)
        on_site = [motif for motif in cleaned.get("motifs", ()) if motif.location_kind == Motif.LocationKind.ON_SITE]
        if on_site and cleaned.get("lieu") is None and "lieu" not in self.errors:
            self.add_error("lieu", f"Choisissez un lieu{NBSP}: {quote(on_site[0])} se tient sur place.")

    @property
    def service_fields(self) -> dict:
        """What `preview_reference_week` and `apply_reference_week` take."""
        cleaned = self.cleaned_data
        return {
            "weeks": [week for week in (self.week, cleaned["semaine_b"]) if week],
            "calendar": cleaned["agenda"],
            "first_day": cleaned["du"],
            "last_day": cleaned["au"],
            "motifs": list(cleaned["motifs"]),
            "location": cleaned["lieu"],
        }
