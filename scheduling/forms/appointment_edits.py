"""What an agent changes of an appointment, and on whose calendars it stands."""

from django import forms
from django.db.models import Q
from phonenumber_field.formfields import PhoneNumberField

from organizations.forms.citizens import NO_OFFER, PHONE_REFUSED, PhoneWidget
from organizations.models import Location, Motif

from ..models import Appointment, Calendar
from ..services.appointment_edits import Edit
from .booking import VideoLinkField

Kind = Motif.LocationKind

_ONCE = "Une adresse d'une seule fois, à saisir"


class AppointmentForm(forms.Form):
    """The fields follow the kind of place, the options and the persons of the motif."""

    option = forms.ModelChoiceField(None, label="Option", empty_label=None)
    persons = forms.IntegerField(label="Personnes", min_value=1)
    location = forms.ModelChoiceField(None, label="Lieu", required=False, empty_label=_ONCE)
    address = forms.CharField(label="Adresse", max_length=250, required=False, widget=forms.TextInput(attrs=NO_OFFER))
    phone = PhoneNumberField(
        label="Téléphone à appeler",
        error_messages={"invalid": PHONE_REFUSED, "required": "Indiquez le numéro à appeler."},
    )
    video_url = VideoLinkField(
        label="Lien de la visio",
        required=False,
        assume_scheme="https",
        error_messages={"invalid": "Ce lien n'est pas complet. Il commence par https://."},
    )
    title = forms.CharField(
        label="Intitulé", max_length=120, required=False, help_text="Remplace le nom du motif dans les messages."
    )
    context_note = forms.CharField(
        label="Note pour les agents",
        required=False,
        max_length=5000,
        help_text="L'usager ne la voit pas.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args, appointment: Appointment, membership, **kwargs):
        names = [name for name in self.base_fields if name != "seen"]
        initial = {name: getattr(appointment, name) for name in names} | {"seen": appointment.ics_sequence}
        super().__init__(*args, initial=initial, **kwargs)
        self.appointment, self.motif = appointment, appointment.motif
        self.fields["phone"].widget = PhoneWidget(attrs=NO_OFFER)
        self._offer_options()
        self._offer_places(membership)
        if self.motif.max_persons > 1 or appointment.persons > 1:
            self.fields["persons"].max_value = max(self.motif.max_persons, appointment.persons)
        else:
            del self.fields["persons"]

    def _offer_options(self):
        options = self.motif.options.filter(Q(archived_at=None) | Q(pk=self.appointment.option_id))
        self.fields["option"].queryset = options.order_by("position", "pk")
        if not options.exists():
            del self.fields["option"]
        elif self.appointment.option_id is None:
            self.fields["option"].required = False
            self.fields["option"].empty_label = "Aucune"

    def _offer_places(self, membership):
        kind = self.motif.location_kind
        places = Location.objects.visible_to(membership)
        self.fields["location"].queryset = places.filter(Q(closed_at=None) | Q(pk=self.appointment.location_id))
        wanted = {
            Kind.ON_SITE: {"location", "address"},
            Kind.HOME: {"address"},
            Kind.PHONE: {"phone"},
            Kind.VIDEO: {"video_url"},
        }[kind]
        for name in {"location", "address", "phone", "video_url"} - wanted:
            del self.fields[name]
        if kind == Kind.ON_SITE:
            self.fields["address"].help_text = "Pour un rendez-vous ailleurs que dans un lieu de la liste."
        if kind == Kind.HOME:
            self.fields["address"].required = True
            self.fields["address"].error_messages["required"] = "Indiquez l'adresse où se rendre."

    def clean_persons(self):
        persons, most = self.cleaned_data["persons"], self.fields["persons"].max_value
        if persons > most:
            raise forms.ValidationError(f"Ce motif reçoit au plus {most} personnes à la fois.")
        return persons

    def clean(self):
        cleaned = super().clean()
        if self.motif.location_kind == Kind.ON_SITE and not self.errors:
            if cleaned["location"] and cleaned["address"]:
                self.add_error("address", "Choisissez un lieu ou saisissez une adresse, pas les deux.")
            elif not cleaned["location"] and not cleaned["address"]:
                self.add_error("location", "Choisissez un lieu, ou saisissez une adresse.")
        return cleaned

    @property
    def edit(self):
        """What is not asked stays as it is."""
        kept = {name: getattr(self.appointment, name) for name in Edit.__dataclass_fields__}
        return Edit(**kept | {name: value for name, value in self.cleaned_data.items() if name in kept})


class CalendarsForm(forms.Form):
    """Agents and desks; those that the member may not see stay on the appointment, whatever is ticked."""

    calendars = forms.ModelMultipleChoiceField(
        None, label="Agendas", required=False, widget=forms.CheckboxSelectMultiple
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args, appointment: Appointment, membership, **kwargs):
        self.own = {calendar.pk for calendar in appointment.calendars.all()}
        super().__init__(*args, initial={"calendars": self.own, "seen": appointment.ics_sequence}, **kwargs)
        visible = Calendar.objects.visible_to(membership).in_use()
        self.fields["calendars"].queryset = visible.for_display()
        self.kept = self.own - set(visible.filter(pk__in=self.own).values_list("pk", flat=True))

    @property
    def calendar_ids(self):
        return self.kept | {calendar.pk for calendar in self.cleaned_data["calendars"]}
