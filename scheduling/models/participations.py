"""Who takes part in an appointment, and how full a workshop is."""

from dataclasses import dataclass
from functools import cached_property

from django.db import models
from django.db.models import Q

from organizations.models import stopped_at_of
from organizations.tenancy import TenantModel

from .appointment_calendars import OfAppointmentQuerySet
from .appointment_statuses import OCCUPYING, AppointmentStatus


@dataclass(frozen=True)
class Occupancy:
    """How full a workshop is."""

    seats: int
    registered: int
    waiting: int

    @property
    def free(self):
        return self.seats - self.registered

    @property
    def in_words(self):
        """« 7/10 inscrits, 2 en attente »"""
        words = f"{self.registered}/{self.seats} {'inscrits' if self.seats > 1 else 'inscrit'}"
        return f"{words}, {self.waiting} en attente" if self.waiting else words


class ParticipationQuerySet(OfAppointmentQuerySet):
    def listed(self):
        """Those that people speak of: nobody sees who was taken away, except in the history."""
        return self.filter(is_removed=False)

    def with_sms_stops(self):
        """Knows of each whether the phone that gets the messages said STOP, at no further query."""
        return self.annotate(sms_stopped_at=stopped_at_of("citizen"))

    def for_list(self):
        """Each with the citizen, who answers for them and who booked it for them, in the order they came."""
        return self.select_related("citizen__responsible", "prescriber").order_by("pk")

    def taking_part(self):
        """Those who have not left before the appointment's own end."""
        return self.filter(left_at=None)

    def seated(self):
        """Without who waits for a seat in a workshop, and is neither there nor expected."""
        return self.filter(waiting_since=None)

    def waiting(self):
        """Who waits for a seat, in the order of the queue."""
        return self.filter(status=AppointmentStatus.BOOKED, waiting_since__isnull=False).order_by("waiting_since", "pk")


class Participation(TenantModel):
    """A citizen's part in an appointment. The link in their messages belongs to it.

    In a workshop, who is registered holds a numbered seat and who waits for one holds none. That no seat is taken
    twice is a unique constraint; that none above `Appointment.seats` is taken, none of them goes below those taken and
    nobody is registered without one is a trigger (migration 0014): it locks the number of seats for the few rows that
    have one, where a copy in every participation would cost every other RDV an index. It takes the seat of whoever
    leaves, too; when the whole is cancelled, each keeps theirs, for it may be resumed.
    """

    territory = models.ForeignKey(
        "organizations.Territory", on_delete=models.PROTECT, related_name="+", verbose_name="territoire"
    )
    appointment = models.ForeignKey(
        "scheduling.Appointment", on_delete=models.CASCADE, related_name="participations", verbose_name="rendez-vous"
    )
    citizen = models.ForeignKey(
        "organizations.Citizen", on_delete=models.PROTECT, related_name="participations", verbose_name="usager"
    )
    # Who booked it for them; empty when they are forgotten. That an RDV which an agent or the citizen made has none is
    # a trigger (migration 0025): into a workshop, each person comes by another hand.
    prescriber = models.ForeignKey(
        "organizations.Prescriber",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="participations",
        verbose_name="prescripteur",
    )
    status = models.CharField(
        "statut", max_length=30, choices=AppointmentStatus.choices, default=AppointmentStatus.BOOKED
    )
    # [{"question": label, "answer": text}], as they were asked on that day.
    answers = models.JSONField("réponses", default=list, blank=True)
    notify_by_email = models.BooleanField("prévenir par e-mail", default=True)
    notify_by_sms = models.BooleanField("prévenir par SMS", default=True)
    language = models.CharField("langue", max_length=5, default="fr")
    # Raised to revoke the links sent before.
    link_version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField("inscrit le")
    # When they left an appointment that went on without them; empty for all who stayed to its end, or cancellation.
    left_at = models.DateTimeField("parti le", null=True, blank=True)
    # Taken away by an agent: kept for the history and for what was sent, shown nowhere else.
    is_removed = models.BooleanField("retiré", default=False)
    # A person added twice by the same request is added once.
    idempotency_key = models.UUIDField(null=True, blank=True, editable=False)
    seat = models.PositiveSmallIntegerField("place", null=True, blank=True, editable=False)
    # Since when somebody waits for a seat. It stays when they give up waiting.
    waiting_since = models.DateTimeField("en attente depuis", null=True, blank=True, editable=False)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = "participation"
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "idempotency_key"], name="participation_once_per_idempotency_key"
            ),
            # Referenced by the events of one person (see migrations).
            models.UniqueConstraint(fields=["id", "appointment"], name="participation_with_its_appointment"),
            models.CheckConstraint(
                name="participation_left_is_cancelled", condition=Q(left_at=None) | ~Q(status__in=OCCUPYING)
            ),
            models.CheckConstraint(
                name="participation_removed_has_left", condition=Q(is_removed=False) | Q(left_at__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["appointment", "seat"],
                name="participation_seat_taken_once",
                condition=Q(seat__isnull=False),
                violation_error_message="Cette place est déjà prise.",
            ),
            models.CheckConstraint(
                name="participation_waits_without_a_seat",
                condition=Q(waiting_since__isnull=True)
                | (Q(seat__isnull=True) & ~Q(status__in=[AppointmentStatus.FULFILLED, AppointmentStatus.NO_SHOW])),
                violation_error_message="Cette personne est en liste d'attente.",
            ),
            models.UniqueConstraint(
                fields=["appointment", "citizen"],
                name="participation_once",
                violation_error_message="Cette personne participe déjà à ce rendez-vous.",
            ),
        ]

    def __str__(self):
        return f"{self.citizen} – {self.appointment}"

    @cached_property
    def sms_stopped_at(self):
        """When the phone that gets the messages said STOP, if it did. No query on rows of `with_sms_stops`."""
        return self.citizen.sms_stopped_at

    @property
    def is_registered(self):
        """Not in the queue of a workshop, and nobody has cancelled."""
        return self.status in OCCUPYING and self.waiting_since is None

    @property
    def is_waiting(self):
        return self.status == AppointmentStatus.BOOKED and self.waiting_since is not None
