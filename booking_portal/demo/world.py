"""What the parts of the demonstration hand to each other."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from organizations.models import (
    Agent,
    Citizen,
    Desk,
    Location,
    Motif,
    Organization,
    PartnerType,
    Prescriber,
    ServiceUnit,
    Territory,
)
from scheduling.engine.wall_clock import local_day, to_instant
from scheduling.models import Calendar

# How long the territory has been using Permanence: whatever happened, happened since.
LIVED_IN = timedelta(days=42)


@dataclass
class World:
    """The demonstration so far; rows by the short names that its parts call them by."""

    territory: Territory
    now: datetime
    # The same visits on every loading; only dates, and what a closed day does to them, differ.
    random: Random = field(default_factory=lambda: Random("arrageois"))
    organizations: dict[str, Organization] = field(default_factory=dict)
    units: dict[str, ServiceUnit] = field(default_factory=dict)
    partner_types: dict[str, PartnerType] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    motifs: dict[str, Motif] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    desks: dict[str, Desk] = field(default_factory=dict)
    citizens: list[Citizen] = field(default_factory=list)
    children: list[Citizen] = field(default_factory=list)
    prescribers: list[Prescriber] = field(default_factory=list)

    @property
    def began_at(self) -> datetime:
        return self.now - LIVED_IN

    @property
    def today(self) -> date:
        return local_day(self.now, self.territory.zone)

    @property
    def monday(self) -> date:
        """Of the present week."""
        return self.today - timedelta(days=self.today.weekday())

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        return to_instant(day, time(hour, minute), self.territory.zone)

    @property
    def calendars(self) -> list[Calendar]:
        return [owner.calendar for owner in [*self.agents.values(), *self.desks.values()]]

    def calendar(self, name: str) -> Calendar:
        """Of an agent or of a desk."""
        return (self.agents.get(name) or self.desks[name]).calendar


def add(row):
    """Save a new row as a form would: checked first."""
    row.full_clean()
    row.save()
    return row
