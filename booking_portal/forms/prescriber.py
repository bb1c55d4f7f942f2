"""Who prescribes: what the territory and the person they book for have to know of them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from organizations.models import PartnerType, Territory

from ..identities import Identity
from .contacts import phone_field
from .names import NamesForm
from .traps import TrapField

_OTHER = "autre"


class PrescriberForm(NamesForm):
    """The type of partners is asked for where the territory has any; « Autre » is an answer."""

    structure = forms.CharField(
        label=_("Structure"),
        max_length=120,
        help_text=_("Exemple : CCAS d'Arras, Mission locale, cabinet médical."),
        error_messages={"required": _("Indiquez la structure où vous travaillez.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    email = forms.EmailField(
        label=_("E-mail professionnel"),
        max_length=254,
        help_text=_("Vous y recevez un code la première fois, puis la confirmation de chaque rendez-vous."),
        error_messages={
            "required": _("Indiquez votre e-mail professionnel."),
            "invalid": _("Cette adresse n'est pas complète. Exemple : nom@exemple.fr."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    website = TrapField()

    def __init__(self, *args, territory: Territory, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phone"] = phone_field(territory.country, label=_("Téléphone"), required=False)
        types = list(PartnerType.objects.for_territory(territory).order_by("name", "pk").values_list("pk", "name"))
        if types:
            self.fields["partner_type"] = forms.ChoiceField(
                label=_("Type de partenaire"),
                choices=[("", _("Choisissez…")), *((str(pk), name) for pk, name in types), (_OTHER, _("Autre"))],
                help_text=_("Certains rendez-vous sont réservés à certains partenaires."),
                error_messages={
                    "required": _("Choisissez le type de votre structure."),
                    "invalid_choice": _("Ce type n'est plus proposé. Choisissez-en un autre."),
                },
            )

    @staticmethod
    def typed(identity: Identity) -> dict:
        """What the form holds of somebody known."""
        return {
            "first_name": identity.first_name,
            "last_name": identity.last_name,
            "structure": identity.structure,
            "email": identity.email,
            "phone": identity.phone,
            "partner_type": str(identity.partner_type_id or _OTHER),
        }

    def clean_email(self):
        return self.cleaned_data["email"].lower()

    def identity(self, *, known: Identity | None) -> Identity:
        """Valid forms only. The proof of an e-mail stays with this e-mail."""
        cleaned = self.cleaned_data
        chosen = cleaned.get("partner_type", _OTHER)
        is_same = known is not None and known.email == cleaned["email"]
        return Identity(
            first_name=cleaned["first_name"],
            last_name=cleaned["last_name"],
            structure=cleaned["structure"],
            email=cleaned["email"],
            phone=cleaned["phone"].as_e164 if cleaned["phone"] else "",
            partner_type_id=None if chosen == _OTHER else int(chosen),
            proven_at=known.proven_at if is_same else "",
        )
