"""Whether citizens are told of an event on a channel, and which level says so: motif, organization, territory.

What the citizen wants, and who made one appointment for it, are asked afterwards: any no is a no.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from scheduling.models import Appointment

from ..levels import Level
from ..models import MessageSwitch
from ..models.levels import LevelName
from .levels import ByLevel, rows_of_appointments, rows_of_level
from .texts import DEFAULT

# Where nobody decided otherwise, whatever happens is told.
IS_ON_BY_DEFAULT = True


@dataclass(frozen=True)
class Setting:
    """`source` is a level, or DEFAULT; `row` is None for the default."""

    is_on: bool
    source: str = DEFAULT
    row: MessageSwitch | None = None


class Switches(ByLevel):
    """The switches of some territories, organizations and motifs, read at once. Without rows, all is on."""

    def of_appointment(self, appointment: Appointment, *, kind: str, channel: str) -> Setting:
        """No query if its organization is loaded."""
        return _setting(self.row_for(appointment, kind=kind, channel=channel))

    def of_level(self, level: Level | None, *, kind: str, channel: str) -> Setting:
        return _setting(self.row_at(level, kind=kind, channel=channel))


def switches_of_appointments(appointments: Iterable[Appointment]) -> Switches:
    """One query, whatever their number; their organizations are loaded."""
    return Switches(rows_of_appointments(MessageSwitch.objects.all(), appointments))


def switches_of_level(level: Level) -> Switches:
    """Those of the level and of the ones above it, with who set them. One query."""
    return Switches(rows_of_level(MessageSwitch.objects.select_related("changed_by"), level))


def is_on_for_participations(*, kind: str, channel: str):
    """The same in SQL, of rows of Participation: to leave out at once those that nothing is to be said to."""
    rows = MessageSwitch.objects.filter(kind=kind, channel=channel).order_by().values("is_on")
    return Coalesce(
        Subquery(rows.filter(level=LevelName.MOTIF, motif=OuterRef("appointment__motif"))),
        Subquery(rows.filter(level=LevelName.ORGANIZATION, organization=OuterRef("organization"))),
        Subquery(rows.filter(level=LevelName.TERRITORY, territory=OuterRef("territory"))),
        Value(IS_ON_BY_DEFAULT),
    )


def _setting(row):
    return Setting(row.is_on, row.level, row) if row else Setting(IS_ON_BY_DEFAULT)
