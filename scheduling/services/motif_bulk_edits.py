"""One field changed on many motifs of a territory at once, exactly as previewed, and taken back once."""

from datetime import datetime

from django.db import transaction

from organizations.models import Agent, Motif, Territory
from organizations.services.kept_entries import keep_entries

from ..exceptions import BulkEditRefused, PreviewOutdated
from ..models import MotifBulkEdit
from ..motif_fields import Mode, MotifField, Recomputation
from ..selectors.motif_bulk_edits import BulkPlan, MotifChange, organizations_of, plan_bulk_edit, plan_undo
from ..selectors.motif_calendars import calendars_that_may_have, calendars_that_open_for
from .locks import lock_organizations
from .recomputation import recompute

# Rows of one statement: the number of queries is the same for all sets up to it, and grows by one for each more.
CHUNK = 1000


@transaction.atomic
def apply_bulk_edit(
    *,
    territory: Territory,
    motifs,
    field: MotifField,
    value,
    mode: Mode = Mode.REPLACE,
    expected: str,
    made_by: Agent,
    now: datetime,
) -> MotifBulkEdit | None:
    """Give `value` to `motifs` (a QuerySet of the territory's), if that is still the plan whose fingerprint is
    `expected`. The windows that a pause, a maximum delay or archiving concerns follow, once per calendar.

    Returns None when nothing had to change. Raises PreviewOutdated when anything is no longer as previewed; EntryGone
    when what shall be on a list has just been deleted.
    All of it or nothing. The number of queries depends on neither the motifs nor their organizations (see CHUNK),
    nor on the calendars: many wait for their batch (`recomputation`).
    """
    motifs = motifs.filter(organization__territory=territory)
    locked = {organization.pk for organization in lock_organizations(organizations_of(motifs))}
    plan = plan_bulk_edit(motifs=motifs, field=field, value=value, mode=mode)
    if plan.fingerprint != expected or not locked.issuperset(row.motif.organization_id for row in plan.rows):
        raise PreviewOutdated
    if not plan.changed:
        return None
    _write(field, plan.changed, now=now)
    return MotifBulkEdit.objects.create(
        territory=territory,
        made_by=made_by,
        made_at=now,
        field=field.name,
        changes=[
            {"motif": row.motif.pk, "before": row.before, "after": field.settled(row.after, now)}
            for row in plan.changed
        ],
    )


@transaction.atomic
def undo_bulk_edit(*, edit: MotifBulkEdit, undone_by: Agent, now: datetime) -> BulkPlan:
    """Give each motif its value from before `edit`, where it still has the one that the edit gave it. Once.

    Returns what was done: its refusals were left alone, and `edit.changes` remembers why.
    Raises BulkEditRefused when it was undone already, or is neither the territory's last nor the agent's own last.
    Costs as `apply_bulk_edit`.
    """
    lock_organizations(organizations_of(Motif.objects.for_territory(edit.territory).filter(pk__in=edit.motif_ids)))
    if not MotifBulkEdit.objects.for_territory(edit.territory).undoable_by(undone_by).filter(pk=edit.pk).exists():
        raise BulkEditRefused
    plan = plan_undo(edit)
    _write(edit.motif_field, plan.changed, now=now)
    left_alone = {row.motif.pk: row.refusal for row in plan.refused}
    edit.changes = [
        change | ({"left_alone": left_alone[change["motif"]]} if change["motif"] in left_alone else {})
        for change in edit.changes
    ]
    edit.undone_at, edit.undone_by = now, undone_by
    edit.save(update_fields=["changes", "undone_at", "undone_by"])
    return plan


def _write(field: MotifField, changes: list[MotifChange], *, now: datetime) -> None:
    """Under the locks of the organizations."""
    if not changes:
        return
    if field.is_list:
        _write_lists(field, changes)
    else:
        for change in changes:
            for column, value in field.written(field.settled(change.after, now)).items():
                setattr(change.motif, column, value)
        Motif.objects.bulk_update([change.motif for change in changes], field.columns, batch_size=CHUNK)
    _recompute(field, [change.motif for change in changes], now=now)


def _write_lists(field, changes):
    wanted = {(change.motif.pk, pk) for change in changes for pk in change.after}
    keep_entries(model=field.model, pks={pk for _, pk in wanted})
    rows = field.through.objects.filter(motif__in=[change.motif.pk for change in changes]).order_by()
    present = {(motif, target): pk for pk, motif, target in rows.values_list("pk", "motif", field.target)}
    field.through.objects.filter(pk__in=[pk for pair, pk in present.items() if pair not in wanted]).delete()
    missing = sorted(wanted - present.keys())
    field.through.objects.bulk_create(
        [field.through(**{"motif_id": motif, field.target: target}) for motif, target in missing], batch_size=CHUNK
    )


def _recompute(field, motifs, *, now):
    """After the motifs, before nothing: whoever waits for a calendar holds no motif that others wait for."""
    ids = [motif.pk for motif in motifs]
    if field.recomputation == Recomputation.BOOKED:
        organization_ids = {motif.organization_id for motif in motifs}
        recompute(calendar_ids=calendars_that_may_have(ids, organization_ids=organization_ids, now=now), now=now)
    elif field.recomputation == Recomputation.OPENED:
        recompute(calendar_ids=calendars_that_open_for(ids), now=now)
