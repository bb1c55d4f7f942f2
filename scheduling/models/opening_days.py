"""What closes whole days: holidays switched on or off, exceptional closures."""

from django.db import models
from django.db.models import F, Q

from organizations.tenancy import TenantModel, TerritoryModel, TerritoryQuerySet


class HolidaySwitch(TenantModel):
    """An organization's own choice for one public holiday: every year (`day` empty), or on one date."""

    holiday = models.CharField("jour férié", max_length=200, help_text="Clé du jour férié dans le moteur.")
    day = models.DateField("date", null=True, blank=True)
    is_closed = models.BooleanField("fermé")

    class Meta:
        verbose_name = "choix pour un jour férié"
        verbose_name_plural = "choix pour les jours fériés"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "holiday", "day"], name="holiday_switch_once", nulls_distinct=False
            ),
        ]

    def __str__(self):
        return f"{self.holiday} {self.day or ''}".strip()


class ClosureQuerySet(TerritoryQuerySet):
    def for_organization(self, organization):
        """Its own closures and those of its whole territory."""
        return self.filter(Q(organization=organization) | Q(organization=None, territory=organization.territory_id))

    def touching(self, first_day, last_day):
        return self.filter(first_day__lte=last_day, last_day__gte=first_day)


class Closure(TerritoryModel):
    """An exceptional closure of one organization, or of all in the territory (`organization` empty)."""

    organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="organisation",
    )
    first_day = models.DateField("premier jour")
    last_day = models.DateField("dernier jour", help_text="Inclus.")
    label = models.CharField("motif de fermeture", max_length=120)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        verbose_name = "fermeture"
        ordering = ["first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                name="closure_last_day_not_before_first",
                condition=Q(last_day__gte=F("first_day")),
                violation_error_message="La fermeture se termine avant son premier jour.",
            ),
        ]

    def __str__(self):
        return self.label
