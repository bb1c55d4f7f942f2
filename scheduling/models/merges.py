"""What a merge of two records leaves of their appointments."""

from django.db import models

from organizations.tenancy import TenantModel

from .participations import Participation


class FormerParticipation(TenantModel):
    """Given up because both records of one person took part in one RDV: its links open the one that was kept."""

    former_id = models.BigIntegerField(unique=True)
    former_link_version = models.PositiveIntegerField()
    participation = models.ForeignKey(
        Participation, on_delete=models.CASCADE, related_name="former_ones", verbose_name="participation gardée"
    )
    # Of the kept one at that time: a newer link of it revokes these, too.
    link_version = models.PositiveIntegerField()

    class Meta:
        verbose_name = "participation fusionnée"
        verbose_name_plural = "participations fusionnées"

    def __str__(self):
        return f"{self.former_id} → {self.participation_id}"
