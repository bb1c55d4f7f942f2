"""Two records of one person made one, and those of two people that look alike."""

from django.db import models
from django.db.models import F, Q

from ..tenancy import TerritoryModel
from .citizens import Citizen


class CitizenMerge(TerritoryModel):
    """A record was merged into another: who did it, when, and everything needed to tell what became of it.

    Appended and never changed; what it holds of the person may be emptied, nothing else (see migrations).
    """

    winner = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="merges", verbose_name="fiche gardée")
    loser = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="+", verbose_name="fiche fusionnée")
    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.PROTECT, related_name="+", verbose_name="organisation"
    )
    agent = models.ForeignKey("organizations.Agent", on_delete=models.PROTECT, related_name="+", verbose_name="agent")
    at = models.DateTimeField("le")
    # The values of both records by field, as text: those that the merged record has, and those it has no more.
    kept = models.JSONField("valeurs gardées", default=dict, blank=True)
    dropped = models.JSONField("valeurs écartées", default=dict, blank=True)
    # Ids of what went over to the winner, and whole rows of what both had and one gave up.
    followed = models.JSONField("ce qui a suivi", default=dict, blank=True)

    class Meta:
        verbose_name = "fusion de fiches"
        verbose_name_plural = "fusions de fiches"
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(name="citizen_merge_of_two_records", condition=~Q(winner=F("loser"))),
            # A record is merged once: from then on it stands for another.
            models.UniqueConstraint(fields=["loser"], name="citizen_merged_once"),
        ]

    def __str__(self):
        return f"{self.winner} le {self.at:%d/%m/%Y %H:%M}"


class CitizensToldApart(TerritoryModel):
    """Two records that look alike and are of two people: somebody said so."""

    one = models.ForeignKey(Citizen, on_delete=models.CASCADE, related_name="+", verbose_name="une fiche")
    other = models.ForeignKey(Citizen, on_delete=models.CASCADE, related_name="+", verbose_name="l'autre")
    agent = models.ForeignKey("organizations.Agent", on_delete=models.PROTECT, related_name="+", verbose_name="agent")
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "fiches distinctes"
        verbose_name_plural = "fiches distinctes"
        constraints = [
            # A pair has one order, so that it is there once.
            models.CheckConstraint(name="citizens_told_apart_in_order", condition=Q(one__lt=F("other"))),
            models.UniqueConstraint(fields=["one", "other"], name="citizens_told_apart_once"),
        ]
        indexes = [models.Index(fields=["other"], name="citizens_told_apart_by_other")]

    def __str__(self):
        return f"{self.one} et {self.other}"
