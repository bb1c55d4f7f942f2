"""Finding motifs of a territory, and choosing many of them."""

from django import forms

from organizations.addresses import id_in
from organizations.models import Motif, Organization, ServiceUnit

from ..selectors.territory_motifs import categories_of

ARCHIVED, ALL = "archives", "tous"


class TerritoryMotifFilterForm(forms.Form):
    """Everything stands in the address. What cannot be read there filters nothing.

    Chosen are the rows that were ticked (`motif`), or everything that the filters show (`tous`).
    """

    q = forms.CharField(label="Nom", required=False)
    organisation = forms.ModelChoiceField(Organization.objects.none(), label="Organisation", required=False)
    service = forms.ModelChoiceField(ServiceUnit.objects.none(), label="Service", required=False)
    categorie = forms.ChoiceField(label="Catégorie", required=False)
    public = forms.ChoiceField(label="Qui peut réserver", required=False)
    lieu = forms.ChoiceField(label="Type de lieu", required=False)
    etat = forms.ChoiceField(
        label="État", choices=[("", "En service"), (ARCHIVED, "Archivés"), (ALL, "Tous")], required=False
    )
    sans_plage = forms.BooleanField(label="Sans plage d'ouverture", required=False)

    def __init__(self, data, *, territory):
        super().__init__(data)
        self.fields["organisation"].queryset = Organization.objects.for_territory(territory)
        self.fields["service"].queryset = ServiceUnit.objects.for_territory(territory)
        for name in ("organisation", "service"):
            self.fields[name].empty_label = "Toutes" if name == "organisation" else "Tous"
        for name, nothing, choices in (
            ("categorie", "Toutes", [(category, category) for category in categories_of(territory)]),
            ("public", "Tous", Motif.BookingAudience.choices),
            ("lieu", "Tous", Motif.LocationKind.choices),
        ):
            self.fields[name].choices = [("", nothing), *choices]

    def filter(self, motifs):
        self.is_valid()
        asked = self.cleaned_data.get
        plain = {
            "name__icontains": asked("q"),
            "organization": asked("organisation"),
            "units": asked("service"),
            "category": asked("categorie"),
            "booking_audience": asked("public"),
            "location_kind": asked("lieu"),
        }
        motifs = motifs.filter(**{lookup: value for lookup, value in plain.items() if value})
        if asked("etat") != ALL:
            motifs = motifs.filter(archived_at__isnull=asked("etat") != ARCHIVED)
        return motifs.filter(is_opened=False) if asked("sans_plage") else motifs

    def chosen(self, motifs):
        """For the acts on many: the ticked ones, whatever the filters, or all that the filters show."""
        if self.data.get("tous"):
            return self.filter(motifs)
        ids = {id_in(written) for written in self.data.getlist("motif")} - {None}
        return motifs.filter(pk__in=ids)
