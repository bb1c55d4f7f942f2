"""Which text of a message is in force, and where it comes from: motif, organization, territory, default."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from scheduling.models import Appointment

from ..levels import Level
from ..models import Message, MessageText
from ..texts import Text, default_text

Of = MessageText.Level

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


class Texts:
    """The texts in force of some territories, organizations and motifs, read at once."""

    def __init__(self, rows: Iterable[MessageText]):
        self._rows = {(row.level, _owner_id(row), row.kind, row.channel): row for row in rows}

    def of_appointment(self, appointment: Appointment, *, kind: str, channel: str) -> InForce | None:
        """What its citizens are told; None where they are told nothing. No query if its organization is loaded."""
        owners = {
            Of.MOTIF: appointment.motif_id,
            Of.ORGANIZATION: appointment.organization_id,
            Of.TERRITORY: appointment.organization.territory_id,
        }
        return self._of(owners, kind, channel)

    def of_level(self, level: Level | None, *, kind: str, channel: str) -> InForce | None:
        owners = {}
        while level:
            owners[level.name] = level.owner.pk
            level = level.above
        return self._of(owners, kind, channel)

    def ladder(self, level: Level, *, kind: str, channel: str) -> list["Step"]:
        """From the level to the default: who has a text, and whose is in force."""
        steps, is_decided = [], False
        while level:
            has_text = (level.name, level.owner.pk, kind, channel) in self._rows
            steps.append(Step(level.name.label.capitalize(), str(level.owner), has_text, has_text and not is_decided))
            is_decided, level = is_decided or has_text, level.above
        return [*steps, Step("Texte par défaut", "", True, not is_decided)]

    def _of(self, owners, kind, channel):
        """`owners`: ids by level, the narrowest first."""
        for source, owner_id in owners.items():
            if row := self._rows.get((source, owner_id, kind, channel)):
                return InForce(Text(subject=row.subject, body=row.body), source, row)
        text = default_text(kind, audience=Message.Audience.CITIZEN, channel=channel)
        return text and InForce(text)


def texts_of_appointments(appointments: Iterable[Appointment]) -> Texts:
    """One query, whatever their number; their organizations are loaded."""
    appointments = list(appointments)
    return _read(
        territories={each.organization.territory_id for each in appointments},
        organizations={each.organization_id for each in appointments},
        motifs={each.motif_id for each in appointments},
    )


def texts_of_level(level: Level) -> Texts:
    """Those of the level and of the ones above it. One query."""
    return _read(
        territories={level.territory.pk},
        organizations={level.organization.pk} if level.organization else set(),
        motifs={level.motif.pk} if level.motif else set(),
    )


def versions_of(level: Level, *, kind: str, channel: str):
    """Whatever was written at this level for the event and channel, the latest first, with who wrote it."""
    rows = MessageText.objects.filter(**level.columns, kind=kind, channel=channel)
    return rows.select_related("written_by").order_by("-written_at", "-pk")


def _read(*, territories, organizations, motifs):
    wanted = (
        Q(level=Of.TERRITORY, territory__in=territories)
        | Q(level=Of.ORGANIZATION, organization__in=organizations)
        | Q(level=Of.MOTIF, motif__in=motifs)
    )
    # Whatever their level they are of these territories: the index of the one in force begins with it.
    rows = MessageText.objects.in_force().filter(wanted, territory__in=territories)
    return Texts(rows.order_by("pk"))


def _owner_id(row):
    return row.motif_id or row.organization_id or row.territory_id
