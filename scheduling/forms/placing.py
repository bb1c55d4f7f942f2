"""What an agent types to place an RDV by hand: the motif, and when and where it stands (`standing`)."""

from django import forms

from organizations.addresses import id_in
from organizations.models import Motif, MotifOption

from ..selectors.served_motifs import served_by
from ..selectors.slots import Demand
from .standing import StandingForm

MOST_PERSONS = 20
NO_MOTIF = "Aucun motif ne se prend sur cet agenda"
NO_OPTION = "Choisissez une option de ce motif."


class PlacementForm(StandingForm):
    """Names of fields are French because the agenda writes them in the address. The end may be left out: it is that
    of the motif.
    """

    motif = forms.ModelChoiceField(
        label="Motif", queryset=Motif.objects.none(), error_messages={"required": "Choisissez le motif."}
    )
    option = forms.ModelChoiceField(
        label="Option", queryset=MotifOption.objects.none(), error_messages={"required": NO_OPTION}
    )
    personnes = forms.IntegerField(
        label="Nombre de personnes",
        required=False,
        min_value=1,
        max_value=MOST_PERSONS,
        initial=1,
        error_messages={"invalid": "Écrivez un nombre entier."},
    )

    field_order = ["motif", "option", "personnes", "agenda", "autres", "jour", "debut", "fin", "lieu", "adresse"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        motifs = Motif.objects.visible_to(self.membership).active().filter(is_collective=False)
        motifs = motifs.select_related("organization__territory").prefetch_related("units", "options")
        self.fields["motif"].queryset = motifs
        options = MotifOption.objects.visible_to(self.membership).filter(archived_at=None)
        self.fields["option"].queryset = options
        self._offer_served(motifs)
        self._follow_motif()

    def _offer_served(self, motifs):
        """Only those that the chosen calendars may have; the only one is chosen already."""
        chosen = set(self["autres"].value() or ()) | {self["agenda"].value()}
        asked = {str(pk) for pk in chosen if pk}
        calendars = [calendar for calendar in self.fields["agenda"].queryset if str(calendar.pk) in asked]
        served = served_by(calendars, self.organization)
        self.offered: list[Motif] = [motif for motif in motifs if not served.refusing(calendars, motif)]
        self.fields["motif"].choices = [
            *([("", "Choisissez le motif" if self.offered else NO_MOTIF)] if len(self.offered) != 1 else []),
            *((motif.pk, str(motif)) for motif in self.offered),
        ]
        if len(self.offered) == 1:
            self.initial.setdefault("motif", self.offered[0].pk)

    def _follow_motif(self):
        """The questions of a motif are asked once it is chosen: its option, for how many, where."""
        self.shown = self._motif_shown()
        options = [item for item in self.shown.options.all() if item.archived_at is None] if self.shown else []
        self.fields["option"].choices = [("", "Choisissez"), *((item.pk, str(item)) for item in options)]
        self.fields["option"].required = bool(options)
        if not options:
            self.fields["option"].widget = forms.HiddenInput()
        if self.shown is None or self.shown.max_persons == 1:
            self.fields["personnes"].widget = forms.HiddenInput()
        if self.shown is not None and self.shown.location_kind != Motif.LocationKind.ON_SITE:
            self.fields["lieu"].widget = self.fields["adresse"].widget = forms.HiddenInput()

    def _motif_shown(self):
        pk = id_in(str(self["motif"].value() or ""))
        return next((motif for motif in self.offered if motif.pk == pk), None)

    @property
    def for_motif(self):
        return self.cleaned_data.get("motif")

    def length_of(self):
        return self.demand.length if self.demand else None

    @property
    def demand(self) -> Demand | None:
        if self.for_motif is None:
            return None
        return Demand(self.for_motif, self.cleaned_data.get("option"), self.cleaned_data.get("personnes") or 1)

    def clean(self):
        motif, option = self.for_motif, self.cleaned_data.get("option")
        if motif is not None:
            if option is not None and option.motif_id != motif.pk:
                self.cleaned_data["option"] = option = None  # Of the motif that was chosen before.
            is_asked = any(item.archived_at is None for item in motif.options.all())
            if option is None and is_asked and "option" not in self.errors:
                self.add_error("option", NO_OPTION)
            if (self.cleaned_data.get("personnes") or 1) > motif.max_persons:
                most = f"{motif.max_persons} personne{'s' if motif.max_persons > 1 else ''}"
                self.add_error("personnes", f"Ce motif reçoit {most} à la fois, pas plus.")
        return super().clean()

    def check_follow_up(self, citizen):
        """A follow-up is between a citizen and their referents: anybody else is refused."""
        if self.for_motif is None or not self.for_motif.is_follow_up or not self.calendars:
            return
        referents = set(citizen.referents.values_list("pk", flat=True)) if citizen else set()
        if not {calendar.agent_id for calendar in self.calendars} & referents:
            self.add_error("agenda", "Ce motif de suivi se prend avec un agent référent de l'usager.")
