"""At which level something is set: a territory, one of its organizations, or one of its motifs."""

from dataclasses import dataclass

from organizations.models import Motif, Organization, Territory

from .models.levels import LevelName


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
            return LevelName.MOTIF
        return LevelName.ORGANIZATION if self.organization else LevelName.TERRITORY

    @property
    def columns(self):
        """What the rows of this level have, and no others."""
        return {
            "level": self.name,
            "territory": self.territory,
            "organization": self.organization,
            "motif": self.motif,
        }

    @property
    def above(self):
        """The level that speaks where this one has no row; None above the territory: the default."""
        if self.motif:
            return Level(self.territory, self.organization)
        return Level(self.territory) if self.organization else None
