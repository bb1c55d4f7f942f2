"""The day itself: who has come, who is being received by whom, and who came without an appointment."""

from datetime import timedelta

from django.db import models

from organizations.models import Motif

from .appointment_statuses import AppointmentStatus


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

    @property
    def has_a_visit(self):
        """Whether somebody arrives and is received: not by telephone, nor at their home; of a workshop it is said of
        each. What was marked before its place changed can still be taken back. No query on a row of `for_list`.
        """
        if self.motif.is_collective:
            return False
        return self.motif.location_kind == Motif.LocationKind.ON_SITE or bool(self.stage)

    @property
    def stage(self):
        """How far the visit is, one of VisitStage; nothing before somebody has come, or where nobody said so."""
        if self.finished_at:
            return VisitStage.DONE.value
        if self.status != AppointmentStatus.BOOKED or self.arrived_at is None:
            return ""
        return VisitStage.IN_PROGRESS.value if self.received_at else VisitStage.ARRIVED.value

    def standing_at(self, now):
        """The status as people know it and, on its day, how far the visit is: `arrived`, `in_progress`, `done`."""
        return self.stage or self.status_at(now)

    def is_late(self, now):
        """Expected for a minute at least, and not here, where somebody is to come."""
        is_expected = self.status == AppointmentStatus.BOOKED and not self.stage and self.has_a_visit
        return is_expected and now - self.starts_at >= timedelta(minutes=1)
