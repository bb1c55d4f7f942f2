"""What an administrator, or an agent of the services that manage it, types about a desk."""

from django import forms
from django.db.models import Prefetch, Q
from django.utils.html import format_html

from organizations.forms.tenant_rows import TenantModelForm
from organizations.models import Desk, Location, Motif, MotifOption, ServiceUnit

from ..engine.typography import NBSP, quote, typeset


class MotifsWithOptionsField(forms.ModelMultipleChoiceField):
    """Motifs of `with_options`, each with the options that come along with it."""

    def label_from_instance(self, motif):
        names = ", ".join(option.name for option in motif.options.all())
        return format_html('{} <span class="row-note">{}</span>', motif, names) if names else str(motif)


class DeskForm(TenantModelForm):
    motifs = MotifsWithOptionsField(
        label="Motifs servis",
        queryset=Motif.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-scroll"}),
        help_text=f"Leurs options viennent avec eux{NBSP}: elles sont sous chaque nom.",
    )

    class Meta:
        model = Desk
        fields = ["name", "kind", "location", "motifs", "units"]
        widgets = {"units": forms.CheckboxSelectMultiple(attrs={"class": "choices-inline"})}
        labels = {"units": "Services qui le gèrent"}
        help_texts = {
            "kind": f"Par exemple {quote('Identité')}, {quote('Accueil')}. Se lit dans les messages.",
            "units": typeset(
                "Leurs agents le voient, le modifient et tiennent ses plages ; les autres ne le voient pas. "
                "Aucun coché : tous les agents le voient et tiennent ses plages."
            ),
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
        self.served_for_others = []
        if self.instance.pk:
            # What it has already stays on offer, closed or archived since.
            kept_location |= Q(pk=self.instance.location_id)
            kept_motifs |= Q(desks=self.instance)
            # Motifs of services that are not the member's: named, and not theirs to take away.
            of_others = Motif.objects.for_organization(membership.organization).filter(desks=self.instance)
            self.served_for_others = list(of_others.exclude(pk__in=motifs.values("pk")))
        options = Prefetch("options", MotifOption.objects.visible_to(membership).filter(archived_at=None))
        self.fields["location"].queryset = locations.filter(kept_location)
        self.fields["location"].empty_label = "Choisissez un lieu"
        self.fields["motifs"].queryset = motifs.filter(kept_motifs).distinct().prefetch_related(options)
        self.fields["units"].queryset = ServiceUnit.objects.visible_to(membership)
        # Who manages a desk says who sees it: that stays with the administrators.
        if not membership.is_admin or not self.fields["units"].queryset:
            del self.fields["units"]
        for name in ("name", "kind"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    @property
    def service_fields(self) -> dict:
        """What `create_desk` and `change_desk` write."""
        unchanged = {"units": self.instance.units.all()} if self.instance.pk else {}
        return unchanged | self.cleaned_data | {"motifs": [*self.cleaned_data["motifs"], *self.served_for_others]}
