"""Rows of pairs: a place where a motif is given. What gives it there are desks, with weekly openings."""

from django import forms

from organizations.citizen_search import normalize
from organizations.models import Desk, Location, Motif

from ...engine.typography import NBSP, quote
from ...import_files.kinds import PAIRS
from ...models import RowResult
from ..imported_desks import open_desk, serve_motif
from .rows import Outcome, RowImporter, RowRefused

MOST_DESKS = 20


class _DesksForm(forms.Form):
    desks = forms.IntegerField(
        min_value=1,
        max_value=MOST_DESKS,
        error_messages={
            "invalid": "écrivez un nombre entier.",
            "min_value": "au moins 1.",
            "max_value": f"{MOST_DESKS} au plus.",
        },
    )


class PairRows(RowImporter):
    kind = PAIRS

    def label_of(self, cells):
        return f"{cells.get('motif', '')[:80]} – {cells.get('location', '')[:70]}"

    def marks(self, cells):
        names = (normalize(cells.get(name, "")) for name in ("location", "motif"))
        return [f"{self.organization_of(cells).pk} {' | '.join(names)}"]

    def take(self, cells):
        organization = self.organization_of(cells)
        location = self._one("location", Location.objects.for_organization(organization), cells)
        motif = self._one("motif", Motif.objects.for_organization(organization).prefetch_related("units"), cells)
        if not location.is_open:
            raise self.refusal("location", "ce lieu est fermé.")
        if not motif.is_active:
            raise self.refusal("motif", "ce motif est archivé.")
        names = [f"Guichet {number}" for number in range(1, self._desk_count(cells) + 1)]
        desks = self._desks(organization, location, names)
        served = [name for name in names if name in desks and motif in desks[name].motifs.all()]
        for name in names:
            if name not in desks:
                open_desk(organization=organization, location=location, name=name, motifs=[motif], now=self.now)
            elif name not in served:
                serve_motif(desk=desks[name], motif=motif, now=self.now)
        label = f"{motif.name[:90]} – {location.name[:70]}"
        if served == names:
            return Outcome(RowResult.UNCHANGED, label)
        changes = [("Servi par", ", ".join(served) or "aucun guichet", ", ".join(names))]
        return Outcome(RowResult.CHANGED if served else RowResult.CREATED, label, changes)

    def _one(self, field, rows, cells):
        """By its identifier, else by its name: of this organization only."""
        typed = cells.get(field, "")
        if not typed:
            raise self.refusal(field, "il manque.")
        found = list(rows.filter(external_id=typed)[:2]) or list(rows.filter(name__iexact=typed)[:2])
        if not found:
            raise self.refusal(field, f"{quote(typed[:80])} est inconnu dans cette organisation.")
        if len(found) > 1:
            raise self.refusal(field, f"plusieurs portent le nom {quote(typed[:80])}{NBSP}: donnez l'identifiant.")
        return found[0]

    def _desk_count(self, cells):
        if not cells.get("desks"):
            return 1
        return self.checked(_DesksForm({"desks": cells["desks"]})).cleaned_data["desks"]

    def _desks(self, organization, location, names):
        desks = Desk.objects.for_organization(organization).filter(location=location, name__in=names)
        found = {desk.name: desk for desk in desks.select_related("calendar").prefetch_related("motifs").order_by("pk")}
        if gone := next((desk for desk in found.values() if desk.archived_at), None):
            raise RowRefused(f"{quote(gone.name)} de ce lieu est archivé{NBSP}: remettez-le d'abord en service.")
        return found
