"""The steps of the way to an RDV, and what each leaves in an address."""

from datetime import UTC, date, datetime
from enum import Enum
from typing import NamedTuple

from organizations.models import Motif


class Step(Enum):
    """The steps in order; the value is the name of the URL, the view and the template."""

    SERVICE = "service_choice"
    MOTIF = "motif_choice"
    OPTION = "option_choice"
    INSTRUCTIONS = "instructions"
    PLACE = "place_choice"
    SLOT = "slot_choice"
    WORKSHOP = "workshop_choice"  # Instead of the place and the slot, for what several come to.
    WHO = "who"
    CODE = "code"

    @property
    def before(self) -> list["Step"]:
        return list(Step)[: list(Step).index(self)]

    @property
    def after(self) -> list["Step"]:
        return list(Step)[list(Step).index(self) + 1 :]


# In an address, as `pour`: a prescriber books, for somebody else.
FOR_SOMEBODY_ELSE = "autrui"

# Their own pages for these steps: the name of the URL, the view and the template.
OF_PRESCRIBERS = {Step.WHO: "beneficiary", Step.CODE: "prescriber_code"}

# What each step writes into the addresses of those that follow.
PARAMETERS = {
    Step.SERVICE: ("service",),
    Step.MOTIF: ("motif", "mode"),
    Step.OPTION: ("option", "personnes"),
    Step.PLACE: ("lieu", "aupres"),
    Step.SLOT: ("debut",),
    Step.WORKSHOP: ("atelier", "attente"),
}

_MODES = {
    Motif.LocationKind.ON_SITE: "sur-place",
    Motif.LocationKind.PHONE: "telephone",
    Motif.LocationKind.HOME: "domicile",
    Motif.LocationKind.VIDEO: "visio",
}


class Kind(NamedTuple):
    """What motifs of one name must have in common to be one choice."""

    location_kind: str
    is_collective: bool = False

    @classmethod
    def of(cls, motif) -> "Kind":
        """Of a `Motif`, or of what stands for some of them."""
        return cls(motif.location_kind, motif.is_collective)

    @property
    def mode(self) -> str:
        """As it stands in an address."""
        return f"atelier-{_MODES[self.location_kind]}" if self.is_collective else _MODES[self.location_kind]


KINDS = {kind.mode: kind for place in _MODES for kind in (Kind(place), Kind(place, is_collective=True))}


def format_start(instant: datetime) -> str:
    """An instant in an address: `2026-11-23T08:30Z`. In UTC, so that no clock change makes it mean two times."""
    utc = instant.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="auto" if utc.second or utc.microsecond else "minutes") + "Z"


def parse_start(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Far from the ends of the calendar, where a change of zone overflows.
    if instant.tzinfo is None or not 2000 <= instant.year <= 2200:
        return None
    return instant.astimezone(UTC)


def parse_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None
