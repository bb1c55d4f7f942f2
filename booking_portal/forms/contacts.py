"""Fields for what a citizen says about themselves, with words they can act on."""

from datetime import date

import phonenumbers
from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

OLDEST_BIRTH = date(1900, 1, 1)


class BirthDateField(forms.DateField):
    """Typed day first, with or without separators: `12/05/1980`, `12.5.1980`, `12051980`."""

    input_formats = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%d%m%Y", "%Y-%m-%d"]
    # A date picker is slow for a day decades ago.
    widget = forms.DateInput(format="%d/%m/%Y", attrs={"inputmode": "numeric", "autocomplete": "bday"})
    default_error_messages = {
        "invalid": _("Cette date n'existe pas. Écrivez le jour, le mois et l'année, par exemple 12/05/1980."),
    }

    def __init__(self, *, today, **kwargs):
        self.today = today
        super().__init__(**kwargs)

    def clean(self, value):
        birth_date = super().clean(value)
        if birth_date and birth_date > self.today:
            raise forms.ValidationError(_("Cette date est dans le futur. Vérifiez l'année."))
        if birth_date and birth_date < OLDEST_BIRTH:
            raise forms.ValidationError(_("Vérifiez l'année de naissance."))
        return birth_date


def phone_field(country: str, **kwargs) -> PhoneNumberField:
    """A phone typed as in `country` (ISO 3166-1), or with its international prefix."""
    return PhoneNumberField(
        region=country if country in phonenumbers.SUPPORTED_REGIONS else None,
        error_messages={
            "invalid": _("Ce numéro n'est pas complet ou n'existe pas. Exemple : 06 12 34 56 78."),
            "required": _("Indiquez votre numéro de téléphone."),
        },
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
        **kwargs,
    )
