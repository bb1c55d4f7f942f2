"""The name of a view of the agenda, and what it shows, as the address of the agenda has it."""

from django import forms

from organizations.models import Team

from ..models import AgendaView, Calendar
from ..selectors.calendar_choice import MAXIMUM


class AgendaViewNameForm(forms.Form):
    name = forms.CharField(
        label="Nom de la vue",
        max_length=60,
        error_messages={"required": "Donnez un nom à la vue."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AgendaViewForm(AgendaViewNameForm):
    """Everything but the name comes hidden with the agenda that is shown."""

    vue = forms.ChoiceField(choices=AgendaView.Period.choices)
    equipe = forms.ModelChoiceField(Team.objects.none(), required=False)
    agenda = forms.ModelMultipleChoiceField(Calendar.objects.none(), required=False)
    affichage = forms.ChoiceField(choices=[("", ""), ("liste", "")], required=False)
    annules = forms.BooleanField(required=False)
    weekends = forms.ChoiceField(choices=[("", ""), ("oui", ""), ("non", "")], required=False)

    def __init__(self, *args, membership, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["equipe"].queryset = Team.objects.visible_to(membership)
        self.fields["agenda"].queryset = Calendar.objects.visible_to(membership).in_use()

    @property
    def service_fields(self) -> dict:
        """What `save_agenda_view` writes."""
        cleaned = self.cleaned_data
        return {
            "name": cleaned["name"],
            "period": cleaned["vue"],
            "team": cleaned["equipe"],
            "calendar_ids": [calendar.pk for calendar in cleaned["agenda"]][:MAXIMUM],
            "is_list": cleaned["affichage"] == "liste",
            "with_cancelled": cleaned["annules"],
            "weekends": cleaned["weekends"],
        }
