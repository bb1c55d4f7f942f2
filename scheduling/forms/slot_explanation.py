"""What « Pourquoi aucun créneau ? » is asked about. Names are French because they stay in the address."""

from datetime import timedelta

from django import forms

from organizations.forms.citizens import CitizenChoiceField
from organizations.models import Citizen, Motif

from ..engine.typography import NBSP, count
from ..models import Calendar
from ..selectors.slots import Demand
from .openings import CalendarChoiceField

FARTHEST = timedelta(days=730)
AGENT, CITIZEN = "agent", "usager"


class SlotExplanationForm(forms.Form):
    """A motif, a day, perhaps one calendar. Choices are what the member may see."""

    usager = CitizenChoiceField(Citizen.objects.none(), required=False, widget=forms.HiddenInput)
    motif = forms.ModelChoiceField(
        Motif.objects.none(),
        empty_label="Choisissez un motif",
        error_messages={
            "required": "Choisissez un motif.",
            "invalid_choice": "Ce motif n'existe pas, ou n'est pas l'un des vôtres.",
        },
    )
    jour = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Cette date n'existe pas."},
    )
    option = forms.IntegerField(required=False, widget=forms.Select)
    personnes = forms.IntegerField(label="Personnes", required=False, min_value=1)
    agenda = CalendarChoiceField(
        required=False,
        empty_label="Tous ceux qui ont une plage de ce motif",
        error_messages={"invalid_choice": "Cet agenda n'existe pas, ou n'est pas visible pour vous."},
    )
    plusieurs = forms.BooleanField(required=False, widget=forms.HiddenInput)
    pour = forms.ChoiceField(
        label="Vu par",
        required=False,
        choices=[(AGENT, "Un agent"), (CITIZEN, "Un usager")],
    )

    def __init__(self, *args, membership, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        motifs = Motif.objects.visible_to(membership).select_related("organization__territory")
        self.fields["motif"].queryset = motifs
        self.fields["usager"].queryset = Citizen.objects.visible_to(membership)
        calendars = Calendar.objects.visible_to(membership).for_display()
        self.fields["agenda"].queryset = calendars
        self.is_together = bool(self.data.get("plusieurs")) and len(set(self.data.getlist("agenda"))) > 1
        if self.is_together:
            # Those who were searched together: explained by the hours that they share.
            self.fields["agenda"] = forms.ModelMultipleChoiceField(calendars, widget=forms.MultipleHiddenInput)
            del self.fields["pour"]
        else:
            del self.fields["plusieurs"]
        self.motif = self._motif_asked(motifs)
        in_use = Motif.objects.visible_to(membership).active()
        self.fields["motif"].choices = [
            ("", "Choisissez un motif"),
            *((motif.pk, str(motif)) for motif in in_use),
            *([(self.motif.pk, f"{self.motif} (archivé)")] if self.motif and not self.motif.is_active else []),
        ]
        self.options = {option.pk: option for option in self.motif.options.all()} if self.motif else {}
        self.options = {pk: option for pk, option in self.options.items() if option.archived_at is None}
        self.fields["option"].widget.choices = [(pk, str(option)) for pk, option in self.options.items()]
        self._leave_out_what_has_no_choice()
        self._show_what_is_meant()

    def _motif_asked(self, motifs):
        try:
            return self.fields["motif"].clean(self.data.get("motif"))
        except forms.ValidationError:
            return None

    def _leave_out_what_has_no_choice(self):
        if not self.options:
            del self.fields["option"]
        if self.motif is None or self.motif.max_persons == 1:
            del self.fields["personnes"]

    def _show_what_is_meant(self):
        """The form shows the day and the rest that an address without them means."""
        self.data = self.data.copy()
        for name, meant in {"jour": self.today.isoformat(), "personnes": "1", "pour": AGENT}.items():
            if not self.data.get(name):
                self.data[name] = meant

    def clean_jour(self):
        day = self.cleaned_data["jour"] or self.today
        if abs(day - self.today) > FARTHEST:
            raise forms.ValidationError("Choisissez une date à moins de deux ans d'ici.")
        return day

    def clean_option(self):
        """One of another motif is what the form held before the motif was changed: the first one is meant."""
        return self.options.get(self.cleaned_data["option"]) or next(iter(self.options.values()))

    def clean_personnes(self):
        persons = self.cleaned_data["personnes"] or 1
        if persons > self.motif.max_persons:
            most = count(self.motif.max_persons, "personne")
            raise forms.ValidationError(f"Ce motif se réserve pour{NBSP}{most} au plus.")
        return persons

    @property
    def demand(self) -> Demand:
        return Demand(self.motif, self.cleaned_data.get("option"), self.cleaned_data.get("personnes") or 1)

    @property
    def is_for_agent(self) -> bool:
        return self.cleaned_data.get("pour") != CITIZEN

    def neighbour(self, days: int):
        """The day so many days from the one asked; None where the form would refuse it."""
        day = self.cleaned_data["jour"] + timedelta(days=days)
        return day if abs(day - self.today) <= FARTHEST else None
