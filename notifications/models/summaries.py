from django.db import models

from organizations.tenancy import TerritoryModel


class MorningSummary(TerritoryModel):
    """That the morning of an agent in a territory was looked at: once, whatever runs twice.

    Without `message` there was nothing to say; what comes up later in the morning does not change that.
    """

    agent = models.ForeignKey("organizations.Agent", on_delete=models.CASCADE, related_name="+", verbose_name="agent")
    day = models.DateField("jour")
    message = models.OneToOneField(
        "notifications.Message",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="message",
    )

    class Meta:
        verbose_name = "résumé du matin"
        verbose_name_plural = "résumés du matin"
        constraints = [
            models.UniqueConstraint(fields=["agent", "territory", "day"], name="morning_summary_once"),
        ]
        indexes = [models.Index(fields=["day"], name="morning_summary_by_day")]

    def __str__(self):
        return f"{self.agent} – {self.day:%d/%m/%Y}"
