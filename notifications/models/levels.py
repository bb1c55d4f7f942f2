"""What is set at several levels: for a territory, one of its organizations, or one of its motifs."""

from django.db import models
from django.db.models import Q

from organizations.tenancy import TerritoryModel, TerritoryQuerySet


class LevelName(models.TextChoices):
    """From the widest to the narrowest: the narrowest one that has a row wins."""

    TERRITORY = "territory", "territoire"
    ORGANIZATION = "organization", "organisation"
    MOTIF = "motif", "motif"


# A row of a motif names its organization too, one of an organization its territory.
OF_EXACTLY_ONE_LEVEL = (
    Q(level=LevelName.TERRITORY, organization__isnull=True, motif__isnull=True)
    | Q(level=LevelName.ORGANIZATION, organization__isnull=False, motif__isnull=True)
    | Q(level=LevelName.MOTIF, organization__isnull=False, motif__isnull=False)
)


class LevelQuerySet(TerritoryQuerySet):
    def for_organization(self, organization):
        return self.filter(organization=organization)

    def standing_for(self, *, territories, organizations, motifs):
        """What is set for any of these, given by id."""
        wanted = (
            Q(level=LevelName.TERRITORY, territory__in=territories)
            | Q(level=LevelName.ORGANIZATION, organization__in=organizations)
            | Q(level=LevelName.MOTIF, motif__in=motifs)
        )
        # Whatever their level they are of these territories: the index of what is in force begins with it.
        return self.filter(wanted, territory__in=territories).order_by("pk")


class LevelModel(TerritoryModel):
    level = models.CharField("niveau", max_length=12, choices=LevelName.choices)
    organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="organisation",
    )
    motif = models.ForeignKey(
        "organizations.Motif",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="motif",
    )

    class Meta:
        abstract = True

    @property
    def owner_id(self):
        return self.motif_id or self.organization_id or self.territory_id
