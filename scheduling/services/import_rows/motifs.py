"""Rows of motifs: the rules are those of the form."""

from organizations.citizen_search import normalize
from organizations.models import Motif

from ...engine.typography import NBSP
from ...forms.motifs import MotifForm, maximum_delay_of
from ...import_files.kinds import MOTIFS
from ..motifs import change_motif, create_motif
from .rows import RowImporter, RowRefused, filled, outcome_of

KINDS_OF_PLACE = {label: value for value, label in Motif.LocationKind.choices} | {
    "domicile": Motif.LocationKind.HOME,
    "tel": Motif.LocationKind.PHONE,
    "visioconférence": Motif.LocationKind.VIDEO,
    **{value: value for value in Motif.LocationKind.values},
}
AUDIENCES = {
    "agents": Motif.BookingAudience.AGENTS,
    "agents et prescripteurs": Motif.BookingAudience.PRESCRIBERS,
    "lien": Motif.BookingAudience.LINK,
    "tout le monde": Motif.BookingAudience.EVERYONE,
    "prescripteurs": Motif.BookingAudience.PRESCRIBERS,
    "portail": Motif.BookingAudience.EVERYONE,
    "tous": Motif.BookingAudience.EVERYONE,
    **{label: value for value, label in Motif.BookingAudience.choices},
    **{value: value for value in Motif.BookingAudience.values},
}
AS_TYPED = (
    "name",
    "category",
    "description",
    "duration",
    "pause",
    "max_persons",
    "minimum_delay",
    "maximum",
    "max_upcoming",
    "instructions_before",
    "instructions_after",
)


class MotifRows(RowImporter):
    kind = MOTIFS

    def marks(self, cells):
        organization = self.organization_of(cells).pk
        if cells.get("external_id"):
            return [f"{organization} id {cells['external_id']}"]
        return [f"{organization} {normalize(cells.get('name', ''))}"]

    def take(self, cells):
        organization = self.organization_of(cells)
        typed = self._typed(cells)
        known = self._known(organization, cells)
        if known is None and "name" not in typed:
            raise self.refusal("name", "il manque.")
        motif = known or Motif(organization=organization)
        identifier = {"external_id": cells["external_id"]} if cells.get("external_id") else {}
        before = _shown(motif, typed) | {name: getattr(motif, name) for name in identifier}
        motif.external_id = cells.get("external_id") or motif.external_id
        form = filled(MotifForm, instance=motif, typed=typed, territory=self.territory)
        fields = self.checked(form).service_fields
        after = _shown(form.instance, typed) | {name: form.cleaned_data[name] for name in typed if name == "maximum"}
        after |= identifier | ({"units": list(fields["units"])} if "units" in typed else {})
        outcome = outcome_of(is_new=known is None, label=form.instance.name, changes=self.differences(before, after))
        if known is None:
            create_motif(organization=organization, now=self.now, **fields, **identifier)
        elif outcome.changes:
            lists = {"options": _options_of(known), "questions": _questions_of(known)}
            change_motif(motif=form.instance, now=self.now, **lists, **fields, **identifier)
        return outcome

    def _typed(self, cells):
        typed = {name: cells[name] for name in AS_TYPED if cells.get(name)}
        if cells.get("is_collective"):
            typed["is_collective"] = self.boolean_of("is_collective", cells["is_collective"])
        if cells.get("location_kind"):
            typed["location_kind"] = self.choice_of("location_kind", cells["location_kind"], KINDS_OF_PLACE)
        if cells.get("booking_audience"):
            typed["booking_audience"] = self.choice_of("booking_audience", cells["booking_audience"], AUDIENCES)
        if cells.get("units"):
            typed["units"] = [unit.pk for unit in self.units_of(cells["units"])]
        return typed

    def _known(self, organization, cells):
        motifs = Motif.objects.for_organization(organization).order_by("pk")
        identifier = cells.get("external_id")
        found = list(motifs.filter(external_id=identifier)) if identifier else []
        if not found:
            same = motifs.filter(name__iexact=cells.get("name", ""))
            found = list((same.filter(external_id="") if identifier else same)[:2])
        if len(found) > 1:
            raise RowRefused(f"Plusieurs motifs portent ce nom{NBSP}: donnez l'identifiant.")
        if found and not found[0].is_active:
            raise RowRefused(f"Ce motif est archivé{NBSP}: remettez-le d'abord en service.")
        return found[0] if found else None


def _shown(motif, names):
    """What the motif says in these columns, in the words of the form's choices."""
    shown = {}
    for name in names:
        if name == "units":
            shown[name] = list(motif.units.all()) if motif.pk else []
        elif name == "maximum":
            shown[name] = maximum_delay_of(motif)
        elif name in ("location_kind", "booking_audience"):
            shown[name] = getattr(motif, f"get_{name}_display")()
        else:
            shown[name] = getattr(motif, name)
    return shown


def _options_of(motif):
    rows = motif.options.filter(archived_at=None).order_by("position", "pk")
    return [{"id": option.pk, "name": option.name, "duration": option.duration} for option in rows]


def _questions_of(motif):
    names = ("label", "kind", "choices", "is_required")
    rows = motif.questions.order_by("position", "pk")
    return [{"id": question.pk} | {name: getattr(question, name) for name in names} for question in rows]
