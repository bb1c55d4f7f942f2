"""Every write on motifs. They live in `organizations`; changing one changes what calendars offer."""

from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from organizations.models import Motif, MotifOption, MotifQuestion, PartnerType, ServiceUnit
from organizations.services.kept_entries import keep_entries

from ..engine.typography import NBSP
from ..exceptions import MotifRefused
from ..selectors.motif_bulk_edits import FROZEN_FIELDS
from ..selectors.motif_calendars import calendars_that_may_have, calendars_that_open_for
from ..selectors.motifs import is_frozen, opened_without_place
from ..signals import motif_copied
from .locks import lock_organizations
from .recomputation import recompute

# A slug as long as the field allows, less what makes it unique.
LONGEST_SLUG_STEM = 74


@transaction.atomic
def create_motif(
    *,
    organization,
    now: datetime,
    options=(),
    questions=(),
    units=(),
    partner_types=(),
    copied_from: Motif | None = None,
    **fields,
):
    """Add a motif. Its address on the portal (slug) is made from its name, and stays.

    With `copied_from`, a motif of the same territory, its messages are said and sent as those of that one: the apps
    above copy what they keep of it. `options` and `questions` as in `change_motif`. Raises EntryGone for a service or
    type of partners that is deleted.
    """
    lock_organizations([organization.pk])
    keep_what_it_names(units=units, partner_types=partner_types)
    motif = Motif.objects.create(organization=organization, slug=_free_slug(organization, fields["name"]), **fields)
    _write_lists(motif, options=options, questions=questions, units=units, partner_types=partner_types, now=now)
    if copied_from is not None:
        motif_copied.send(sender=Motif, original=copied_from, copy=motif, now=now)
    return motif


@transaction.atomic
def change_motif(*, motif: Motif, now: datetime, options, questions, units, partner_types, **fields) -> Motif:
    """Change a motif, and the windows of the calendars that its pause or its maximum delay concerns.

    `options` and `questions`, in their order, are dictionaries of fields with the `id` of what exists already. What
    is not among them goes: questions are deleted, options archived.
    Raises MotifRefused when the kind of place or the collective character changes although an RDV exists, or the
    motif would take place on site although an opening carries it without lieu; EntryGone as `create_motif`.
    """
    lock_organizations([motif.organization_id])
    keep_what_it_names(units=units, partner_types=partner_types)
    before = Motif.objects.get(pk=motif.pk)
    _refuse_what_cannot_change(before, fields)
    for name, value in fields.items():
        setattr(motif, name, value)
    motif.archived_at = before.archived_at
    motif.save()
    if motif.pause != before.pause:
        concerned = calendars_that_may_have([motif.pk], organization_ids=[motif.organization_id], now=now)
        recompute(calendar_ids=concerned, now=now)
    elif _maximum_delay(motif) != _maximum_delay(before):
        recompute(calendar_ids=calendars_that_open_for([motif.pk]), now=now)
    # After the calendars: a booking that holds one may be waiting for the row of its option.
    _write_lists(motif, options=options, questions=questions, units=units, partner_types=partner_types, now=now)
    return motif


def keep_what_it_names(*, units, partner_types):
    """Before calendars, as everything that waits. Two queries at most. Raises EntryGone."""
    keep_entries(model=ServiceUnit, pks=[unit.pk for unit in units])
    keep_entries(model=PartnerType, pks=[partner_type.pk for partner_type in partner_types])


def archive_motif(*, motif: Motif, now: datetime) -> Motif:
    """Take a motif out of use: nobody can book it any more. Its appointments stay. Doing it twice changes nothing."""
    return _set_archived(motif, now, now=now)


def unarchive_motif(*, motif: Motif, now: datetime) -> Motif:
    return _set_archived(motif, None, now=now)


@transaction.atomic
def _set_archived(motif, archived_at, *, now):
    lock_organizations([motif.organization_id])
    motif.refresh_from_db(fields=["archived_at"])
    if (motif.archived_at is None) != (archived_at is None):
        motif.archived_at = archived_at
        motif.save(update_fields=["archived_at"])
        recompute(calendar_ids=calendars_that_open_for([motif.pk]), now=now)
    return motif


def _refuse_what_cannot_change(before, fields):
    changed = [
        label for name, label in FROZEN_FIELDS.items() if name in fields and fields[name] != getattr(before, name)
    ]
    if changed and is_frozen(before):
        raise MotifRefused(f"Ce motif a des rendez-vous{NBSP}: {' et '.join(changed)} ne peut plus changer.")
    becomes_on_site = fields.get("location_kind", before.location_kind) == Motif.LocationKind.ON_SITE
    if becomes_on_site and before.location_kind != Motif.LocationKind.ON_SITE and opened_without_place([before]):
        raise MotifRefused(f"Une plage d'ouverture porte ce motif sans lieu{NBSP}: donnez-lui d'abord un lieu.")


def _maximum_delay(motif):
    return motif.maximum_delay, motif.maximum_delay_months


def slug_stem(name: str) -> str:
    """What the address of a motif of that name begins with, and is where nothing else has it."""
    return slugify(name)[:LONGEST_SLUG_STEM].strip("-") or "motif"


def _free_slug(organization, name):
    stem = slug_stem(name)
    taken = set(
        Motif.objects.for_organization(organization)
        .filter(slug__startswith=stem)
        .order_by()
        .values_list("slug", flat=True)
    )
    number, slug = 1, stem
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


def _write_lists(motif, *, options, questions, units, partner_types, now):
    motif.units.set(units)
    motif.partner_types.set(partner_types)
    _write_options(motif, options, now=now)
    _write_questions(motif, questions)


def _write_options(motif, options, *, now):
    existing = {option.pk: option for option in motif.options.order_by("pk")}
    archived = {option.name: option for option in existing.values() if option.archived_at}
    kept = []
    for position, fields in enumerate(options):
        # The name of an option that was archived brings it back.
        option = existing.get(fields.get("id")) or archived.get(fields["name"]) or MotifOption(motif=motif)
        option.organization_id, option.position, option.archived_at = motif.organization_id, position, None
        option.name, option.duration = fields["name"], fields["duration"]
        kept.append(option)
    # Never deleted: somebody may be booking it in this very moment.
    motif.options.filter(archived_at=None).exclude(pk__in=[option.pk for option in kept if option.pk]).update(
        archived_at=now
    )
    _make_room([option for option in kept if option.pk], field="name")
    for option in kept:
        option.save()


def _write_questions(motif, questions):
    existing = {question.pk: question for question in motif.questions.order_by("pk")}
    kept = []
    for position, fields in enumerate(questions):
        question = existing.get(fields.get("id")) or MotifQuestion(motif=motif)
        question.organization_id, question.position = motif.organization_id, position
        for name in ("label", "kind", "choices", "is_required"):
            setattr(question, name, fields[name])
        kept.append(question)
    MotifQuestion.objects.filter(motif=motif).exclude(pk__in=[question.pk for question in kept if question.pk]).delete()
    _make_room([question for question in kept if question.pk], field="label")
    for question in kept:
        question.save()


def _make_room(rows, *, field):
    """Two rows that exchange their names would meet on the way: each steps aside first."""
    for row in rows:
        type(row).objects.filter(pk=row.pk).exclude(**{field: getattr(row, field)}).update(**{field: f"#{row.pk}"})
