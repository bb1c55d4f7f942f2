"""What an administrator types about a place."""

from django import forms

from ..models import Location, Organization
from .tenant_rows import TenantModelForm


class LocationForm(TenantModelForm):
    checked_unseen = {"organization", "external_id"}

    class Meta:
        model = Location
        fields = [
            "name",
            "street",
            "postal_code",
            "city",
            "latitude",
            "longitude",
            "phone",
            "access_notes",
            "is_visible_on_portal",
            "shared_with",
        ]
        widgets = {
            "access_notes": forms.Textarea(attrs={"rows": 2}),
            "shared_with": forms.CheckboxSelectMultiple(attrs={"class": "choices-scroll"}),
        }
        localized_fields = ["latitude", "longitude"]
        help_texts = {
            "is_visible_on_portal": "Sinon, seuls les agents y réservent.",
            "shared_with": "Ces organisations y ouvrent aussi des plages.",
        }
        error_messages = {"name": {"required": "Donnez le nom du lieu."}}

    def __init__(self, *args, membership, **kwargs):
        super().__init__(*args, membership=membership, **kwargs)
        sisters = Organization.objects.for_territory(membership.organization.territory_id)
        self.fields["shared_with"].queryset = sisters.exclude(pk=membership.organization.pk)
        # Taking a place back looks at what others have there: that is a page of its own.
        if self.instance.pk or not self.fields["shared_with"].queryset:
            del self.fields["shared_with"]
        self.fields["phone"].error_messages["invalid"] = (
            "Ce numéro n'existe pas. Écrivez-le comme 03 21 12 34 56, ou +32 470 12 34 56 s'il est étranger."
        )
        self.fields["phone"].widget.input_type = "tel"
        for name in ("latitude", "longitude"):
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "field-duration"})
            self.fields[name].error_messages["invalid"] = "Écrivez un nombre, par exemple 50,2910."
        for name in ("name", "street", "postal_code", "city", "phone"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean(self):
        cleaned = super().clean()
        if (cleaned.get("latitude") is None) != (cleaned.get("longitude") is None) and not (
            self.errors.keys() & {"latitude", "longitude"}
        ):
            self.add_error("longitude", "Donnez la latitude et la longitude, ou aucune des deux.")
        return cleaned


class LocationFilterForm(forms.Form):
    q = forms.CharField(label="Nom ou commune", required=False)
