"""Every write on what citizens are told of."""

from datetime import datetime

from django.db import transaction

from scheduling.services.territories import change_territory

from ..exceptions import SwitchesChanged
from ..levels import Level
from ..models import MessageSwitch
from .levels import lock_level

# An event and a channel; what is wanted there: on, off, or None for what the level above says.
Wanted = dict[tuple[str, str], bool | None]


@transaction.atomic
def set_switches(*, level: Level, wanted: Wanted, seen: Wanted, agent, now: datetime) -> int:
    """Set these at the level, the others stay as they are; how many were changed. What is so already is left alone.

    `seen` is what the writer had before their eyes, for the same events and channels. Requests for one level queue.
    Two queries, two more to write.

    Raises SwitchesChanged, and writes nothing, when somebody else set one of them otherwise meanwhile.
    """
    lock_level(level=level)
    rows = {(row.kind, row.channel): row for row in MessageSwitch.objects.filter(**level.columns).order_by("pk")}
    stored = {cell: rows[cell].is_on if cell in rows else None for cell in wanted}
    changed = {cell for cell in wanted if stored[cell] != wanted[cell]}
    if others := {cell for cell in changed if stored[cell] != seen[cell]}:
        raise SwitchesChanged(others)
    given_up = [rows[cell].pk for cell in changed if wanted[cell] is None]
    if given_up:
        MessageSwitch.objects.filter(pk__in=given_up).delete()
    if made := [
        MessageSwitch(
            **level.columns, kind=kind, channel=channel, is_on=wanted[kind, channel], changed_at=now, changed_by=agent
        )
        for kind, channel in sorted(changed)
        if wanted[kind, channel] is not None
    ]:
        MessageSwitch.objects.bulk_create(
            made,
            update_conflicts=True,
            unique_fields=["territory", "organization", "motif", "kind", "channel"],
            update_fields=["is_on", "changed_at", "changed_by"],
        )
    return len(changed)


@transaction.atomic
def set_territory(
    *, level: Level, wanted: Wanted, seen: Wanted, fields: dict, fields_seen: dict, agent, now: datetime
) -> None:
    """The switches of a territory and, in the same breath, its lead times and quiet hours: all or nothing.

    `fields_seen` is what the writer had before their eyes, of the same fields. One query more than the services.

    Raises SwitchesChanged as `set_switches` does, of these fields too.
    """
    territory = lock_level(level=level)
    stored = {name: _comparable(getattr(territory, name)) for name in fields}
    others = {
        name: getattr(territory, name)
        for name, value in fields.items()
        if stored[name] not in (_comparable(value), _comparable(fields_seen[name]))
    }
    if others:
        raise SwitchesChanged(fields=others)
    change_territory(territory=territory, now=now, **fields)
    set_switches(level=level, wanted=wanted, seen=seen, agent=agent, now=now)


def _comparable(value):
    """Of lead times the order says nothing."""
    return sorted(value) if isinstance(value, list) else value
