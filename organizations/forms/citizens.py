"""What an agent types about a citizen."""

from datetime import date

from django import forms
from phonenumber_field.widgets import RegionalPhoneNumberWidget

from ..addresses import id_in
from ..models import Citizen
from ..selectors.agents import agents_of

NBSP = "\u00a0"
OLDEST_BIRTH = date(1900, 1, 1)
# The browser would offer what the agent typed for somebody else, or the agent's own.
NO_OFFER = {"autocomplete": "off", "spellcheck": "false"}
PHONE_REFUSED = "Ce numéro n'existe pas. Écrivez-le comme 06 12 34 56 78, ou +32 470 12 34 56 s'il est étranger."


class PhoneWidget(RegionalPhoneNumberWidget):
    """What is stored is shown as people dial it; what was typed, as it was typed."""

    def format_value(self, value):
        return value if isinstance(value, str) else super().format_value(value)


class BirthDateField(forms.DateField):
    """Typed day first, with or without separators: `12/05/1980`, `12.5.1980`, `12051980`."""

    input_formats = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%d%m%Y", "%Y-%m-%d"]
    # A date picker is slow for a day decades ago, and the browser empties it when the day does not exist.
    widget = forms.DateInput(
        format="%d/%m/%Y", attrs={"inputmode": "numeric", "placeholder": "jj/mm/aaaa", "autocomplete": "off"}
    )
    default_error_messages = {
        "invalid": f"Cette date n'existe pas. Écrivez le jour, le mois et l'année, par exemple{NBSP}: 12/05/1980.",
    }


def check_birth_date(birth_date, *, today):
    if birth_date and birth_date > today:
        raise forms.ValidationError("La date de naissance est dans le futur.")
    if birth_date and birth_date < OLDEST_BIRTH:
        raise forms.ValidationError("Vérifiez l'année de naissance.")
    return birth_date


class CitizenChoiceField(forms.ModelChoiceField):
    """One of the citizens of its queryset; the id of a record that was merged is that of the one it is part of."""

    def to_python(self, value):
        if value in self.empty_values:
            return None
        pk = id_in(str(value))
        found = None if pk is None else self.queryset.named(pk).first()
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return found


class CitizenForm(forms.ModelForm):
    """A citizen's record. `today` is the organization's local day."""

    class Meta:
        model = Citizen
        fields = [
            "last_name",
            "first_name",
            "birth_name",
            "birth_date",
            "phone",
            "email",
            "address",
            "notify_by_email",
            "notify_by_sms",
            "responsible",
            "referents",
            "notes",
        ]
        field_classes = {"birth_date": BirthDateField}
        labels = {"notify_by_email": "Accepte les e-mails", "notify_by_sms": "Accepte les SMS"}
        help_texts = {"responsible": "", "referents": "Seuls eux reçoivent l'usager pour un motif de suivi."}
        widgets = {
            "birth_date": BirthDateField.widget,
            "responsible": forms.HiddenInput,
            "referents": forms.CheckboxSelectMultiple(attrs={"class": "referents"}),
            "notes": forms.Textarea(attrs={"rows": 3}),
        }
        error_messages = {
            "first_name": {"required": "Indiquez le prénom."},
            "last_name": {"required": "Indiquez le nom."},
            "email": {"invalid": f"Cette adresse n'est pas complète. Écrivez-la comme{NBSP}: nom@exemple.fr."},
            "responsible": {"invalid_choice": "Cette personne ne peut pas être la responsable."},
        }

    def __init__(self, *args, membership, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self._keep_the_browser_quiet()
        self._scope_referents(membership)
        self._scope_responsible(membership)

    def _keep_the_browser_quiet(self):
        self.fields["phone"].error_messages["invalid"] = PHONE_REFUSED
        self.fields["phone"].widget = PhoneWidget(attrs=NO_OFFER)
        for name in ("first_name", "last_name", "birth_name", "email", "address"):
            self.fields[name].widget.attrs |= NO_OFFER

    def _scope_referents(self, membership):
        agents = agents_of(membership.organization)
        self.fields["referents"].queryset = agents
        if self.instance.pk:
            self.initial["referents"] = list(agents.filter(followed_citizens=self.instance))

    def _scope_responsible(self, membership):
        """Chosen when a relative is added (`?responsable=`); afterwards it can only be kept or taken away."""
        field = self.fields["responsible"]
        candidates = Citizen.objects.visible_to(membership).filter(responsible=None)
        if self.instance.pk is None:
            field.queryset = candidates
        elif self.instance.responsible_id and candidates.filter(pk=self.instance.responsible_id).exists():
            field.queryset = candidates.filter(pk=self.instance.responsible_id)
            field.widget = forms.Select()
            field.empty_label = f"Personne{NBSP}: l'usager reçoit ses propres messages"
            field.widget.choices = field.choices
            field.label = "Messages adressés à"
        else:
            del self.fields["responsible"]

    def clean_birth_date(self):
        return check_birth_date(self.cleaned_data["birth_date"], today=self.today)

    def clean_email(self):
        return self.cleaned_data["email"].lower()

    @property
    def identity(self):
        """What duplicates are looked for with."""
        names = ("first_name", "last_name", "birth_date", "email", "phone")
        return {name: self.cleaned_data[name] for name in names}
