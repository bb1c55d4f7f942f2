"""What one act would change on many motifs, and what taking it back would."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef

from organizations.models import Motif

from ..engine.delays import Delay, describe_delay
from ..engine.typography import NBSP
from ..models import Appointment, MotifBulkEdit
from ..motif_fields import BULK_FIELDS, Mode, MotifField, delay_of
from .motifs import opened_without_place

FROZEN_FIELDS = {"location_kind": "le type de lieu", "is_collective": "le caractère collectif"}

ARCHIVED = f"Le motif est archivé{NBSP}: remettez-le d'abord en service."
WITHOUT_PLACE = "Une plage d'ouverture qui le porte n'a pas de lieu."
CHANGED_SINCE = "Modifié depuis."
GONE = "Un des services ou types de partenaire d'avant n'existe plus."


@dataclass(frozen=True)
class MotifChange:
    """What happens to one motif; `refusal` says why nothing does."""

    motif: Motif
    before: Any
    after: Any
    refusal: str = ""
    before_words: str = ""
    after_words: str = ""

    @property
    def changes(self):
        return not self.refusal and self.before != self.after


@dataclass(frozen=True)
class BulkPlan:
    field: MotifField
    rows: list[MotifChange] = field(default_factory=list)

    @cached_property
    def changed(self):
        return [row for row in self.rows if row.changes]

    @cached_property
    def unchanged(self):
        return [row for row in self.rows if not row.refusal and not row.changes]

    @cached_property
    def refused(self):
        return [row for row in self.rows if row.refusal]

    @property
    def fingerprint(self) -> str:
        """Two plans that do the same have the same."""
        rows = sorted([row.motif.pk, row.before, row.after, row.refusal] for row in self.rows)
        return hashlib.sha256(json.dumps([self.field.name, rows]).encode()).hexdigest()


def plan_bulk_edit(*, motifs, field: MotifField, value, mode: Mode = Mode.REPLACE) -> BulkPlan:
    """What giving `value` (as `field.kept`) to `motifs` (a QuerySet) does to each, by organization and name.

    Whatever their number: one query, two more for a list, one or two for a name or what RDVs freeze.
    """
    loaded = _loaded(motifs, field)
    current = {motif: field.of(motif) for motif in loaded}
    targets = {motif: field.after(before, value, mode) for motif, before in current.items()}
    refusals = _refusals(field, targets, current)
    if field.name != "archived":
        refusals |= {motif: ARCHIVED for motif in loaded if not motif.is_active}
    return _plan(field, current, targets, refusals)


def plan_undo(edit: MotifBulkEdit) -> BulkPlan:
    """What taking `edit` back does to each motif: its value from before, where it still has what the edit gave it.

    Its refusals are what is left alone. Queries as `plan_bulk_edit`; one more for a list.
    """
    field = edit.motif_field
    kept = {change["motif"]: change for change in edit.changes}
    loaded = _loaded(Motif.objects.for_territory(edit.territory).filter(pk__in=kept), field)
    current = {motif: field.of(motif) for motif in loaded}
    since = {motif: CHANGED_SINCE for motif, value in current.items() if value != kept[motif.pk]["after"]}
    targets = {motif: kept[motif.pk]["before"] for motif in loaded if motif not in since}
    refusals = since | _refusals(field, targets, current)
    if field.is_list:
        known = field.names_of({pk for target in targets.values() for pk in target})
        refusals |= {motif: GONE for motif, target in targets.items() if not known.keys() >= set(target)}
    return _plan(field, current, {motif: kept[motif.pk]["before"] for motif in loaded}, refusals)


def _loaded(motifs, field):
    motifs = motifs.select_related("organization").order_by("organization__name", "organization", "name", "pk")
    return list(motifs.prefetch_related(field.name) if field.is_list else motifs)


def _plan(field, current, targets, refusals):
    ids = {pk for value in (*current.values(), *targets.values()) for pk in value} if field.is_list else set()
    names = field.names_of(ids) if ids else {}
    return BulkPlan(
        field,
        [
            MotifChange(
                motif,
                before,
                targets[motif],
                refusals.get(motif, ""),
                field.words(before, names),
                field.words(targets[motif], names),
            )
            for motif, before in current.items()
        ],
    )


def _refusals(field: MotifField, targets: Mapping[Motif, Any], current: Mapping[Motif, Any]) -> dict[Motif, str]:
    """Why a motif cannot get its value; motifs that have it already are not asked."""
    asked = {motif: target for motif, target in targets.items() if target != current[motif]}
    if not asked:
        return {}
    if field.name == "location_kind":
        return _without_place(asked) | _frozen(field, asked)
    if field.name == "is_collective":
        return _frozen(field, asked)
    if field.name == "name":
        return _named_twice(asked)
    if field.name == "minimum_delay":
        maximum = BULK_FIELDS["maximum"]
        return _delays({motif: (timedelta(seconds=t), delay_of(maximum.of(motif))) for motif, t in asked.items()})
    if field.name == "maximum":
        return _delays({motif: (motif.minimum_delay, delay_of(target)) for motif, target in asked.items()})
    return {}


def _frozen(field, asked):
    booked = Appointment.objects.filter(motif=OuterRef("pk"))
    frozen = Motif.objects.filter(Exists(booked), pk__in=[motif.pk for motif in asked]).order_by()
    ids = set(frozen.values_list("pk", flat=True))
    reason = f"Des rendez-vous existent{NBSP}: {FROZEN_FIELDS[field.name]} ne peut plus changer."
    return {motif: reason for motif in asked if motif.pk in ids}


def _without_place(asked):
    ids = opened_without_place([motif for motif, kind in asked.items() if kind == Motif.LocationKind.ON_SITE])
    return {motif: WITHOUT_PLACE for motif in asked if motif.pk in ids}


def _delays(bounds: Mapping[Motif, tuple[timedelta, Delay]]):
    return {
        motif: f"Le délai maximum ({describe_delay(most)}) ne dépasse pas le délai minimum"
        f" ({describe_delay(Delay(least))})."
        for motif, (least, most) in bounds.items()
        if most.length <= least
    }


def _named_twice(asked: Mapping[Motif, str]):
    """A list in which two motifs bear one name tells nobody which to choose."""
    wanted = Counter((motif.organization_id, name.casefold()) for motif, name in asked.items())
    others = Motif.objects.active().filter(organization__in={motif.organization_id for motif in asked})
    others = others.exclude(pk__in=[motif.pk for motif in asked]).order_by().values_list("organization", "name")
    taken = {(organization, name.casefold()) for organization, name in others}
    refusals = {}
    for motif, name in asked.items():
        key = (motif.organization_id, name.casefold())
        if key in taken:
            refusals[motif] = "Un autre motif de l'organisation porte déjà ce nom."
        elif wanted[key] > 1:
            refusals[motif] = "Plusieurs motifs choisis de l'organisation porteraient ce nom."
    return refusals


def organizations_of(motifs) -> set[int]:
    """One query."""
    return set(motifs.order_by().values_list("organization", flat=True).distinct())
