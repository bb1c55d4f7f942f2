"""Rows of several levels, read at once: the one of the narrowest level speaks."""

from collections.abc import Iterable

from scheduling.models import Appointment

from ..levels import Level
from ..models.levels import LevelModel, LevelName


class ByLevel:
    """Rows of some territories, organizations and motifs, one for an event and channel at each of them."""

    def __init__(self, rows: Iterable[LevelModel] = ()):
        self._rows = {(row.level, row.owner_id, row.kind, row.channel): row for row in rows}

    def row_for(self, appointment: Appointment, *, kind: str, channel: str):
        """No query if the appointment's organization is loaded."""
        owners = {
            LevelName.MOTIF: appointment.motif_id,
            LevelName.ORGANIZATION: appointment.organization_id,
            LevelName.TERRITORY: appointment.organization.territory_id,
        }
        return self._first_of(owners, kind, channel)

    def row_at(self, level: Level | None, *, kind: str, channel: str):
        """At the level, or the next one above it that has one."""
        owners = {}
        while level:
            owners[level.name] = level.owner.pk
            level = level.above
        return self._first_of(owners, kind, channel)

    def own_row(self, level: Level, *, kind: str, channel: str):
        return self._rows.get((level.name, level.owner.pk, kind, channel))

    def _first_of(self, owners, kind, channel):
        """`owners`: ids by level, the narrowest first."""
        found = (self._rows.get((name, owner_id, kind, channel)) for name, owner_id in owners.items())
        return next((row for row in found if row), None)


def rows_of_appointments(rows, appointments: Iterable[Appointment]):
    """Those of `rows` that count for these appointments, whose organizations are loaded."""
    appointments = list(appointments)
    return rows.standing_for(
        territories={each.organization.territory_id for each in appointments},
        organizations={each.organization_id for each in appointments},
        motifs={each.motif_id for each in appointments},
    )


def rows_of_level(rows, level: Level):
    """Those of `rows` at the level and the ones above it."""
    return rows.standing_for(
        territories={level.territory.pk},
        organizations={level.organization.pk} if level.organization else set(),
        motifs={level.motif.pk} if level.motif else set(),
    )
