"""What the settings of messages are at a level, on one screen: switches, texts, when, and who does it otherwise."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, Q

from organizations.models import Motif
from scheduling.engine.delays import Delay, describe_delay
from scheduling.engine.typography import enumerate_words

from ..levels import Level
from ..models import MessageSwitch, MessageText
from ..models.levels import LevelName

MOST_BELOW = 30


@dataclass(frozen=True)
class Rhythm:
    """When reminders leave, in words (empty: never), and who says so."""

    lead_times: str
    source: str


@dataclass
class Below:
    """An organization or motif that has settings of its own, and how many of each."""

    organization: str
    slug: str
    motif: str
    motif_id: int | None
    switches: int = 0
    texts: int = 0
    has_lead_times: bool = False


@dataclass
class AllBelow:
    shown: list[Below] = field(default_factory=list)
    others: int = 0


def rhythm_of(level: Level) -> Rhythm:
    """No query."""
    own = level.motif.reminder_lead_times if level.motif else None
    lead_times = level.territory.reminder_lead_times if own is None else own
    return Rhythm(_in_words(lead_times), LevelName.TERRITORY if own is None else LevelName.MOTIF)


def below(level: Level) -> AllBelow:
    """Organizations and motifs under the level where something is set for them alone. Three queries; under a motif
    there is nothing, and none."""
    if level.motif:
        return AllBelow()
    found = {}
    switches, texts = MessageSwitch.objects.all(), MessageText.objects.in_force()
    for name, rows in (("switches", switches), ("texts", texts)):
        for key, count in _counted(rows, level):
            setattr(found.setdefault(key, Below(*key)), name, count)
    for key in _motifs_with_lead_times(level):
        found.setdefault(key, Below(*key)).has_lead_times = True
    in_order = sorted(found.values(), key=lambda each: (each.organization.lower(), each.slug, each.motif.lower()))
    return AllBelow(in_order[:MOST_BELOW], max(0, len(in_order) - MOST_BELOW))


def _counted(rows, level):
    rows = rows.filter(territory=level.territory).exclude(level=level.name).filter(_in_use())
    if level.organization:
        rows = rows.filter(organization=level.organization, level=LevelName.MOTIF)
    keys = ("organization__name", "organization__slug", "motif__name", "motif")
    for name, slug, motif, motif_id, count in rows.order_by().values_list(*keys).annotate(count=Count("pk")):
        yield (name, slug, motif or "", motif_id), count


def _in_use():
    return Q(motif=None) | Q(motif__archived_at=None)


def _motifs_with_lead_times(level):
    motifs = Motif.objects.filter(organization__territory=level.territory, archived_at=None)
    motifs = motifs.exclude(reminder_lead_times=None).order_by("pk")
    if level.organization:
        motifs = motifs.for_organization(level.organization)
    return motifs.values_list("organization__name", "organization__slug", "name", "pk")


def _in_words(lead_times: list[timedelta]) -> str:
    longest_first = sorted(lead_times, reverse=True)
    return enumerate_words([describe_delay(Delay(each)) for each in longest_first]) if lead_times else ""
