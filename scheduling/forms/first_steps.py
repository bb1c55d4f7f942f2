"""What an administrator chooses on the first steps of an organization: little, and ticked already where it can be."""

from django import forms

from organizations.models import Location, Motif, ServiceUnit
from organizations.motif_library import LIBRARY, UNITS

from ..engine.opening_days import WEEKDAY_NAMES
from ..engine.recurrence import Frequency, Rule
from ..engine.typography import NBSP, quote
from ..models import Calendar, Opening
from ..selectors.opening_warnings import opening_warnings
from .openings import CalendarChoiceField
from .reference_weeks import HoursField
from .times import PlanningDayField

MYSELF, SOMEBODY = "moi", "autre"
USUAL_HOURS = "9h-12h\n14h-17h"
NO_HOURS = "Donnez au moins une plage, par exemple 9h-12h."


class FirstAdminForm(forms.Form):
    who = forms.ChoiceField(
        label=f"Qui administre l'organisation{NBSP}?",
        choices=[(MYSELF, "Moi"), (SOMEBODY, "Quelqu'un d'autre, que j'invite par e-mail")],
        widget=forms.RadioSelect,
        initial=MYSELF,
        error_messages={"required": "Choisissez qui administre l'organisation."},
    )
    email = forms.EmailField(
        label="Son adresse e-mail",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="Le lien qui lui est envoyé est valable sept jours.",
        error_messages={"invalid": "Ce n'est pas une adresse e-mail."},
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("who") == SOMEBODY and "email" not in self.errors and not cleaned.get("email"):
            self.add_error("email", "Donnez l'adresse de la personne à inviter.")
        return cleaned


class FirstUnitsForm(forms.Form):
    usual = forms.MultipleChoiceField(
        label="Services habituels",
        choices=[(name, name) for name in UNITS],
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-inline"}),
    )
    others = forms.CharField(
        label="Autres services, un par ligne",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        max_length=2000,
    )

    def clean_others(self):
        names = [" ".join(line.split()) for line in self.cleaned_data["others"].splitlines() if line.strip()]
        for name in names:
            if len(name) > 120:
                raise forms.ValidationError(f"{quote(name[:40] + '…')} est trop long{NBSP}: 120 caractères au plus.")
        return names

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not self.names:
            self.add_error("usual", "Choisissez au moins un service, ou passez cette étape.")
        return cleaned

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(self.cleaned_data.get("usual", []) + self.cleaned_data.get("others", [])))


class FirstMotifsForm(forms.Form):
    """The library, without the motifs that the organization has already."""

    motifs = forms.MultipleChoiceField(
        label="Motifs",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choisissez au moins un motif.",
            "invalid_choice": f"{quote('%(value)s')} n'est plus proposé ici.",
        },
    )
    unit = forms.ModelChoiceField(
        label="Service",
        queryset=ServiceUnit.objects.none(),
        required=False,
        empty_label="Tous les services",
        help_text="Seuls les agents de ce service, l'accueil et les administrateurs verront ces motifs.",
    )
    audience = forms.ChoiceField(
        label="Qui peut réserver",
        choices=Motif.BookingAudience.choices,
        initial=Motif.BookingAudience.EVERYONE,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, membership, known, **kwargs):
        """`known` are the names of its motifs in lower case."""
        super().__init__(*args, **kwargs)
        self.fields["motifs"].choices = [
            (category, [(usual.name, _describe(usual)) for usual in of_category if usual.name.casefold() not in known])
            for category, of_category in LIBRARY.items()
            if any(usual.name.casefold() not in known for usual in of_category)
        ]
        self.fields["unit"].queryset = ServiceUnit.objects.visible_to(membership)
        if not self.fields["unit"].queryset:
            del self.fields["unit"]

    @property
    def service_fields(self) -> dict:
        unit = self.cleaned_data.get("unit")
        return {
            "names": self.cleaned_data["motifs"],
            "audience": self.cleaned_data["audience"],
            "units": [unit] if unit else [],
        }


def _describe(usual):
    kind = Motif.LocationKind(usual.kind)
    place = "" if kind == Motif.LocationKind.ON_SITE else f" · {kind.label}"
    return f"{usual.name} · {usual.minutes}{NBSP}min{place}"


class CalendarOrNewDeskField(CalendarChoiceField):
    """One of the calendars; None means that a desk is to be made."""

    def clean(self, value):
        return None if value in self.empty_values else super().clean(value)


class FirstHoursForm(forms.Form):
    """The same hours on some days of every week, on the member's calendar or at a new desk."""

    calendar = CalendarOrNewDeskField(
        label="Agenda", empty_label="Un nouveau guichet", help_text="Celui d'un agent, ou d'un guichet."
    )
    desk_name = forms.CharField(
        label="Nom du nouveau guichet",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Un guichet est un agenda sans compte. Sert seulement pour un nouveau guichet.",
    )
    location = forms.ModelChoiceField(
        label="Lieu",
        queryset=Location.objects.none(),
        empty_label=None,
        error_messages={"required": "Choisissez un lieu."},
    )
    motifs = forms.ModelMultipleChoiceField(
        label="Motifs",
        queryset=Motif.objects.none(),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-scroll"}),
        error_messages={"required": "Choisissez au moins un motif."},
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="Jours",
        choices=[(number, name.capitalize()) for number, name in enumerate(WEEKDAY_NAMES)],
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-inline"}),
        error_messages={"required": "Choisissez au moins un jour."},
    )
    hours = HoursField(label="Horaires de ces jours", help_text="Une plage par ligne, par exemple 9h-12h.")
    first_day = PlanningDayField(label="À partir du", error_messages={"required": "Donnez le premier jour."})

    def __init__(self, *args, membership, today, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.membership, self.now = membership, now
        organization = membership.organization
        calendars = Calendar.objects.visible_to(membership).managed_by(membership).in_use()
        self.fields["hours"].required, self.fields["hours"].error_messages["required"] = True, NO_HOURS
        self.fields["calendar"].queryset = calendars.for_display()
        self.fields["location"].queryset = Location.objects.visible_to(membership).filter(closed_at=None)
        self.fields["motifs"].queryset = motifs = Motif.objects.visible_to(membership).active()
        self.initial = {
            "calendar": calendars.filter(agent=membership.agent).values_list("pk", flat=True).first(),
            "desk_name": "Guichet 1",
            "motifs": list(motifs.values_list("pk", flat=True)),
            "weekdays": [day for day in organization.open_weekdays if day < 5] or organization.open_weekdays,
            "hours": USUAL_HOURS,
            "first_day": today,
        } | self.initial

    def clean_hours(self):
        if not self.cleaned_data["hours"]:  # Blank lines only.
            raise forms.ValidationError(NO_HOURS)
        return self.cleaned_data["hours"]

    def clean(self):
        cleaned = super().clean()
        wants_a_desk = "calendar" not in self.errors and cleaned.get("calendar") is None
        if wants_a_desk and not cleaned.get("desk_name"):
            self.add_error("desk_name", "Donnez un nom au nouveau guichet.")
        if not self.errors:
            self._warn()
        return cleaned

    def _warn(self):
        """What the full form lets one confirm stands in the way here: those who begin rather correct it."""
        for opening in self._drafts():
            for warning in opening_warnings(opening, self.cleaned_data["motifs"], now=self.now):
                self.add_error(None, warning)

    def _drafts(self):
        cleaned = self.cleaned_data
        for start, end in cleaned["hours"]:
            yield Opening(
                organization=self.membership.organization,
                calendar=cleaned["calendar"],
                location=cleaned["location"],
                first_day=cleaned["first_day"],
                start_time=start,
                end_time=end,
                rrule=self.rrule,
            )

    @property
    def rrule(self) -> str:
        return Rule(Frequency.WEEKLY, weekdays=frozenset(self.cleaned_data["weekdays"])).to_rrule()

    @property
    def service_fields(self) -> dict:
        """What `open_first_hours` writes."""
        names = ("calendar", "location", "motifs", "hours", "first_day")
        fields = {name: self.cleaned_data[name] for name in names}
        return fields | {"desk_name": self.cleaned_data["desk_name"], "rrule": self.rrule}
