"""What an administrator types about a territory."""

from copy import copy

from django import forms
from django.conf import settings

from organizations.models import Territory
from organizations.services.territory_logos import MOST_BYTES

from ..engine.typography import NBSP, format_euros
from ..engine.zones import holiday_zone_value, read_holiday_zone
from .confirmation import WithConfirmation
from .seen_values import OnlyWhatChanged
from .zone_choices import HolidayZoneField, TimeZoneField

PHONE_INVALID = "Ce numéro n'existe pas. Écrivez-le comme 03 21 12 34 56, ou +32 470 12 34 56 s'il est étranger."
_SMS_SENDERS = ("sms_messaging_service", "sms_number", "sms_sender_name")


class TerritoryForm(OnlyWhatChanged, WithConfirmation, forms.ModelForm):
    time_zone = TimeZoneField(
        label="Fuseau horaire", help_text="Les heures des plages et des messages. Une organisation peut avoir le sien."
    )
    holiday_zone = HolidayZoneField(
        label="Jours fériés", help_text="Chaque organisation choisit ensuite lesquels la ferment."
    )

    class Meta:
        model = Territory
        fields = [
            "name",
            "time_zone",
            "accent_color",
            "support_email",
            "support_phone",
            "sms_messaging_service",
            "sms_number",
            "sms_sender_name",
            "sms_price",
            "citizens_are_shared",
            "citizen_retention_months",
        ]
        labels = {
            "accent_color": "Couleur",
            "support_email": "E-mail d'assistance",
            "support_phone": "Téléphone d'assistance",
            "sms_messaging_service": "Service de messagerie",
            "sms_number": "Numéro",
            "sms_sender_name": "Nom",
            "sms_price": "Prix d'un SMS, en euros",
            "citizens_are_shared": "Toutes les organisations voient les usagers du territoire",
            "citizen_retention_months": "Conservation des usagers, en mois",
        }
        help_texts = {
            "support_email": "En bas des pages du portail.",
            "support_phone": "En bas des pages du portail.",
            "sms_messaging_service": "Son identifiant chez Twilio, qui commence par MG. Il passe avant un numéro.",
            "sms_number": "Un numéro du compte Twilio. Il passe avant un nom, et l'on peut y répondre STOP.",
            "sms_sender_name": "11 lettres sans accent, chiffres ou espaces au plus. On ne peut pas répondre à un nom, "
            f"ni donc lui dire STOP{NBSP}: indiquez dans vos textes comment ne plus recevoir de SMS.",
            "sms_price": "De chaque SMS facturé, par exemple 0,0725. Un texte long en prend plusieurs.",
            "citizens_are_shared": "Sinon, une organisation voit ceux qui ont ou ont eu un rendez-vous chez elle.",
            "citizen_retention_months": "Après leur dernier rendez-vous. Rien n'est encore effacé tout seul.",
        }
        localized_fields = ["sms_price"]
        widgets = {"accent_color": forms.TextInput(attrs={"type": "color"})}
        error_messages = {
            "name": {"required": "Donnez le nom du territoire."},
            "accent_color": {"required": "Choisissez une couleur."},
        }

    def __init__(self, *args, territory, **kwargs):
        # A copy: what is typed must not show around the page before it is kept.
        super().__init__(*args, instance=copy(territory), **kwargs)
        stored = holiday_zone_value(territory.country, territory.subdivision)
        self.initial["holiday_zone"] = stored
        self.fields["time_zone"].offer_time_zones(stored=territory.time_zone)
        self.fields["holiday_zone"].offer_holiday_zones(stored=stored)
        self.fields["support_phone"].error_messages["invalid"] = PHONE_INVALID
        self.fields["support_phone"].widget.input_type = "tel"
        self.fields["sms_sender_name"].widget.attrs["class"] = "field-duration"
        self.fields["sms_number"].error_messages["invalid"] = PHONE_INVALID
        self.fields["sms_number"].widget.input_type = "tel"
        self._ask_for_the_price()
        months = self.fields["citizen_retention_months"]
        months.widget.attrs |= {"class": "field-duration", "max": 240}
        months.error_messages |= {"min_value": "Un mois au moins.", "required": "Donnez un nombre de mois."}
        for name in ("name", "support_email", "support_phone", *_SMS_SENDERS):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.remember_what_is_shown()

    def _ask_for_the_price(self):
        price = self.fields["sms_price"]
        price.widget.attrs |= {"class": "field-duration", "inputmode": "decimal", "autocomplete": "off"}
        usual = settings.SMS_PRICE_PER_SEGMENT
        empty = f"celui de cette installation, {format_euros(usual)}" if usual is not None else "inconnu"
        price.help_text += f" Vide{NBSP}: {empty}."
        price.error_messages |= {"min_value": "Un prix n'est pas négatif."}
        wrong = f"Moins de 100{NBSP}euros, avec quatre chiffres après la virgule au plus{NBSP}: 0,0725."
        codes = ("invalid", "max_decimal_places", "max_digits", "max_whole_digits")
        price.error_messages |= dict.fromkeys(codes, wrong)

    def clean_citizen_retention_months(self):
        months = self.cleaned_data["citizen_retention_months"]
        if months > 240:
            raise forms.ValidationError(f"240{NBSP}mois (vingt ans) au plus.")
        return months

    @property
    def sms_senders(self):
        return [self[name] for name in _SMS_SENDERS]

    @property
    def changed_fields(self):
        fields = super().changed_fields
        if "holiday_zone" in fields:
            fields["country"], fields["subdivision"] = read_holiday_zone(fields.pop("holiday_zone"))
        return fields

    @property
    def changed_zones(self) -> dict:
        zones = ("time_zone", "country", "subdivision")
        return {name: value for name, value in self.changed_fields.items() if name in zones}


class LogoForm(forms.Form):
    logo = forms.FileField(
        label="Image",
        help_text=f"PNG, JPEG ou WebP, 1{NBSP}Mo au plus.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        error_messages={
            "required": "Choisissez une image.",
            "invalid": "Choisissez une image.",
            "missing": "Choisissez une image.",
            "empty": "Ce fichier est vide.",
        },
    )

    def clean_logo(self):
        logo = self.cleaned_data["logo"]
        if logo.size > MOST_BYTES:
            raise forms.ValidationError(f"Ce fichier pèse plus de 1{NBSP}Mo. Enregistrez l'image en plus petit.")
        return logo
