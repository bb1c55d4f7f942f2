"""What an agent gives to book a slot found by « Trouver un RDV »."""

import uuid
from datetime import timedelta

from django import forms
from django.core.validators import URLValidator
from phonenumber_field.formfields import PhoneNumberField

from organizations.forms.citizens import (
    NO_OFFER,
    PHONE_REFUSED,
    BirthDateField,
    CitizenChoiceField,
    PhoneWidget,
    check_birth_date,
)
from organizations.models import Citizen, Location, Motif, MotifOption

from ..models import Calendar
from ..selectors.slots import Demand

FARTHEST = timedelta(days=1100)


class SlotAddressForm(forms.Form):
    """The slot as the address of the page names it. Everything in it is the tenant's, or it is refused.

    `agenda` may stand there several times: the slot is then one that all of them have free.
    """

    motif = forms.ModelChoiceField(Motif.objects.none())
    debut = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z"])
    lieu = forms.ModelChoiceField(Location.objects.none(), required=False)
    agenda = forms.ModelMultipleChoiceField(Calendar.objects.none())
    option = forms.ModelChoiceField(MotifOption.objects.none(), required=False)
    personnes = forms.IntegerField(required=False, min_value=1)
    usager = CitizenChoiceField(Citizen.objects.none(), required=False)

    def __init__(self, *args, membership, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        motifs = Motif.objects.visible_to(membership).active().filter(is_collective=False)
        self.fields["motif"].queryset = motifs.select_related("organization__territory").prefetch_related("units")
        self.fields["lieu"].queryset = Location.objects.visible_to(membership).filter(closed_at=None)
        self.fields["agenda"].queryset = Calendar.objects.visible_to(membership).in_use().for_display()
        self.fields["option"].queryset = MotifOption.objects.visible_to(membership).filter(archived_at=None)
        self.fields["usager"].queryset = Citizen.objects.visible_to(membership).select_related("responsible")

    def clean_debut(self):
        starts_at = self.cleaned_data["debut"]
        if not self.now - FARTHEST < starts_at < self.now + FARTHEST:
            raise forms.ValidationError("Cette date est trop lointaine.")
        return starts_at

    def clean(self):
        cleaned = super().clean()
        motif, option = cleaned.get("motif"), cleaned.get("option")
        if motif is None:
            return cleaned
        if option is not None and option.motif_id != motif.pk:
            self.add_error("option", "Cette option est d'un autre motif.")
        if option is None and motif.options.filter(archived_at=None).exists():
            self.add_error("option", "Choisissez une option de ce motif.")
        if (cleaned.get("personnes") or 1) > motif.max_persons:
            self.add_error("personnes", "Ce motif ne reçoit pas autant de personnes à la fois.")
        if motif.location_kind == Motif.LocationKind.ON_SITE and cleaned.get("lieu") is None:
            self.add_error("lieu", "Choisissez un lieu.")
        if motif.is_follow_up and cleaned.get("agenda") and not self._is_referent():
            self.add_error("agenda", "Ce motif de suivi se prend avec un agent référent de l'usager.")
        return cleaned

    def _is_referent(self):
        """Whether all whose calendars are asked for follow the citizen."""
        citizen, agents = self.cleaned_data.get("usager"), {found.agent_id for found in self.cleaned_data["agenda"]}
        return citizen is not None and agents <= set(citizen.referents.order_by().values_list("pk", flat=True))

    @property
    def demand(self):
        return Demand(self.cleaned_data["motif"], self.cleaned_data["option"], self.cleaned_data["personnes"] or 1)

    @property
    def location_id(self):
        """None unless the motif is on site, whatever the address says: slots of other motifs have no place."""
        motif, location = self.cleaned_data["motif"], self.cleaned_data["lieu"]
        return location.pk if location and motif.location_kind == Motif.LocationKind.ON_SITE else None

    @property
    def calendars(self) -> list[Calendar]:
        return list(self.cleaned_data["agenda"])

    @property
    def slot(self):
        """The slot asked for, as `selectors.slots_instead` takes it."""
        location_id = self.location_id
        return {
            "starts_at": self.cleaned_data["debut"],
            "calendar_ids": [calendar.pk for calendar in self.calendars],
            "location_ids": None if location_id is None else [location_id],
        }


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
