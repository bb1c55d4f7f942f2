"""Which text of a message is in force, and where it comes from: motif, organization, territory, default.

The person's language comes before the level: whoever reads English is told in the English text of the narrowest level
that has one, be it the territory's while the motif has one in French. A text that one cannot read tells nothing. Where
no level has one in English, the French text of the narrowest level speaks: what administrators wrote says more of this
appointment than the default. Where nobody wrote anything, the default does, in the person's language.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from scheduling.models import Appointment

from ..levels import Level
from ..models import Message, MessageText
from ..texts import Text, default_text
from .levels import ByLevel, rows_of_appointments, rows_of_level

DEFAULT = "default"
FRENCH = MessageText.Language.FRENCH
_LANGUAGES = MessageText.Language.values


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
    """The texts in force of some territories, organizations and motifs, in every language, read at once."""

    def __init__(self, rows: Iterable[MessageText] = ()):
        rows = list(rows)
        self._in = {tongue: ByLevel(row for row in rows if row.language == tongue) for tongue in _LANGUAGES}

    def of_appointment(
        self, appointment: Appointment, *, kind: str, channel: str, language: str = FRENCH
    ) -> InForce | None:
        """What its citizens who read `language` are told; None where they are told nothing.

        No query if its organization is loaded.
        """
        found = (self._in[tongue].row_for(appointment, kind=kind, channel=channel) for tongue in _spoken(language))
        return _in_force(found, kind, channel, language)

    def of_level(self, level: Level | None, *, kind: str, channel: str, language: str = FRENCH) -> InForce | None:
        found = (self._in[tongue].row_at(level, kind=kind, channel=channel) for tongue in _spoken(language))
        return _in_force(found, kind, channel, language)

    def own_row(self, level: Level, *, kind: str, channel: str, language: str = FRENCH) -> MessageText | None:
        return self._in[language].own_row(level, kind=kind, channel=channel)

    def is_told_apart(self, level: Level, *, kind: str, channel: str) -> bool:
        """Whether those who read another language than French have a text of their own there."""
        others = (self._in[tongue] for tongue in _LANGUAGES if tongue != FRENCH)
        return any(texts.row_at(level, kind=kind, channel=channel) for texts in others)

    def ladder(self, level: Level, *, kind: str, channel: str, language: str = FRENCH) -> list["Step"]:
        """From the level to the default, in each language that is asked: who has a text, and whose is in force."""
        steps, is_decided, spoken = [], False, _spoken(language)
        for tongue in spoken:
            said = f"en {MessageText.Language(tongue).label}" if len(spoken) > 1 else ""
            asked = level
            while asked:
                has_text = self.own_row(asked, kind=kind, channel=channel, language=tongue) is not None
                is_in_force = has_text and not is_decided
                steps.append(Step(asked.name.label.capitalize(), str(asked.owner), said, has_text, is_in_force))
                is_decided, asked = is_decided or has_text, asked.above
        said = f"en {MessageText.Language(language).label}" if len(spoken) > 1 else ""
        return [*steps, Step("Texte par défaut", "", said, True, not is_decided)]


def _spoken(language):
    """In the order in which texts are looked for. Nobody writes texts in other languages than _LANGUAGES."""
    return [tongue for tongue in dict.fromkeys((language, FRENCH)) if tongue in _LANGUAGES]


def texts_of_appointments(appointments: Iterable[Appointment]) -> Texts:
    """One query, whatever their number; their organizations are loaded."""
    return Texts(rows_of_appointments(MessageText.objects.in_force(), appointments))


def texts_of_level(level: Level) -> Texts:
    """Those of the level and of the ones above it. One query."""
    return Texts(rows_of_level(MessageText.objects.in_force(), level))


def versions_of(level: Level, *, kind: str, channel: str, language: str = FRENCH):
    """Whatever was written at this level for the event and channel in a language, the latest first, with its writer."""
    rows = MessageText.objects.filter(**level.columns, kind=kind, channel=channel, language=language)
    return rows.select_related("written_by").order_by("-written_at", "-pk")


def _in_force(rows, kind, channel, language):
    """Of `rows`, the first that is one; else the default."""
    if row := next(filter(None, rows), None):
        return InForce(Text(subject=row.subject, body=row.body), row.level, row, row.language)
    text = default_text(kind, audience=Message.Audience.CITIZEN, channel=channel)
    return text and InForce(text, language=language)
