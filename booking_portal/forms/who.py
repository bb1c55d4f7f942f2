"""Who books: what the motif needs to know, and no more."""

from dataclasses import replace

from django import forms
from django.utils.translation import gettext_lazy as _

from organizations.models import Motif, MotifQuestion, Territory
from organizations.phone_numbers import receives_sms
from organizations.services.citizens import Named
from scheduling.forms.questions import question_field

from ..services.bookings import Person
from .contacts import BirthDateField, phone_field
from .names import NamesForm
from .traps import TrapField

# Of a question that asks for a long text.
LONGEST_ANSWER = 2000

SELF, RELATIVE = "self", "relative"


class ForWhomField(forms.ChoiceField):
    """Who says nothing books for themselves."""

    def __init__(self):
        super().__init__(
            label=_("Pour qui est ce rendez-vous ?"),
            choices=[(SELF, _("Pour moi")), (RELATIVE, _("Pour un proche : enfant, parent…"))],
            initial=SELF,
            widget=forms.RadioSelect,
        )

    def clean(self, value):
        return super().clean(value or SELF)


class PersonForm(NamesForm):
    """What a motif needs to know of somebody; `questions` are its own. `today` is the local day, for the birth date."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        error_messages={"invalid": _("Cette adresse n'est pas complète. Exemple : nom@exemple.fr.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    website = TrapField()
    # As on the page: what is refused is told in this order.
    field_order = ["first_name", "last_name", "birth_date"]

    def __init__(self, *args, motif: Motif, questions: list[MotifQuestion], territory: Territory, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.motif = motif
        self.questions = questions
        self.fields["birth_date"] = BirthDateField(
            label=_("Date de naissance"), required=False, today=today, help_text=_("Exemple : 12/05/1980")
        )
        self.fields["phone"] = phone_field(territory.country, label=_("Téléphone"), required=self.needs_phone)
        if self.needs_phone:
            self.fields["phone"].help_text = _("Nous vous appellerons à ce numéro.")
        if self.needs_address:
            self.fields["address"] = forms.CharField(
                label=_("Adresse du rendez-vous"),
                max_length=250,
                help_text=_("Numéro, rue, code postal et commune."),
                error_messages={"required": _("Indiquez l'adresse où venir.")},
                widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
            )
        for question in questions:
            self.fields[_name_of(question)] = question_field(question)
        self.order_fields(self.field_order)

    @property
    def needs_phone(self):
        """To be called. Nobody is called, nor visited, for a workshop."""
        return self.motif.location_kind == Motif.LocationKind.PHONE and not self.motif.is_collective

    @property
    def needs_address(self):
        return self.motif.location_kind == Motif.LocationKind.HOME and not self.motif.is_collective

    @property
    def question_fields(self):
        return [self[_name_of(question)] for question in self.questions]

    def clean_email(self):
        return self.cleaned_data["email"].lower()

    @property
    def typed(self) -> dict:
        """What was typed, as it was typed, to be shown or read again; no more of it than the longest field takes."""
        names = [name for name in self.fields if name != "website"]
        return {name: self.data.get(name, "")[:LONGEST_ANSWER] for name in names}

    def person(self, *, proves_by_sms: bool = False) -> Person:
        """Valid forms only. An e-mail, where there is one, is what is proven unless the visitor prefers the SMS."""
        cleaned = self.cleaned_data
        phone = cleaned["phone"]
        can_prove_by_sms = bool(phone) and receives_sms(phone)
        return Person(
            first_name=cleaned["first_name"],
            last_name=cleaned["last_name"],
            birth_date=cleaned["birth_date"],
            email=cleaned["email"],
            phone=phone.as_e164 if phone else "",
            address=cleaned.get("address", ""),
            answers=[
                {"question": question.label, "answer": cleaned[_name_of(question)]}
                for question in self.questions
                if cleaned[_name_of(question)]
            ],
            can_prove_by_sms=can_prove_by_sms,
            proves_by_sms=can_prove_by_sms and (proves_by_sms or not cleaned["email"]),
        )


class WhoForm(PersonForm):
    """Somebody who books for themselves or for a relative, and has a contact to be proven.

    What is typed of a relative counts, and is needed, only where the RDV is for one; else it is kept and not read.
    """

    for_whom = ForWhomField()
    relative_first_name = forms.CharField(
        label=_("Son prénom"),
        max_length=80,
        error_messages={"required": _("Indiquez le prénom de votre proche.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    relative_last_name = forms.CharField(
        label=_("Son nom"),
        max_length=80,
        error_messages={"required": _("Indiquez le nom de votre proche.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = [
        "for_whom",
        "relative_first_name",
        "relative_last_name",
        "relative_birth_date",
        *PersonForm.field_order,
    ]

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, today=today, **kwargs)
        self.fields["relative_birth_date"] = BirthDateField(
            label=_("Sa date de naissance"), required=False, today=today, help_text=_("Exemple : 12/05/2015")
        )
        self.fields["relative_birth_date"].widget.attrs["autocomplete"] = "off"
        self.order_fields(self.field_order)

    @property
    def is_for_relative(self):
        return self["for_whom"].value() == RELATIVE

    @property
    def typed(self) -> dict:
        typed = super().typed
        return typed | {"for_whom": typed["for_whom"] or SELF}

    def clean(self):
        cleaned = super().clean()
        self._clean_relative(cleaned)
        given = {name: cleaned.get(name) for name in ("email", "phone")}
        if self.has_error("email") or self.has_error("phone") or given["email"]:
            return cleaned
        if not given["phone"]:
            self.add_error("email", _("Indiquez une adresse e-mail ou un numéro de téléphone mobile."))
        elif not receives_sms(given["phone"]):
            self.add_error(
                "email",
                _("Nous ne pouvons pas envoyer de code à un téléphone fixe. Indiquez aussi une adresse e-mail."),
            )
        return cleaned

    def _clean_relative(self, cleaned):
        if not self.is_for_relative:
            for name in [name for name in self.errors if name.startswith("relative_")]:
                del self.errors[name]
        elif not {"first_name", "last_name", "relative_first_name", "relative_last_name"} & self.errors.keys():
            themselves = Named(cleaned["first_name"], cleaned["last_name"], cleaned.get("birth_date"))
            if self._relative(cleaned).may_be(themselves):
                self.add_error(
                    "relative_first_name",
                    _("C'est votre propre nom. Pour un proche du même nom, donnez les deux dates de naissance."),
                )

    def _relative(self, cleaned):
        return Named(cleaned["relative_first_name"], cleaned["relative_last_name"], cleaned.get("relative_birth_date"))

    def person(self, **kwargs) -> Person:
        relative = self._relative(self.cleaned_data) if self.is_for_relative else None
        return replace(super().person(**kwargs), relative=relative)


def _name_of(question):
    return f"question_{question.pk}"
