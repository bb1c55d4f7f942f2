"""The public address of an agent or a desk, as whoever decides on it types it; and what finds them in their list."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from organizations.addresses import words_in
from organizations.models.public_addresses import LONGEST_SLUG
from scheduling.engine.typography import NBSP

from ..selectors.public_addresses import as_slug

_NEEDED = "Écrivez la fin de l'adresse avec des lettres ou des chiffres."


class CalendarAddressForm(forms.Form):
    is_published = forms.BooleanField(
        label="Donner une adresse publique",
        required=False,
        help_text="Décochez pour la retirer\u00a0: les affiches et les liens déjà donnés ne mènent plus à cet agenda.",
    )
    slug = forms.CharField(
        label="Fin de l'adresse",
        error_messages={"required": _NEEDED},
        max_length=LONGEST_SLUG,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}),
    )
    shown_name = forms.CharField(label="Nom affiché", required=False, max_length=120)

    def __init__(self, *args, name, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["slug"].help_text = (
            "Facile à lire à voix haute et à recopier. Si vous la changez, l'ancienne ne mène plus à rien"
            f"{NBSP}: refaites les affiches."
        )
        self.fields["shown_name"].help_text = f"Ce que l'usager lit. Vide{NBSP}: {name}."

    def clean_slug(self):
        slug = as_slug(self.cleaned_data["slug"])
        if not slug:
            raise ValidationError(_NEEDED)
        return slug

    def clean(self):
        if not self.cleaned_data.get("is_published"):
            self.errors.clear()  # Nothing of the rest matters: it is taken away.
        return super().clean()


class CalendarAddressFilterForm(forms.Form):
    q = forms.CharField(label="Nom ou lieu", required=False)

    def filter(self, calendars):
        for word in words_in(self.data).split()[:10]:
            calendars = calendars.filter(
                Q(agent__last_name__icontains=word)
                | Q(agent__first_name__icontains=word)
                | Q(desk__name__icontains=word)
                | Q(desk__location__name__icontains=word)
            )
        return calendars
