"""What an administrator types to invite agents, and what somebody invited types to make an account."""

import re

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from ..models import Agent, Organization, ServiceUnit
from .members import MembershipForm

MOST_AT_ONCE = 100

NBSP = "\N{NO-BREAK SPACE}"

_BETWEEN_ADDRESSES = re.compile(r"[\s,;]+")
_NAMED = re.compile(r"[^<>\n,;]*<([^<>\s]+)>")


class AddressesField(forms.CharField):
    """Addresses as they are pasted: one a line, or between commas, with or without names. Each once, in lower case."""

    widget = forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"})

    def clean(self, value):
        typed = super().clean(value)
        addresses = [word for word in _BETWEEN_ADDRESSES.split(_NAMED.sub(r" \1 ", typed)) if word]
        wrong = [address for address in addresses if not _is_address(address)]
        if wrong:
            raise ValidationError(
                [f"«{NBSP}{address[:80]}{NBSP}» n'est pas une adresse e-mail." for address in wrong[:5]]
            )
        addresses = list(dict.fromkeys(address.lower() for address in addresses))
        if len(addresses) > MOST_AT_ONCE:
            raise ValidationError(
                f"Invitez {MOST_AT_ONCE} personnes au plus à la fois{NBSP}: il y en a {len(addresses)}."
            )
        return addresses


def _is_address(text):
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254


class InvitationForm(MembershipForm):
    emails = AddressesField(
        label="Adresses e-mail",
        help_text="Une par ligne, ou séparées par des virgules. Vous pouvez coller toute une liste.",
        error_messages={"required": "Donnez au moins une adresse."},
    )

    field_order = ["emails", "role", "is_front_desk", "units"]


class TerritoryInvitationForm(forms.Form):
    """Basic agents, into any organization of the territory; an administrator there makes more of them."""

    organization = forms.ModelChoiceField(
        label="Organisation",
        queryset=Organization.objects.none(),
        empty_label="Choisissez une organisation",
        error_messages={
            "required": "Choisissez une organisation.",
            "invalid_choice": "Cette organisation n'existe pas ici.",
        },
    )
    emails = InvitationForm.base_fields["emails"]
    units = InvitationForm.base_fields["units"]

    def __init__(self, *args, territory, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = organizations = Organization.objects.for_territory(territory)
        self.fields["units"].queryset = ServiceUnit.objects.for_territory(territory)
        if len(organizations) == 1:
            self.initial["organization"] = organizations[0]


class NewAccountForm(forms.Form):
    first_name = forms.CharField(label="Prénom", max_length=80, widget=forms.TextInput({"autocomplete": "given-name"}))
    last_name = forms.CharField(label="Nom", max_length=80, widget=forms.TextInput({"autocomplete": "family-name"}))
    password = forms.CharField(
        label="Mot de passe",
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="Dix caractères au moins, qui ne soient pas un mot de passe courant.",
    )

    def __init__(self, *args, email, **kwargs):
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self):
        cleaned = super().clean()
        if password := cleaned.get("password"):
            names = {name: cleaned.get(name, "") for name in ("first_name", "last_name")}
            try:
                validate_password(password, Agent(email=self.email, **names))
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned
