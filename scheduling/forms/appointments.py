from django import forms

from organizations.models import Location

from ..models import AppointmentStatus, Calendar

NBSP = "\u00a0"


class OutcomeForm(forms.Form):
    """What came of an appointment, or BOOKED to take that back."""

    status = forms.ChoiceField(
        choices=[
            (AppointmentStatus.FULFILLED, "Honoré"),
            (AppointmentStatus.NO_SHOW, "Absence non excusée"),
            (AppointmentStatus.BOOKED, "Retirer le résultat"),
        ]
    )


class CancelForm(forms.Form):
    status = forms.ChoiceField(
        label=f"Qui annule{NBSP}?",
        choices=[
            (AppointmentStatus.CANCELLED_BY_CITIZEN, "L'usager a demandé l'annulation"),
            (AppointmentStatus.CANCELLED_BY_AGENT, "Le service annule"),
            (AppointmentStatus.UNSCHEDULED, f"Déprogrammé{NBSP}: les horaires du service ont changé"),
        ],
        widget=forms.RadioSelect,
        initial=AppointmentStatus.CANCELLED_BY_CITIZEN,
    )
    reason = forms.CharField(
        label="Raison", max_length=250, required=False, help_text="Pour les agents, dans l'historique du rendez-vous."
    )

    def __init__(self, *args, is_collective=False, **kwargs):
        super().__init__(*args, **kwargs)
        if is_collective:
            # A citizen leaves a workshop; they cannot ask for its end.
            status = self.fields["status"]
            status.choices, status.initial = status.choices[1:], AppointmentStatus.CANCELLED_BY_AGENT


class CancelElsewhereForm(forms.Form):
    """On a citizen's behalf, from outside the service that receives."""

    reason = forms.CharField(
        label="Raison", max_length=250, required=False, help_text="Pour les agents du service qui reçoit."
    )


class MoveForm(forms.Form):
    """A slot as it stands in the address and in the form: when, where, whose calendar."""

    starts_at = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z"])
    location = forms.ModelChoiceField(Location.objects.none(), required=False)
    calendar = forms.ModelChoiceField(Calendar.objects.none())

    def __init__(self, *args, membership, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["location"].queryset = Location.objects.visible_to(membership)
        self.fields["calendar"].queryset = Calendar.objects.visible_to(membership).in_use()

    def clean_starts_at(self):
        """Far from the ends of the calendar, where a change of zone overflows."""
        starts_at = self.cleaned_data["starts_at"]
        if not 2000 <= starts_at.year <= 2100:
            raise forms.ValidationError("Cette date est trop lointaine.")
        return starts_at


class CopyForm(MoveForm):
    """The slot of another appointment like one that exists, which a second click does not book again."""

    idempotency_key = forms.UUIDField()
