"""What adding one motif to several organizations would make."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q, QuerySet

from organizations.models import Motif, Organization

from ..engine.typography import NBSP, quote


@dataclass(frozen=True)
class Creation:
    """`refusal` says why the organization gets no motif."""

    organization: Organization
    refusal: str = ""


@dataclass(frozen=True)
class CreationPlan:
    rows: list[Creation]
    fields: dict

    @cached_property
    def made(self):
        return [row for row in self.rows if not row.refusal]

    @cached_property
    def refused(self):
        return [row for row in self.rows if row.refusal]

    @property
    def fingerprint(self) -> str:
        """The same for the same motif in the same organizations."""
        rows = [(row.organization.pk, row.refusal) for row in self.rows]
        fields = [(name, _as_text(value)) for name, value in sorted(self.fields.items())]
        return hashlib.sha256(repr((rows, fields)).encode()).hexdigest()


def plan_creations(*, organizations, slug: str, fields: dict) -> CreationPlan:
    """One row per organization, in order. `fields` as `create_motif` takes them. One query."""
    same = Motif.objects.filter(Q(slug=slug) | Q(name__iexact=fields["name"]), organization__in=organizations)
    existing = defaultdict(list)
    for motif in same.order_by("name", "pk"):
        existing[motif.organization_id].append(motif)
    rows = [Creation(organization, _refusal(existing[organization.pk])) for organization in organizations]
    return CreationPlan(rows, fields)


def _refusal(motifs):
    if not motifs:
        return ""
    motif = motifs[0]
    state = "" if motif.is_active else " (archivé)"
    return f"Un motif du même nom ou de la même adresse existe déjà{NBSP}: {quote(motif)}{state}."


def _as_text(value):
    return sorted(row.pk for row in value) if isinstance(value, QuerySet) else repr(value)
