"""What an administrator types about a desk."""

from django import forms
from django.db.models import Q

from organizations.forms.tenant_rows import TenantModelForm
from organizations.models import Desk, Location, Motif, ServiceUnit

from ..engine.typography import NBSP, quote


class DeskForm(TenantModelForm):
    class Meta:
        model = Desk
        fields = ["name", "kind", "location", "motifs", "units"]
        widgets = {
            "motifs": forms.CheckboxSelectMultiple(attrs={"class": "choices-scroll"}),
            "units": forms.CheckboxSelectMultiple(attrs={"class": "choices-inline"}),
        }
        labels = {"motifs": "Motifs servis", "units": "Services qui le gèrent"}
        help_texts = {
            "kind": f"Par exemple {quote('Identité')}, {quote('Accueil')}. Se lit dans les messages.",
            "motifs": "Leurs options viennent avec eux.",
            "units": f"Aucun coché{NBSP}: tous les agents le voient et le gèrent.",
        }
        error_messages = {
            "name": {"required": "Donnez le nom du guichet."},
            "location": {"required": "Choisissez le lieu du guichet."},
        }

    def __init__(self, *args, membership, **kwargs):
        super().__init__(*args, membership=membership, **kwargs)
        locations = Location.objects.visible_to(membership)
        motifs = Motif.objects.visible_to(membership)
        kept_location, kept_motifs = Q(closed_at=None), Q(archived_at=None)
        if self.instance.pk:
            # What it has already stays on offer, closed or archived since.
            kept_location |= Q(pk=self.instance.location_id)
            kept_motifs |= Q(desks=self.instance)
        self.fields["location"].queryset = locations.filter(kept_location)
        self.fields["motifs"].queryset = motifs.filter(kept_motifs).distinct()
        self.fields["units"].queryset = ServiceUnit.objects.visible_to(membership)
        if not self.fields["units"].queryset:
            del self.fields["units"]
        for name in ("name", "kind"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    @property
    def service_fields(self) -> dict:
        """What `create_desk` and `change_desk` write."""
        unchanged = {"units": self.instance.units.all()} if self.instance.pk else {}
        return unchanged | self.cleaned_data
