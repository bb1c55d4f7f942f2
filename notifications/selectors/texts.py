"""Which text of a message is in force, and where it comes from: motif, organization, territory, default."""

from collections.abc import Iterable
from dataclasses import dataclass

from scheduling.models import Appointment

from ..levels import Level
from ..models import Message, MessageText
from ..texts import Text, default_text
from .levels import ByLevel, rows_of_appointments, rows_of_level

DEFAULT = "default"


@dataclass(frozen=True)
class InForce:
    """`source` is a level, or DEFAULT; `row` is None for the default."""

    text: Text
    source: str = DEFAULT
    row: MessageText | None = None

    @property
    def source_label(self):
        return self.row.get_level_display() if self.row else "par défaut"


@dataclass(frozen=True)
class Step:
    label: str
    name: str
    has_text: bool
    is_in_force: bool


class Texts(ByLevel):
    """The texts in force of some territories, organizations and motifs, read at once."""

    def of_appointment(self, appointment: Appointment, *, kind: str, channel: str) -> InForce | None:
        """What its citizens are told; None where they are told nothing. No query if its organization is loaded."""
        return _in_force(self._row_for(appointment, kind=kind, channel=channel), kind, channel)

    def of_level(self, level: Level | None, *, kind: str, channel: str) -> InForce | None:
        return _in_force(self._row_at(level, kind=kind, channel=channel), kind, channel)

    def ladder(self, level: Level, *, kind: str, channel: str) -> list["Step"]:
        """From the level to the default: who has a text, and whose is in force."""
        steps, is_decided = [], False
        while level:
            has_text = self.own_row(level, kind=kind, channel=channel) is not None
            steps.append(Step(level.name.label.capitalize(), str(level.owner), has_text, has_text and not is_decided))
            is_decided, level = is_decided or has_text, level.above
        return [*steps, Step("Texte par défaut", "", True, not is_decided)]


def texts_of_appointments(appointments: Iterable[Appointment]) -> Texts:
    """One query, whatever their number; their organizations are loaded."""
    return Texts(rows_of_appointments(MessageText.objects.in_force(), appointments))


def texts_of_level(level: Level) -> Texts:
    """Those of the level and of the ones above it. One query."""
    return Texts(rows_of_level(MessageText.objects.in_force(), level))


def versions_of(level: Level, *, kind: str, channel: str):
    """Whatever was written at this level for the event and channel, the latest first, with who wrote it."""
    rows = MessageText.objects.filter(**level.columns, kind=kind, channel=channel)
    return rows.select_related("written_by").order_by("-written_at", "-pk")


def _in_force(row, kind, channel):
    if row:
        return InForce(Text(subject=row.subject, body=row.body), row.level, row)
    text = default_text(kind, audience=Message.Audience.CITIZEN, channel=channel)
    return text and InForce(text)
