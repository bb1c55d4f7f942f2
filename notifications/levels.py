"""At which level a text is written: a territory, one of its organizations, or one of its motifs."""

from dataclasses import dataclass

from organizations.models import Motif, Organization, Territory

from .models import MessageText


@dataclass(frozen=True)
class Level:
    """The names of the rows above are known, too: `motif` implies `organization`."""

    territory: Territory
    organization: Organization | None = None
    motif: Motif | None = None

    @property
    def owner(self):
        return self.motif or self.organization or self.territory

    @property
    def name(self):
        if self.motif:
            return MessageText.Level.MOTIF
        return MessageText.Level.ORGANIZATION if self.organization else MessageText.Level.TERRITORY

    @property
    def columns(self):
        """What the texts of this level have in their rows, and no others."""
        return {
            "level": self.name,
            "territory": self.territory,
            "organization": self.organization,
            "motif": self.motif,
        }

    @property
    def above(self):
        """The level whose text stands where this one has none; None above the territory: the default."""
        if self.motif:
            return Level(self.territory, self.organization)
        return Level(self.territory) if self.organization else None
