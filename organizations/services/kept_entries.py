"""Keeping what a row is about to refer to: somebody may be deleting it from its territory's list at this moment."""

from collections.abc import Iterable

from django.db import connection

from ..exceptions import EntryGone
from ..models import PartnerType, ServiceUnit


def keep_entries(*, model: type[ServiceUnit] | type[PartnerType], pks: Iterable[int]) -> None:
    """Whoever deletes one of these waits from now on until the transaction ends, and then sees what refers to it.

    Raises EntryGone for one that is deleted already. One query, none where nothing is to be kept.
    """
    pks = set(pks)
    if not pks:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        # The weakest lock, which Django has no word for: those who refer to the same entry do not wait for each other.
        cursor.execute(f"SELECT id FROM {table} WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [sorted(pks)])
        kept = {pk for (pk,) in cursor.fetchall()}
    if kept != pks:
        raise EntryGone
