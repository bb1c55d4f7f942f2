"""Pairs of records that may be of one person, over all that a member sees."""

from dataclasses import dataclass

from django.db import connection

from ..models import Citizen

# More would not be read; the first ones are those that most speaks for.
MOST_PAIRS = 500
# A phone or an address that more people give is a shelter's or an office's.
MOST_SHARERS = 8

REASONS = {
    "phone": "même téléphone",
    "email": "même e-mail",
    "name": "noms proches et même date de naissance",
    "birth_name": "nom de naissance et même date de naissance",
}

# Each reason is found on an index of the territory; only then is it looked up who may be seen. OFFSET 0 keeps the
# database from reading the whole table for the few who share something: it expects many more of them.
_PAIRS = """
WITH found (one, other, reason) AS (
    SELECT one.id, other.id, 'phone'
    FROM (
        SELECT phone FROM organizations_citizen WHERE territory_id = %(territory)s AND phone <> ''
        GROUP BY phone HAVING count(*) BETWEEN 2 AND %(sharers)s
    ) shared
    CROSS JOIN LATERAL (
        SELECT id FROM organizations_citizen
        WHERE territory_id = %(territory)s AND phone = shared.phone AND phone <> '' OFFSET 0
    ) one
    JOIN LATERAL (
        SELECT id FROM organizations_citizen
        WHERE territory_id = %(territory)s AND phone = shared.phone AND phone <> '' OFFSET 0
    ) other ON other.id > one.id
  UNION ALL
    SELECT one.id, other.id, 'email'
    FROM (
        SELECT email FROM organizations_citizen WHERE territory_id = %(territory)s AND email <> ''
        GROUP BY email HAVING count(*) BETWEEN 2 AND %(sharers)s
    ) shared
    CROSS JOIN LATERAL (
        SELECT id FROM organizations_citizen
        WHERE territory_id = %(territory)s AND email = shared.email AND email <> '' OFFSET 0
    ) one
    JOIN LATERAL (
        SELECT id FROM organizations_citizen
        WHERE territory_id = %(territory)s AND email = shared.email AND email <> '' OFFSET 0
    ) other ON other.id > one.id
  UNION ALL
    SELECT one.id, other.id, 'name'
    FROM (
        SELECT birth_date, name_key FROM organizations_citizen
        WHERE territory_id = %(territory)s AND birth_date IS NOT NULL
        GROUP BY birth_date, name_key HAVING count(*) > 1
    ) shared
    CROSS JOIN LATERAL (
        SELECT id FROM organizations_citizen
        WHERE territory_id = %(territory)s AND birth_date = shared.birth_date AND name_key = shared.name_key OFFSET 0
    ) one
    JOIN LATERAL (
        SELECT id FROM organizations_citizen
        WHERE territory_id = %(territory)s AND birth_date = shared.birth_date AND name_key = shared.name_key OFFSET 0
    ) other ON other.id > one.id
    WHERE shared.name_key <> ''
  UNION ALL
    SELECT least(one.id, other.id), greatest(one.id, other.id), 'birth_name'
    FROM organizations_citizen one
    JOIN organizations_citizen other
        ON other.territory_id = %(territory)s AND other.birth_date = one.birth_date
        AND other.name_key = one.birth_name_key AND other.id <> one.id
    WHERE one.territory_id = %(territory)s AND one.birth_date IS NOT NULL AND one.birth_name_key <> ''
),
pairs AS (SELECT one, other, array_agg(DISTINCT reason) AS reasons FROM found GROUP BY one, other)
SELECT pairs.one, pairs.other, pairs.reasons
FROM pairs
JOIN organizations_citizen one ON one.id = pairs.one
JOIN organizations_citizen other ON other.id = pairs.other
WHERE one.merged_into_id IS NULL AND other.merged_into_id IS NULL
    -- One of them answers for the other, or somebody for both: a family shares a phone.
    AND one.responsible_id IS DISTINCT FROM other.id AND other.responsible_id IS DISTINCT FROM one.id
    AND (one.responsible_id IS NULL OR other.responsible_id IS NULL OR one.responsible_id <> other.responsible_id)
    AND NOT EXISTS (
        SELECT FROM organizations_citizenstoldapart apart
        WHERE apart.one_id = pairs.one AND apart.other_id = pairs.other
    )
    AND pairs.one IN ({visible}) AND pairs.other IN ({visible})
ORDER BY cardinality(pairs.reasons) DESC, one.name_key = other.name_key DESC, pairs.other DESC, pairs.one DESC
LIMIT %(most)s
"""


@dataclass(frozen=True)
class FoundPair:
    one_id: int
    other_id: int
    reasons: list[str]


@dataclass(frozen=True)
class Pair:
    one: Citizen
    other: Citizen
    reasons: list[str]


def duplicate_pairs(*, membership) -> list[FoundPair]:
    """Records with one phone, one e-mail, or names that sound alike and one birth date; most reasons first.

    Both are the member's to see, neither is a relative of the other, and nobody has told them apart. One query.
    """
    visible = Citizen.objects.visible_to(membership).order_by().values("pk")
    sql, parameters = visible.query.sql_with_params()
    named = {f"visible_{n}": parameter for n, parameter in enumerate(parameters)}
    query = _PAIRS.replace("{visible}", sql % tuple(f"%({name})s" for name in named))
    limits = {"territory": membership.organization.territory_id, "sharers": MOST_SHARERS, "most": MOST_PAIRS}
    with connection.cursor() as cursor:
        cursor.execute(query, named | limits)
        return [FoundPair(one, other, [REASONS[reason] for reason in reasons]) for one, other, reasons in cursor]


def with_records(found: list[FoundPair], *, membership) -> list[Pair]:
    """The pairs with what is shown of them. One query."""
    ids = {pk for pair in found for pk in (pair.one_id, pair.other_id)}
    records = Citizen.objects.visible_to(membership).in_bulk(ids)
    return [
        Pair(records[pair.one_id], records[pair.other_id], pair.reasons)
        for pair in found
        if pair.one_id in records and pair.other_id in records
    ]
