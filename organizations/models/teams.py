from django.db import models

from ..tenancy import TerritoryModel


class Team(TerritoryModel):
    """A named set of agents of a territory: a filter wherever agents are chosen."""

    name = models.CharField("nom", max_length=120)
    agents = models.ManyToManyField("organizations.Agent", verbose_name="agents", related_name="teams", blank=True)

    class Meta:
        verbose_name = "équipe"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "territory", "name", name="team_named_once", violation_error_message="Cette équipe existe déjà."
            ),
        ]

    def __str__(self):
        return self.name
