"""RDVs that no longer stand in time that their calendar gives them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from organizations.tenancy import TenantModel, TenantQuerySet

from ..engine.conflicts import Reason
from .appointment_calendars import AppointmentCalendar
from .appointment_statuses import AppointmentStatus
from .appointments import Appointment

REASONS = {
    Reason.UNAVAILABLE: "sur une indisponibilité",
    Reason.CLOSED: "un jour fermé",
    Reason.OUTSIDE: "hors des plages d'ouverture",
}


class ConflictQuerySet(TenantQuerySet):
    def visible_to(self, membership):
        """Who sees the appointment sees what stands against it."""
        visible = Appointment.objects.visible_to(membership)
        return super().visible_to(membership).filter(appointment_calendar__appointment__in=visible.values("pk"))

    def open(self, now):
        """Those that somebody still has to settle: the RDV is to come, and nobody chose to keep it as it is."""
        return self.filter(
            kept_at=None,
            appointment_calendar__appointment__status=AppointmentStatus.BOOKED,
            appointment_calendar__starts_at__gt=now,
        )

    def on_calendar(self, calendar):
        return self.filter(appointment_calendar__calendar=calendar)

    def by_time(self):
        return self.order_by("appointment_calendar__starts_at", "pk")


class Conflict(TenantModel):
    """What stands against an RDV on one of its calendars. No row where all is well.

    Written only by `services.conflicts`, which compares before it writes. It goes with the RDV's place on the
    calendar: moving the RDV ends it. Kept, it stays as the memory of what an agent accepted.
    """

    appointment_calendar = models.OneToOneField(
        AppointmentCalendar, on_delete=models.CASCADE, related_name="conflict", verbose_name="rendez-vous"
    )
    reasons = ArrayField(
        models.CharField(max_length=12, choices=[(str(reason), label) for reason, label in REASONS.items()]),
        verbose_name="raisons",
    )
    found_at = models.DateTimeField("constaté le")
    kept_at = models.DateTimeField("gardé le", null=True, blank=True)
    kept_by = models.ForeignKey(
        "organizations.Agent", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="agent"
    )

    objects = ConflictQuerySet.as_manager()

    class Meta:
        verbose_name = "conflit"
        verbose_name_plural = "conflits"
        constraints = [
            models.CheckConstraint(name="conflict_has_a_reason", condition=Q(reasons__len__gt=0)),
            models.CheckConstraint(
                name="conflict_kept_by_somebody_at_a_time", condition=Q(kept_by=None) | Q(kept_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["organization"], name="conflict_open", condition=Q(kept_at=None)),
        ]

    def __str__(self):
        return f"{self.appointment_calendar} ({', '.join(self.reason_labels)})"

    @property
    def reason_labels(self):
        return [REASONS[Reason(reason)] for reason in self.reasons]
