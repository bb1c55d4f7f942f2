"""Two records of one person made one: the part of it that is the record itself, and saying that they are two.

The RDVs are the business of `scheduling.services.citizen_merges`, which calls this under the same locks.
"""

import hashlib
import json
from enum import StrEnum

from django.db import transaction

from ..exceptions import MergeRefused
from ..models import Citizen, CitizenAccess, CitizenMerge, CitizensToldApart

# What is chosen field by field, in the order of the page.
FIELDS = (
    "last_name",
    "first_name",
    "birth_name",
    "birth_date",
    "phone",
    "email",
    "address",
    "notify_by_email",
    "notify_by_sms",
    "notes",
    "responsible",
)

MERGED_MEANWHILE = "Une de ces fiches vient d'être fusionnée par quelqu'un d'autre."

# How often a relative may come or go while one waits for the records.
_ATTEMPTS = 5


class Side(StrEnum):
    """Whose value stays. BOTH is for notes, NEITHER for the person responsible."""

    WINNER = "winner"
    LOSER = "loser"
    BOTH = "both"
    NEITHER = "neither"


def lock_records(*, winner_id: int, loser_id: int) -> tuple[Citizen, Citizen]:
    """Both as they are now; until the transaction ends nobody books for them, edits them or makes them relatives.

    Their relatives and those responsible are locked with them, all by id. Four queries and a savepoint.
    Raises MergeRefused when one of them is gone, merged already, or of another territory.
    """
    for _attempt in range(_ATTEMPTS):
        # Before anything is locked: who follows a merged record to the one it stands for must not meet us on it.
        if Citizen.objects.filter(pk__in=[winner_id, loser_id]).exclude(merged_into=None).exists():
            raise MergeRefused(MERGED_MEANWHILE)
        sid = transaction.savepoint()
        records = Citizen.objects.select_for_update(of=("self",)).filter(pk__in=_tied(winner_id, loser_id))
        locked = {citizen.pk: citizen for citizen in records.order_by("pk")}
        if _tied(winner_id, loser_id) <= locked.keys() | {winner_id, loser_id}:
            transaction.savepoint_commit(sid)
            break
        transaction.savepoint_rollback(sid)
    else:
        raise MergeRefused("Ces fiches changent sans cesse en ce moment. Réessayez dans un instant.")
    winner, loser = locked.get(winner_id), locked.get(loser_id)
    if winner is None or loser is None or winner == loser or winner.territory_id != loser.territory_id:
        raise MergeRefused
    if winner.merged_into_id or loser.merged_into_id:
        raise MergeRefused(MERGED_MEANWHILE)
    return winner, loser


def _tied(*pair) -> set[int]:
    rows = [
        *Citizen.objects.filter(pk__in=pair).order_by().values_list("pk", "responsible"),
        *Citizen.objects.filter(responsible__in=pair).order_by().values_list("pk", "responsible"),
    ]
    return {pk for row in rows for pk in row if pk is not None}


def values_of(citizen: Citizen) -> dict[str, str]:
    """The fields that are chosen between, as text for the log."""
    values = {name: getattr(citizen, name) for name in FIELDS if name != "responsible"}
    values["responsible"] = citizen.responsible_id
    return {
        name: value if isinstance(value, bool) else "" if value is None else str(value)
        for name, value in values.items()
    }


def fingerprint(*, winner: Citizen, loser: Citizen) -> str:
    """Differs when a value of one of them differs: what was chosen from is still what there is."""
    text = json.dumps([winner.pk, values_of(winner), loser.pk, values_of(loser)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@transaction.atomic
def merge_records(*, winner, loser, choices: dict[str, Side], followed: dict, agent, organization, now) -> CitizenMerge:
    """Leave one record of the two, which `lock_records` gave: `choices` says whose value stays, the winner's if silent.

    Relatives, referents, organizations that know the loser and pairs told apart follow; so does whatever else refers
    to it. The loser stays, out of sight: its id and its contacts lead to the winner. About fifteen queries.
    Raises MergeRefused when the person would have relatives and somebody responsible at once.
    """
    before = {Side.WINNER: values_of(winner), Side.LOSER: values_of(loser)}
    chosen = {name: _chosen(name, choices.get(name, Side.WINNER), winner, loser) for name in FIELDS}
    relatives = Citizen.objects.filter(responsible__in=[winner, loser]).exclude(pk__in=[winner.pk, loser.pk])
    if chosen["responsible"] and relatives.exists():
        raise MergeRefused(
            "Cette personne est responsable de proches\u00a0: elle ne peut pas avoir elle-même de responsable."
        )
    Citizen.objects.filter(pk__in=[winner.pk, loser.pk]).update(responsible=None)
    followed = followed | _carry_relatives(winner, loser) | _carry_referents(winner, loser)
    followed |= _carry_accesses(winner, loser)
    _carry_told_apart(winner, loser)
    Citizen.objects.filter(merged_into=loser).update(merged_into=winner)
    Citizen.objects.filter(pk=loser.pk).update(merged_into=winner, search_text="", name_key="", birth_name_key="")
    _carry_the_rest(winner, loser)
    chosen["only_typed"] = _only_typed((chosen["email"], str(chosen["phone"] or "")), (winner, loser))
    for name, value in chosen.items():
        setattr(winner, name, value)
    winner.save(update_fields=chosen)
    kept = values_of(winner)
    return CitizenMerge.objects.create(
        territory_id=winner.territory_id,
        winner=winner,
        loser=loser,
        organization=organization,
        agent=agent,
        at=now,
        kept=kept,
        dropped={
            side: {name: value for name, value in values.items() if value not in ("", kept[name])}
            for side, values in before.items()
        },
        followed=followed,
    )


def _only_typed(contacts, records):
    """Which of these contacts no record had on better grounds than that a visitor typed it."""
    return [contact for contact in contacts if contact and not any(_has_for_sure(each, contact) for each in records)]


def _has_for_sure(record, contact):
    return contact in (record.email, str(record.phone or "")) and contact not in record.only_typed


def _chosen(name, side, winner, loser):
    if side == Side.NEITHER:
        return None
    if side == Side.BOTH:
        return "\n\n".join(dict.fromkeys(filter(None, [getattr(winner, name), getattr(loser, name)])))
    value = getattr(winner if side == Side.WINNER else loser, name)
    # One of the two answered for the other.
    return None if name == "responsible" and value in (winner, loser) else value


def _carry_relatives(winner, loser):
    moved = Citizen.objects.filter(responsible=loser)
    ids = list(moved.order_by("pk").values_list("pk", flat=True))
    moved.update(responsible=winner)
    return {"relatives": ids}


def _carry_referents(winner, loser):
    referents = list(loser.referents.order_by("pk"))
    winner.referents.add(*referents)
    loser.referents.clear()
    return {"referents": [agent.pk for agent in referents]}


def _carry_accesses(winner, loser):
    known = list(loser.accesses.order_by("pk").values_list("organization", "unit"))
    CitizenAccess.objects.bulk_create(
        [CitizenAccess(citizen=winner, organization_id=organization, unit_id=unit) for organization, unit in known],
        ignore_conflicts=True,
    )
    loser.accesses.all().delete()
    return {"accesses": [list(access) for access in known]}


def _carry_told_apart(winner, loser):
    """Whoever is not the loser is not the winner either."""
    pairs = CitizensToldApart.objects.filter(one=loser) | CitizensToldApart.objects.filter(other=loser)
    rows = list(pairs.order_by("pk"))
    pairs.delete()
    for row in rows:
        row.pk = None
        stranger = row.other_id if row.one_id == loser.pk else row.one_id
        row.one_id, row.other_id = sorted([winner.pk, stranger])
    CitizensToldApart.objects.bulk_create([row for row in rows if row.one_id != row.other_id], ignore_conflicts=True)


# The history of merges tells of the records that there were.
_HISTORY = {CitizenMerge}


def _carry_the_rest(winner, loser):
    """Rows of apps above that refer to a citizen follow without being known here."""
    for relation in Citizen._meta.related_objects:
        if not relation.many_to_many and relation.related_model not in _HISTORY | {Citizen}:
            name = relation.field.name
            relation.related_model._base_manager.filter(**{name: loser}).update(**{name: winner})


@transaction.atomic
def tell_apart(*, one: Citizen, other: Citizen, agent, now) -> None:
    """Two people, however alike their records: the pair is not shown again. Saying it twice changes nothing.

    Raises MergeRefused for a record and itself, or for records of two territories.
    """
    if one == other or one.territory_id != other.territory_id:
        raise MergeRefused
    first, second = sorted([one, other], key=lambda citizen: citizen.pk)
    CitizensToldApart.objects.bulk_create(
        [CitizensToldApart(territory_id=one.territory_id, one=first, other=second, agent=agent, at=now)],
        ignore_conflicts=True,
    )
