"""The history of an appointment: what happened to it, and to whom of those in it."""

from django.db import models
from django.db.models import Q

from organizations.tenancy import TenantModel

from .appointment_calendars import OfAppointmentQuerySet
from .appointment_statuses import CreatedBy
from .appointments import Appointment
from .participations import Participation


class EventKind(models.TextChoices):
    BOOKED = "booked", "créé"
    MOVED = "moved", "déplacé"
    CANCELLED_BY_CITIZEN = "cancelled_by_citizen", "annulé par l'usager"
    CANCELLED_BY_AGENT = "cancelled_by_agent", "annulé par un agent"
    UNSCHEDULED = "unscheduled", "déprogrammé"
    RESUMED = "resumed", "repris"
    FULFILLED = "fulfilled", "honoré"
    NO_SHOW = "no_show", "absence non excusée"
    OUTCOME_WITHDRAWN = "outcome_withdrawn", "résultat retiré"
    EDITED = "edited", "modifié"
    PARTICIPANT_ADDED = "participant_added", "participant ajouté"
    PARTICIPANT_REMOVED = "participant_removed", "participant retiré"
    ARRIVED = "arrived", "arrivé"
    ARRIVAL_WITHDRAWN = "arrival_withdrawn", "arrivée retirée"
    RECEIVED = "received", "reçu"
    RECEPTION_WITHDRAWN = "reception_withdrawn", "remis en attente"
    FINISHED = "finished", "terminé"
    PARTICIPANT_WAITING = "participant_waiting", "mis en liste d'attente"
    PARTICIPANT_SEATED = "participant_seated", "place donnée après attente"
    EARLIER_SLOT_OFFERED = "earlier_slot_offered", "créneau plus tôt proposé"


OF_ONE_PERSON = (
    EventKind.PARTICIPANT_ADDED,
    EventKind.PARTICIPANT_REMOVED,
    EventKind.PARTICIPANT_WAITING,
    EventKind.PARTICIPANT_SEATED,
    EventKind.EARLIER_SLOT_OFFERED,
)


class AppointmentEvent(TenantModel):
    """One change of an appointment, appended and never changed: its history, and what messages are made from."""

    Kind = EventKind

    # Of an event that was just recorded: whether a message was written about it (`notifications.receivers`).
    is_told = False

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="events", verbose_name="rendez-vous"
    )
    kind = models.CharField("événement", max_length=30, choices=Kind.choices)
    # Whom it happened to, where it did not happen to all: no other participant is told.
    participation = models.ForeignKey(
        Participation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="events",
        verbose_name="participation",
    )
    at = models.DateTimeField("le")
    actor_kind = models.CharField("par", max_length=12, choices=CreatedBy.choices)
    actor = models.ForeignKey(
        "organizations.Agent", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="agent"
    )
    previous_starts_at = models.DateTimeField("ancien début", null=True, blank=True)
    reason = models.CharField("raison", max_length=250, blank=True)
    # Of what was edited: [{"field": name, "label": as people read it, "before": text, "after": text}]; of calendars, of
    # a move too, with the ids "added" and "removed".
    changes = models.JSONField("changements", default=list, blank=True)

    objects = OfAppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = "événement"
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="event_of_a_participant_names_them",
                condition=~Q(kind__in=OF_ONE_PERSON) | Q(participation__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} le {self.at:%d/%m/%Y %H:%M}"
