"""What an administrator types about an organization."""

from copy import copy

from django import forms

from organizations.models import Organization
from organizations.selectors.slugs import free_slug, is_taken

from ..engine.typography import NBSP, quote
from ..engine.zones import time_zone_label
from .confirmation import WithConfirmation
from .seen_values import OnlyWhatChanged
from .territories import PHONE_INVALID
from .zone_choices import TimeZoneField

NAME_TAKEN = "Une organisation de ce territoire porte déjà ce nom."


class OrganizationForm(OnlyWhatChanged, WithConfirmation, forms.ModelForm):
    """Its address and its first administrator are asked once, when it is added."""

    time_zone_override = TimeZoneField(label="Fuseau horaire", required=False)
    slug = forms.SlugField(
        label="Adresse",
        max_length=60,
        required=False,
        help_text="Laissez vide pour celle qui est proposée. Elle est imprimée sur des affiches et ne change plus.",
        error_messages={
            "invalid": "Écrivez des lettres sans accent, des chiffres et des tirets, par exemple mairie-annexe."
        },
    )
    first_administrator = forms.EmailField(
        label="E-mail du premier administrateur",
        required=False,
        help_text="Une invitation lui est envoyée. Sinon, les administrateurs du territoire l'administrent.",
    )

    class Meta:
        model = Organization
        fields = ["name", "email", "phone", "opening_hours_text", "time_zone_override"]
        labels = {"opening_hours_text": "Horaires d'accueil"}
        help_texts = {"opening_hours_text": "Un texte pour les usagers. Les créneaux viennent des plages d'ouverture."}
        widgets = {"opening_hours_text": forms.Textarea(attrs={"rows": 3})}
        error_messages = {"name": {"required": "Donnez le nom de l'organisation."}}

    def __init__(self, *args, organization, **kwargs):
        """`organization` comes with its territory; one that is added has no id yet."""
        # A copy: what is typed must not show around the page before it is kept.
        super().__init__(*args, instance=copy(organization), **kwargs)
        self.territory = organization.territory
        if organization.pk:
            del self.fields["slug"], self.fields["first_administrator"]
        self.fields["time_zone_override"].offer_time_zones(
            stored=organization.time_zone_override,
            none=f"Celui du territoire{NBSP}: {time_zone_label(self.territory.time_zone)}",
        )
        self.fields["phone"].error_messages["invalid"] = PHONE_INVALID
        self.fields["phone"].widget.input_type = "tel"
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        if organization.pk:
            self.remember_what_is_shown()

    def clean_name(self):
        name = self.cleaned_data["name"]
        if Organization.objects.for_territory(self.territory).filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(NAME_TAKEN)
        return name

    def clean_slug(self):
        slug = self.cleaned_data["slug"].lower()
        if slug and is_taken(slug):
            raise forms.ValidationError(f"L'adresse {quote(slug)} est déjà prise. {quote(free_slug(slug))} est libre.")
        return slug

    @property
    def new_fields(self) -> dict:
        """What `create_organization` takes."""
        fields = dict(self.cleaned_data)
        return fields | {"slug": fields["slug"] or free_slug(fields["name"])}

    @property
    def changed_zones(self) -> dict:
        return {name: value for name, value in self.changed_fields.items() if name == "time_zone_override"}
