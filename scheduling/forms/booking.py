"""What an agent gives to book a slot found by « Trouver un RDV »; which slot, its address says (`slot_address`)."""

import uuid

from django import forms
from django.core.validators import URLValidator
from phonenumber_field.formfields import PhoneNumberField

from organizations.forms.citizens import (
    NO_OFFER,
    PHONE_REFUSED,
    BirthDateField,
    PhoneWidget,
    check_birth_date,
)
from organizations.models import Motif

from .sms_stops import say_stopped


class VideoLinkField(forms.URLField):
    """A page to open in a browser; Django would also take `ftp://`."""

    default_validators = [URLValidator(schemes=["https", "http"])]


class BookingForm(forms.Form):
    """What is noted of the appointment. With `citizen`, for somebody known; the fields follow the kind of place."""

    phone = PhoneNumberField(
        label="Téléphone à appeler",
        error_messages={"invalid": PHONE_REFUSED, "required": "Indiquez le numéro à appeler."},
    )
    address = forms.CharField(
        label="Adresse du rendez-vous",
        max_length=250,
        error_messages={"required": "Indiquez l'adresse où se rendre."},
        widget=forms.TextInput(attrs=NO_OFFER),
    )
    video_url = VideoLinkField(
        label="Lien de la visio",
        required=False,
        assume_scheme="https",
        error_messages={"invalid": "Ce lien n'est pas complet. Il commence par https://."},
    )
    context_note = forms.CharField(
        label="Note pour les agents",
        required=False,
        help_text="L'usager ne la voit pas.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    notify_by_email = forms.BooleanField(label="Prévenir par e-mail", required=False, initial=True)
    notify_by_sms = forms.BooleanField(label="Prévenir par SMS", required=False, initial=True)
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args, motif, today, citizen=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.motif, self.today, self.citizen = motif, today, citizen
        self.fields["phone"].widget = PhoneWidget(attrs=NO_OFFER)
        for name, kind in {
            "phone": Motif.LocationKind.PHONE,
            "address": Motif.LocationKind.HOME,
            "video_url": Motif.LocationKind.VIDEO,
        }.items():
            if motif.location_kind != kind:
                self.leave_out(name)
        if citizen is not None:
            self._suggest(citizen)

    def leave_out(self, name):
        self.fields.pop(name, None)

    def _suggest(self, citizen):
        """From the record: what is known, and how this person wants to be told."""
        contact = citizen.contact
        self.initial |= {
            "phone": citizen.phone or contact.phone,
            "address": citizen.address or contact.address,
            "notify_by_email": citizen.notify_by_email,
            "notify_by_sms": citizen.notify_by_sms,
        }
        for name, reached_at in {"notify_by_email": contact.email, "notify_by_sms": contact.phone}.items():
            if not reached_at:
                self.leave_out(name)
        if "notify_by_sms" in self.fields:
            say_stopped(self.fields["notify_by_sms"], citizen)

    @property
    def details(self):
        names = ("context_note", "address", "phone", "video_url")
        return {name: self.cleaned_data.get(name) or "" for name in names}

    @property
    def notifications(self):
        return {name: self.cleaned_data.get(name, True) for name in ("notify_by_email", "notify_by_sms")}

    @property
    def record(self):
        """No record is to be created."""
        return


class NewCitizenBookingForm(BookingForm):
    """The same for somebody without a record: their phone and address are those of the appointment."""

    last_name = forms.CharField(label="Nom", max_length=80, error_messages={"required": "Indiquez le nom."})
    first_name = forms.CharField(label="Prénom", max_length=80, error_messages={"required": "Indiquez le prénom."})
    birth_date = BirthDateField(label="Date de naissance", required=False)
    email = forms.EmailField(
        label="E-mail",
        required=False,
        error_messages={"invalid": "Cette adresse n'est pas complète. Écrivez-la comme\u00a0: nom@exemple.fr."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phone"].label = "Téléphone"
        for name in ("last_name", "first_name", "email"):
            self.fields[name].widget.attrs |= NO_OFFER

    def leave_out(self, name):
        """The record has a phone in any case."""
        if name == "phone":
            self.fields["phone"].required = False
        else:
            super().leave_out(name)

    def clean_birth_date(self):
        return check_birth_date(self.cleaned_data["birth_date"], today=self.today)

    def clean_email(self):
        return self.cleaned_data["email"].lower()

    @property
    def identity(self):
        names = ("first_name", "last_name", "birth_date", "email", "phone")
        return {name: self.cleaned_data[name] for name in names}

    @property
    def record(self):
        return self.identity | {"address": self.cleaned_data.get("address", "")}

    @property
    def details(self):
        is_called = self.motif.location_kind == Motif.LocationKind.PHONE
        return super().details | ({} if is_called else {"phone": ""})
