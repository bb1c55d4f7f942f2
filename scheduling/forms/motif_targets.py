"""Where a motif is added: one organization of the territory, or several at once."""

from django import forms

from organizations.models import Organization

ALL, NONE = "toutes", "aucune"


class CopyTargetForm(forms.Form):
    """Only administrators of the territory have a choice."""

    organisation = forms.ModelChoiceField(
        Organization.objects.none(),
        label="Organisation de la copie",
        empty_label=None,
        error_messages={"required": "Choisissez l'organisation.", "invalid_choice": "Choisissez l'organisation."},
    )

    def __init__(self, data=None, *, membership):
        super().__init__(data, initial={"organisation": membership.organization})
        self.fields["organisation"].queryset = Organization.objects.visible_to(membership).select_related("territory")

    @property
    def is_needed(self):
        return len(self.fields["organisation"].choices) > 1


class OrganizationsForm(forms.Form):
    organisations = forms.ModelMultipleChoiceField(
        Organization.objects.none(),
        label="Organisations",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins une organisation."},
    )

    def __init__(self, data=None, *, territory, initial=None):
        super().__init__(data, initial=initial)
        self.fields["organisations"].queryset = Organization.objects.for_territory(territory)

    def as_typed(self, act, *, territory):
        """The same again, not checked; all of them or none, if that is what was pressed."""
        ticked = self.data.getlist("organisations")
        everything = self.fields["organisations"].queryset
        chosen = {ALL: everything, NONE: []}.get(act, ticked)
        return type(self)(territory=territory, initial={"organisations": chosen})
