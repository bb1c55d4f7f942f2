"""One motif added to several organizations of a territory at once."""

from datetime import datetime

from django.db import transaction

from organizations.models import Motif, MotifOption, MotifQuestion, Territory

from ..exceptions import PreviewOutdated
from ..selectors.motif_creations import CreationPlan, plan_creations
from .locks import lock_organizations
from .motifs import keep_what_it_names, slug_stem

# Rows of one statement.
CHUNK = 1000


def preview_creations(*, organizations, **fields) -> CreationPlan:
    """What `create_motifs` would do. One query."""
    return plan_creations(organizations=list(organizations), slug=slug_stem(fields["name"]), fields=fields)


@transaction.atomic
def create_motifs(*, territory: Territory, organizations, expected: str, now: datetime, **fields) -> list[Motif]:
    """Add the motif to each of these organizations of `territory` that has none of its name or address.

    `fields` as `create_motif` takes them, options and questions included. All of them or none: raises
    PreviewOutdated when what would be made is not what `expected`, the fingerprint of the preview, stands for;
    EntryGone as `create_motif`.
    The number of queries does not depend on the organizations (up to CHUNK rows of a kind).
    """
    chosen = [organization.pk for organization in organizations if organization.territory_id == territory.pk]
    locked = {organization.pk: organization for organization in lock_organizations(chosen)}
    plan = preview_creations(organizations=[locked[pk] for pk in chosen if pk in locked], **fields)
    if plan.fingerprint != expected:
        raise PreviewOutdated
    lists = {name: fields.pop(name, ()) for name in ("options", "questions", "units", "partner_types")}
    keep_what_it_names(units=lists["units"], partner_types=lists["partner_types"])
    slug = slug_stem(fields["name"])
    motifs = Motif.objects.bulk_create(
        [Motif(organization=row.organization, slug=slug, **fields) for row in plan.made], batch_size=CHUNK
    )
    _create_rows(MotifOption, motifs, lists["options"], names=("name", "duration"))
    _create_rows(MotifQuestion, motifs, lists["questions"], names=("label", "kind", "choices", "is_required"))
    for name in ("units", "partner_types"):
        _tie(name, motifs, lists[name])
    return motifs


def _create_rows(model, motifs, rows, *, names):
    made = [
        model(
            motif=motif,
            organization_id=motif.organization_id,
            position=position,
            **{name: row[name] for name in names},
        )
        for motif in motifs
        for position, row in enumerate(rows)
    ]
    model.objects.bulk_create(made, batch_size=CHUNK)


def _tie(name, motifs, targets):
    through = getattr(Motif, name).through
    target = f"{getattr(Motif, name).field.m2m_reverse_field_name()}_id"
    ties = [through(**{"motif_id": motif.pk, target: row.pk}) for motif in motifs for row in targets]
    through.objects.bulk_create(ties, batch_size=CHUNK)
