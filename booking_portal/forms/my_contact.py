"""By which contact somebody gets the messages of their RDVs."""

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from organizations.models import Territory
from organizations.phone_numbers import receives_sms

from ..reader import Contact
from .contacts import phone_field
from .traps import TrapField

_NEITHER = _("Écrivez une adresse e-mail, comme nom@exemple.fr, ou un numéro de mobile, comme 06 12 34 56 78.")


class MyContactForm(forms.Form):
    """`cleaned_data["contact"]` is a `Contact`."""

    contact = forms.CharField(
        label=_("E-mail ou téléphone mobile"),
        max_length=254,
        help_text=_("Celui qui reçoit nos messages."),
        error_messages={"required": _NEITHER},
        widget=forms.TextInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )
    website = TrapField()

    def __init__(self, *args, territory: Territory, **kwargs):
        super().__init__(*args, **kwargs)
        self._phone = phone_field(territory.country)

    def clean_contact(self) -> Contact:
        typed = self.cleaned_data["contact"]
        if "@" in typed:
            return Contact(email=self._email(typed))
        try:
            phone = self._phone.clean(typed)
        except forms.ValidationError:
            raise forms.ValidationError(_NEITHER) from None
        if not receives_sms(phone):
            raise forms.ValidationError(
                _("Nous ne pouvons pas envoyer de code à un téléphone fixe. Donnez votre mobile ou votre e-mail.")
            )
        return Contact(phone=phone.as_e164)

    def _email(self, typed):
        try:
            validate_email(typed)
        except forms.ValidationError:
            raise forms.ValidationError(_NEITHER) from None
        return typed.lower()
