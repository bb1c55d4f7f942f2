"""The steps of the way to an RDV, and what each leaves in an address."""

from datetime import UTC, date, datetime
from enum import Enum

from organizations.models import Motif


class Step(Enum):
    """The steps in order; the value is the name of the URL, the view and the template."""

    SERVICE = "service_choice"
    MOTIF = "motif_choice"
    OPTION = "option_choice"
    INSTRUCTIONS = "instructions"
    PLACE = "place_choice"
    SLOT = "slot_choice"
    WHO = "who"
    CODE = "code"

    @property
    def before(self) -> list["Step"]:
        return list(Step)[: list(Step).index(self)]

    @property
    def after(self) -> list["Step"]:
        return list(Step)[list(Step).index(self) + 1 :]


# What each step writes into the addresses of those that follow.
PARAMETERS = {
    Step.SERVICE: ("service",),
    Step.MOTIF: ("motif", "mode"),
    Step.OPTION: ("option", "personnes"),
    Step.PLACE: ("lieu", "aupres"),
    Step.SLOT: ("debut",),
}

MODES = {
    Motif.LocationKind.ON_SITE: "sur-place",
    Motif.LocationKind.PHONE: "telephone",
    Motif.LocationKind.HOME: "domicile",
    Motif.LocationKind.VIDEO: "visio",
}
KINDS = {mode: kind for kind, mode in MODES.items()}


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
