"""What hangs from an appointment, and the calendars that it occupies: where a double booking is impossible."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Q

from organizations.tenancy import TenantModel, TenantQuerySet

from .appointment_statuses import AppointmentStatus
from .calendars import Calendar
from .ranges import IdRange, TsTzRange


class OfAppointmentQuerySet(TenantQuerySet):
    def visible_to(self, membership):
        """Who sees the appointment sees what hangs from it."""
        appointments = self.model._meta.get_field("appointment").related_model.objects
        return self.filter(appointment__in=appointments.visible_to(membership).values("pk"))


class AppointmentCalendarQuerySet(OfAppointmentQuerySet):
    def coming(self, now):
        """Of RDVs that have not begun and are not cancelled."""
        return self.filter(appointment__status=AppointmentStatus.BOOKED, starts_at__gt=now)


class AppointmentCalendar(TenantModel):
    """A calendar that an appointment occupies, with its own copy of the period for the exclusion constraint.

    The copy follows the appointment through a foreign key with ON UPDATE CASCADE: it cannot differ.
    """

    appointment = models.ForeignKey(
        "scheduling.Appointment",
        on_delete=models.CASCADE,
        related_name="appointment_calendars",
        verbose_name="rendez-vous",
    )
    calendar = models.ForeignKey(
        Calendar, on_delete=models.PROTECT, related_name="appointment_calendars", verbose_name="agenda"
    )
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin")
    is_occupying = models.BooleanField(default=True)
    is_overlap_confirmed = models.BooleanField(
        "chevauchement confirmé",
        default=False,
        help_text="Un agent a confirmé que ce rendez-vous en recouvre un autre.",
    )

    objects = AppointmentCalendarQuerySet.as_manager()

    class Meta:
        verbose_name = "agenda d'un rendez-vous"
        verbose_name_plural = "agendas d'un rendez-vous"
        constraints = [
            models.UniqueConstraint(fields=["appointment", "calendar"], name="appointment_calendar_once"),
            models.UniqueConstraint(fields=["id", "organization"], name="appointment_calendar_with_its_organization"),
            ExclusionConstraint(
                name="appointment_never_double_booked",
                expressions=[
                    (IdRange("calendar_id"), RangeOperators.OVERLAPS),
                    # [start, end): the next appointment may start when this one ends.
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_occupying=True, is_overlap_confirmed=False),
                violation_error_message="Cet agenda a déjà un rendez-vous à cette heure.",
            ),
        ]
        indexes = [models.Index(fields=["calendar", "starts_at"], name="appointment_calendar_by_time")]

    def __str__(self):
        return f"{self.calendar} – {self.appointment}"
