"""What an administrator types about a motif."""

from datetime import timedelta

from django import forms
from django.db.models import Q

from organizations.addresses import words_in
from organizations.models import Motif, PartnerType, ServiceUnit
from organizations.models.motifs import LONGEST, SHORTEST

from ..engine.delays import Delay
from ..engine.typography import NBSP
from .durations import ElapsedField, HorizonField, LeadTimesField, MinutesField

A_YEAR = timedelta(days=365)
FROZEN_REASON = f"Des rendez-vous existent pour ce motif{NBSP}: cela ne peut plus changer."


class MotifForm(forms.ModelForm):
    """Shape and consistency. What is frozen once an RDV exists is shown and cannot be changed."""

    duration = MinutesField(
        label="Durée",
        minimum=SHORTEST,
        maximum=LONGEST,
        initial=timedelta(minutes=30),
        help_text="Par exemple 45, 60m ou 1h30.",
        error_messages={"required": "Donnez la durée du rendez-vous."},
    )
    pause = MinutesField(
        label="Pause après le rendez-vous",
        maximum=LONGEST,
        required=False,
        help_text="Temps gardé libre avant le suivant.",
    )
    minimum_delay = ElapsedField(
        label="Délai minimum",
        maximum=timedelta(days=366),
        initial=timedelta(minutes=30),
        required=False,
        help_text="Au plus tard avant le rendez-vous. Par exemple 30, 2h ou 10j.",
    )
    maximum = HorizonField(
        label="Délai maximum",
        minimum=Delay(timedelta(days=1)),
        maximum=Delay(months=12),
        initial=Delay(months=3),
        help_text="Au plus tôt avant le rendez-vous, un an au plus. Par exemple 90, 6 semaines ou 2m (deux mois).",
        error_messages={"required": "Donnez le délai maximum."},
    )
    change_deadline = ElapsedField(
        label="Annuler ou déplacer jusqu'à",
        maximum=A_YEAR,
        initial=timedelta(hours=4),
        required=False,
        help_text="Avant le rendez-vous. Par exemple 4h ou 2j.",
    )
    sharing = forms.ChoiceField(
        label="Qui d'autre le trouve en élargissant sa recherche",
        choices=Motif.Sharing.choices,
        required=False,
        initial=Motif.Sharing.NONE,
        widget=forms.RadioSelect,
        help_text="Leurs agents cherchent un motif de la même catégorie et voient le lieu, l'heure, le service et "
        "l'organisation de ces créneaux. Ils y prennent rendez-vous pour un usager, sans voir aucun des vôtres.",
    )
    reminder_lead_times = LeadTimesField(
        help_text=f"Avant le rendez-vous, séparés par des virgules{NBSP}: 48h, 6h. Vide{NBSP}: ceux du territoire.",
    )

    DURATIONS = ("duration", "pause", "minimum_delay", "maximum", "change_deadline", "reminder_lead_times")

    class Meta:
        model = Motif
        fields = [
            "name",
            "category",
            "description",
            "color",
            "units",
            "duration",
            "pause",
            "max_persons",
            "location_kind",
            "is_collective",
            "booking_audience",
            "sharing",
            "minimum_delay",
            "minimum_delay_binds_agents",
            "max_upcoming",
            "partner_types",
            "is_follow_up",
            "instructions_before",
            "instructions_after",
            "citizen_may_cancel",
            "citizen_may_move",
            "offers_earlier_slots",
            "change_deadline",
            "cancellation_warning",
            "reminder_lead_times",
        ]
        labels = {
            "is_collective": "Rendez-vous collectif (atelier, plusieurs places)",
            "is_follow_up": f"Suivi{NBSP}: seulement avec les agents référents de l'usager",
            "citizen_may_cancel": "L'usager peut annuler",
            "citizen_may_move": "L'usager peut déplacer",
            "offers_earlier_slots": "Liste d'attente pour un créneau plus tôt",
            "minimum_delay_binds_agents": "Le délai minimum vaut aussi pour les agents",
        }
        help_texts = {
            "offers_earlier_slots": "Un créneau qui se libère est proposé aux usagers qui l'ont demandé et qui peuvent "
            "déplacer leur rendez-vous.",
            "max_upcoming": f"De ce motif, s'il réserve lui-même. Vide{NBSP}: sans limite. Ceux qui partagent "
            "un e-mail ou un téléphone en ont ensemble trois fois autant, et au moins cinq.",
            "is_follow_up": "",
            "description": "Affiché sur le portail, sous le nom du motif.",
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "color": forms.TextInput(attrs={"type": "color"}),
            "units": forms.CheckboxSelectMultiple(attrs={"class": "choices-inline"}),
            "partner_types": forms.CheckboxSelectMultiple(attrs={"class": "choices-inline"}),
            "location_kind": forms.RadioSelect(attrs={"class": "choices-inline"}),
            "booking_audience": forms.RadioSelect,
            "instructions_before": forms.Textarea(attrs={"rows": 3}),
            "instructions_after": forms.Textarea(attrs={"rows": 3}),
            "cancellation_warning": forms.Textarea(attrs={"rows": 2}),
        }
        error_messages = {"name": {"required": "Donnez le nom du motif."}}

    def __init__(self, *args, territory, is_frozen=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = ServiceUnit.objects.for_territory(territory)
        self.fields["partner_types"].queryset = PartnerType.objects.for_territory(territory)
        for name in ("units", "partner_types"):
            if not self.fields[name].queryset:
                del self.fields[name]
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.fields["max_persons"].help_text = "La durée est multipliée par leur nombre."
        if self.instance.pk:
            self.initial.setdefault("maximum", maximum_delay_of(self.instance))
        for name in ("location_kind", "is_collective"):
            if is_frozen:
                self.fields[name].disabled, self.fields[name].help_text = True, FROZEN_REASON

    def clean_sharing(self):
        """A form that does not ask leaves it as it is."""
        return self.cleaned_data["sharing"] or self.instance.sharing

    def clean(self):
        cleaned = super().clean()
        for name in ("pause", "minimum_delay", "change_deadline"):
            if cleaned.get(name, ...) is None:
                cleaned[name] = timedelta(0)
        least, most = cleaned.get("minimum_delay"), cleaned.get("maximum")
        if least is not None and most is not None and most.length <= least:
            self.add_error("maximum", "Le délai maximum doit dépasser le délai minimum.")
        if cleaned.get("sharing") != Motif.Sharing.NONE and not cleaned.get("category"):
            self.add_error("sharing", f"Donnez d'abord une catégorie{NBSP}: c'est par elle que les autres le trouvent.")
        return cleaned

    @property
    def service_fields(self) -> dict:
        """What `create_motif` and `change_motif` write, without options and questions."""
        fields = {name: value for name, value in self.cleaned_data.items() if name != "maximum"}
        most = self.cleaned_data["maximum"]
        return (
            {"units": self.instance.units.all() if self.instance.pk else []}
            | {"partner_types": self.instance.partner_types.all() if self.instance.pk else []}
            | fields
            | {"maximum_delay": most.elapsed or None, "maximum_delay_months": most.months or None}
        )


def maximum_delay_of(motif) -> Delay:
    return Delay(motif.maximum_delay or timedelta(0), motif.maximum_delay_months or 0)


class MotifFilterForm(forms.Form):
    q = forms.CharField(label="Nom ou catégorie", required=False)
    archives = forms.BooleanField(label="Archivés", required=False)

    def filter(self, motifs):
        typed = words_in(self.data)
        return motifs.filter(Q(name__icontains=typed) | Q(category__icontains=typed)) if typed else motifs
