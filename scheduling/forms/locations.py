"""With whom a place is shared."""

from collections.abc import Iterable

from django import forms
from django.utils.html import format_html

from organizations.models import Location, Organization

from ..engine.typography import typeset
from ..selectors.location_uses import UseOfLocation, refusal_of_unsharing


class SistersField(forms.ModelMultipleChoiceField):
    """Organizations, each with what it has at the place."""

    uses: dict[int, UseOfLocation] = {}

    def label_from_instance(self, organization):
        use = self.uses.get(organization.pk)
        if use is None or not use.current:
            return str(organization)
        return format_html('{} <span class="row-note">{}</span>', organization, ", ".join(use.current))


class LocationSharingForm(forms.Form):
    shared_with = SistersField(
        label="Organisations qui s'en servent aussi",
        queryset=Organization.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-scroll"}),
        help_text="Leurs administrateurs y mettent des guichets, leurs agents y ouvrent des plages. "
        "Le lieu reste à votre organisation, qui seule le modifie.",
    )

    def __init__(self, *args, location: Location, uses: Iterable[UseOfLocation], **kwargs):
        super().__init__(*args, **kwargs)
        self.before = {sister.pk for sister in location.shared_with.all()}
        field = self.fields["shared_with"]
        field.uses = {use.organization.pk: use for use in uses}
        field.initial = sorted(self.before)
        sisters = Organization.objects.for_territory(location.organization.territory)
        field.queryset = sisters.exclude(pk=location.organization_id).order_by("name", "pk")

    def clean_shared_with(self):
        """What is refused here the service refuses again, under its lock."""
        wanted = self.cleaned_data["shared_with"]
        taken_back = self.before - {sister.pk for sister in wanted}
        uses = self.fields["shared_with"].uses
        refusal = refusal_of_unsharing(uses[pk] for pk in taken_back if pk in uses)
        if refusal:
            raise forms.ValidationError(typeset(f"Ce partage ne peut pas être retiré. {refusal}."))
        return wanted
