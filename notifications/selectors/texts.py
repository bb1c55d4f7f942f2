"""Which text of a message is in force, and where it comes from: motif, organization, territory, default.

The person's language comes before the level: whoever reads English is told in the English text of the narrowest level
that has one, be it the territory's while the motif has one in French. A text that one cannot read tells nothing. Where
no level has one in English, the French text of the narrowest level speaks: what administrators wrote says more of this
appointment than the default. Where nobody wrote anything, the default does, in the person's language.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from scheduling.models import Appointment

from ..levels import Level
from ..models import Message, MessageText
from ..texts import Text, default_text

Of = MessageText.Level

DEFAULT = "default"
FRENCH = MessageText.Language.FRENCH


@dataclass(frozen=True)
class InForce:
    """`source` is a level, or DEFAULT; `row` is None for the default. `language` is the one it is written in."""

    text: Text
    source: str = DEFAULT
    row: MessageText | None = None
    language: str = FRENCH

    @property
    def source_label(self):
        return self.row.get_level_display() if self.row else "par défaut"


@dataclass(frozen=True)
class Step:
    """`language` is empty where there is but one to choose from."""

    label: str
    name: str
    language: str
    has_text: bool
    is_in_force: bool


class Texts:
    """The texts in force of some territories, organizations and motifs, read at once."""

    def __init__(self, rows: Iterable[MessageText]):
        self._rows = {(row.level, _owner_id(row), row.kind, row.channel, row.language): row for row in rows}

    def of_appointment(
        self, appointment: Appointment, *, kind: str, channel: str, language: str = FRENCH
    ) -> InForce | None:
        """What its citizens who read `language` are told; None where they are told nothing.

        No query if its organization is loaded.
        """
        owners = {
            Of.MOTIF: appointment.motif_id,
            Of.ORGANIZATION: appointment.organization_id,
            Of.TERRITORY: appointment.organization.territory_id,
        }
        return self._of(owners, kind, channel, language)

    def of_level(self, level: Level | None, *, kind: str, channel: str, language: str = FRENCH) -> InForce | None:
        owners = {}
        while level:
            owners[level.name] = level.owner.pk
            level = level.above
        return self._of(owners, kind, channel, language)

    def is_told_apart(self, level: Level, *, kind: str, channel: str) -> bool:
        """Whether those who read another language than French have a text of their own there."""
        found = (
            self.of_level(level, kind=kind, channel=channel, language=tongue)
            for tongue in MessageText.Language.values
            if tongue != FRENCH
        )
        return any(each and each.row and each.language != FRENCH for each in found)

    def ladder(self, level: Level, *, kind: str, channel: str, language: str = FRENCH) -> list["Step"]:
        """From the level to the default, in each language that is asked: who has a text, and whose is in force."""
        steps, is_decided = [], False
        spoken = _spoken(language)
        for tongue in spoken:
            said = f"en {MessageText.Language(tongue).label}" if len(spoken) > 1 else ""
            asked = level
            while asked:
                has_text = (asked.name, asked.owner.pk, kind, channel, tongue) in self._rows
                is_in_force = has_text and not is_decided
                steps.append(Step(asked.name.label.capitalize(), str(asked.owner), said, has_text, is_in_force))
                is_decided, asked = is_decided or has_text, asked.above
        said = f"en {MessageText.Language(language).label}" if len(spoken) > 1 else ""
        return [*steps, Step("Texte par défaut", "", said, True, not is_decided)]

    def _of(self, owners, kind, channel, language):
        """`owners`: ids by level, the narrowest first."""
        for tongue in _spoken(language):
            for source, owner_id in owners.items():
                if row := self._rows.get((source, owner_id, kind, channel, tongue)):
                    return InForce(Text(subject=row.subject, body=row.body), source, row, tongue)
        text = default_text(kind, audience=Message.Audience.CITIZEN, channel=channel)
        return text and InForce(text, language=language)


def _spoken(language):
    """In the order in which texts are looked for."""
    return list(dict.fromkeys((language, FRENCH)))


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


def versions_of(level: Level, *, kind: str, channel: str, language: str = FRENCH):
    """Whatever was written at this level for the event and channel in a language, the latest first, with its writer."""
    rows = MessageText.objects.filter(**level.columns, kind=kind, channel=channel, language=language)
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
