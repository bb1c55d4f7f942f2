"""The rights of agents on a territory: what the table is asked, and what is changed."""

from django import forms

from ..models import Organization
from ..permissions import RIGHTS, can_give, can_take
from ..selectors.rights import ADMINISTERS_ORGANIZATION, FRONT_DESK, PLAIN

LABELS = {
    "is_admin": "Administre le territoire",
    "manages_access": "Gère les droits d'accès",
    "manages_teams": "Gère les équipes",
    "invites_agents": "Invite des agents",
}

HELP = {
    "is_admin": "Peut tout, dans toutes les organisations, réglages et droits compris.",
    "manages_access": "Donne et retire à d'autres les droits ci-dessous et celui-ci.",
    "manages_teams": "Crée, change et supprime les équipes, qui servent de filtre.",
    "invites_agents": "Invite des agents dans toutes les organisations, jamais comme administrateurs.",
}

CHOICES = [
    ("", "Tous les droits"),
    ("Sur le territoire", list(LABELS.items())),
    (
        "Dans une organisation",
        [
            (ADMINISTERS_ORGANIZATION, "Administre une organisation"),
            (FRONT_DESK, "Tient l'accueil"),
            (PLAIN, "Agent, sans autre droit"),
        ],
    ),
]


class RightsFilterForm(forms.Form):
    q = forms.CharField(label="Nom ou adresse e-mail", required=False)
    organisation = forms.ModelChoiceField(
        label="Organisation",
        queryset=Organization.objects.none(),
        required=False,
        empty_label="Toutes les organisations",
        error_messages={"invalid_choice": "Cette organisation n'existe pas ici."},
    )
    droit = forms.ChoiceField(
        label="Droit", choices=CHOICES, required=False, error_messages={"invalid_choice": "Ce droit n'existe pas."}
    )

    def __init__(self, *args, territory, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organization.objects.for_territory(territory)

    @property
    def narrowed(self) -> dict:
        """What the table is narrowed to; what cannot be read in the address narrows nothing, and is said."""
        self.is_valid()
        return {"organization": self.cleaned_data.get("organisation"), "right": self.cleaned_data.get("droit", "")}


class TerritoryRightsForm(forms.Form):
    """A box for each right. Those that `changed_by` (a TerritoryRole) may neither give nor take cannot be pressed."""

    def __init__(self, *args, agent, role, changed_by, **kwargs):
        super().__init__(*args, **kwargs)
        for name in RIGHTS:
            has = getattr(role, name, False)
            may = can_take(changed_by, name) if has else can_give(changed_by, name, agent)
            self.fields[name] = forms.BooleanField(
                label=LABELS[name], help_text=HELP[name], required=False, initial=has, disabled=not may
            )

    @property
    def chosen(self) -> dict[str, bool]:
        """The rights that could be chosen, as they were."""
        return {name: given for name, given in self.cleaned_data.items() if not self.fields[name].disabled}
