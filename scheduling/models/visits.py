"""The day itself: who has come, who is being received by whom, and who came without an appointment."""

from django.db import models


class VisitStage(models.TextChoices):
    """How far a visit is on its day, between « à venir » and the outcome."""

    ARRIVED = "arrived", "arrivé"
    IN_PROGRESS = "in_progress", "en cours"
    DONE = "done", "terminé"


class Visit(models.Model):
    """What an appointment knows of its day. Each instant comes after the one before it (constraints of Appointment)."""

    Stage = VisitStage

    arrived_at = models.DateTimeField("arrivé à", null=True, blank=True)
    received_at = models.DateTimeField("reçu à", null=True, blank=True)
    received_by = models.ForeignKey(
        "organizations.Agent",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="reçu par",
    )
    finished_at = models.DateTimeField("terminé à", null=True, blank=True)
    # Its calendars carry it as an overlap that was confirmed: a queue may be longer than the calendar is free.
    is_walk_in = models.BooleanField("sans rendez-vous", default=False, db_default=False)

    class Meta:
        abstract = True
