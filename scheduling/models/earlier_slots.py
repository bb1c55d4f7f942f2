"""The waiting list for an earlier slot: who waits, what was freed, and what was offered to whom.

Not the queue of a workshop (`Participation.waiting_since`), which has one time and a number of seats.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from organizations.tenancy import TenantModel, TenantQuerySet

from ..engine.earlier_slots import EVERY_DAY, Wishes

MOST_OFFERS = 3


class RequestEnd(models.TextChoices):
    """Why somebody is on the list no longer."""

    LEFT = "left", "sorti de la liste"
    MOVED = "moved", "créneau plus tôt accepté"
    EXHAUSTED = "exhausted", "toutes les propositions sont faites"
    TOO_LATE = "too_late", "plus rien ne peut venir avant le rendez-vous"
    UNREACHABLE = "unreachable", "aucun moyen de la prévenir"
    APPOINTMENT_OVER = "appointment_over", "rendez-vous annulé ou passé"


class EarlierSlotRequestQuerySet(TenantQuerySet):
    def active(self):
        return self.filter(ended_at=None)

    def in_order(self):
        """First come, first served."""
        return self.order_by("waiting_since", "pk")


class EarlierSlotRequest(TenantModel):
    """Somebody asks to be told of an earlier slot for their appointment. One row per appointment, for its whole life:
    who leaves the list and comes back is the last of it, and keeps what they were offered before.
    """

    End = RequestEnd

    appointment = models.OneToOneField(
        "scheduling.Appointment",
        on_delete=models.CASCADE,
        related_name="earlier_slot_request",
        verbose_name="rendez-vous",
    )
    # Who asked: the offers go to them. Named, so that it follows when two records of one person are merged.
    participation = models.ForeignKey(
        "scheduling.Participation",
        on_delete=models.CASCADE,
        related_name="earlier_slot_requests",
        verbose_name="participation",
    )
    waiting_since = models.DateTimeField("sur la liste depuis")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name="jours")
    mornings = models.BooleanField("le matin", default=True)
    afternoons = models.BooleanField("l'après-midi", default=True)
    not_before = models.DateField("pas avant le", null=True, blank=True)
    any_place = models.BooleanField("dans n'importe quel lieu", default=False)
    # It cannot end before for being too late, unless settings change: nobody looks at it until then.
    looked_at_from = models.DateTimeField("revue à partir du")
    ended_at = models.DateTimeField("sorti de la liste le", null=True, blank=True)
    end = models.CharField("raison de la sortie", max_length=20, choices=End.choices, blank=True)

    objects = EarlierSlotRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "attente d'un créneau plus tôt"
        verbose_name_plural = "attentes d'un créneau plus tôt"
        constraints = [
            # Referenced by its offers (see migrations).
            models.UniqueConstraint(fields=["id", "organization"], name="earlier_slot_request_with_its_organization"),
            models.CheckConstraint(
                name="earlier_slot_request_wishes_something",
                condition=Q(weekdays__len__gt=0) & (Q(mornings=True) | Q(afternoons=True)),
                violation_error_message="Choisissez au moins un jour, et le matin ou l'après-midi.",
            ),
            models.CheckConstraint(
                name="earlier_slot_request_of_weekdays", condition=Q(weekdays__contained_by=sorted(EVERY_DAY))
            ),
            models.CheckConstraint(
                name="earlier_slot_request_ends_for_a_reason",
                condition=Q(ended_at=None, end="") | (Q(ended_at__isnull=False) & ~Q(end="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "waiting_since", "id"], name="earlier_slot_queue", condition=Q(ended_at=None)
            ),
            models.Index(fields=["looked_at_from"], name="earlier_slot_to_be_looked_at", condition=Q(ended_at=None)),
        ]

    def __str__(self):
        return f"{self.appointment} – {self.waiting_since:%d/%m/%Y %H:%M}"

    @property
    def is_active(self):
        return self.ended_at is None

    @property
    def wishes(self):
        return Wishes(frozenset(self.weekdays), self.mornings, self.afternoons, self.not_before)


class OfferState(models.TextChoices):
    OPEN = "open", "en attente de réponse"
    TAKEN = "taken", "acceptée"
    DECLINED = "declined", "refusée"
    EXPIRED = "expired", "restée sans réponse"
    # The slot could not be had after all, or the appointment was cancelled or moved meanwhile.
    WITHDRAWN = "withdrawn", "devenue sans objet"


class SlotOfferQuerySet(TenantQuerySet):
    def open_at(self, now):
        return self.filter(state=OfferState.OPEN, expires_at__gt=now)

    def overdue(self, now):
        """Nobody has answered in time, and nobody has noted it yet."""
        return self.filter(state=OfferState.OPEN, expires_at__lte=now)


class SlotOffer(TenantModel):
    """An earlier slot, kept for one appointment by a hold until it is answered or its time is over.

    The three rules that people are promised are constraints: one at a time, one a day, three in all.
    """

    State = OfferState

    request = models.ForeignKey(
        EarlierSlotRequest, on_delete=models.CASCADE, related_name="offers", verbose_name="attente"
    )
    number = models.PositiveSmallIntegerField("numéro")
    # By the clocks of the organization.
    local_day = models.DateField("jour")
    calendar = models.ForeignKey("scheduling.Calendar", on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(
        "organizations.Location", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin")
    # What the appointment would leave.
    replaces_starts_at = models.DateTimeField("à la place de")
    offered_at = models.DateTimeField("proposé le")
    expires_at = models.DateTimeField("jusqu'à")
    state = models.CharField("état", max_length=10, choices=State.choices, default=State.OPEN)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    # The `visitor_key` of the hold that keeps the slot: the offer is a visitor of its own.
    hold_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # By which link it was taken: who says yes twice is answered twice, although the first yes replaced the link.
    link_version = models.PositiveIntegerField(null=True, editable=False)

    objects = SlotOfferQuerySet.as_manager()

    class Meta:
        verbose_name = "proposition d'un créneau plus tôt"
        verbose_name_plural = "propositions d'un créneau plus tôt"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="slot_offer_numbered_once"),
            models.CheckConstraint(name="slot_offer_three_in_all", condition=Q(number__gte=1, number__lte=MOST_OFFERS)),
            models.UniqueConstraint(fields=["request", "local_day"], name="slot_offer_once_a_day"),
            models.UniqueConstraint(
                fields=["request"], name="slot_offer_one_at_a_time", condition=Q(state=OfferState.OPEN)
            ),
            models.CheckConstraint(name="slot_offer_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="slot_offer_is_earlier", condition=Q(starts_at__lt=F("replaces_starts_at"))),
            models.CheckConstraint(
                name="slot_offer_is_answered_before_it_begins",
                condition=Q(expires_at__gt=F("offered_at"), expires_at__lte=F("starts_at")),
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="slot_offer_by_expiry", condition=Q(state=OfferState.OPEN))]

    def __str__(self):
        return f"{self.number} – {self.starts_at:%d/%m/%Y %H:%M}"

    def is_open_at(self, now):
        return self.state == OfferState.OPEN and self.expires_at > now

    def state_at(self, now):
        """What is open and over is expired, noted or not."""
        is_overdue = self.state == OfferState.OPEN and self.expires_at <= now
        return OfferState.EXPIRED if is_overdue else OfferState(self.state)


class FreedTimeQuerySet(TenantQuerySet):
    def due(self, now):
        return self.filter(due_at__lte=now)


class FreedTime(TenantModel):
    """Time of a calendar that became free: to be offered to those who wait, and then forgotten.

    Written in the transaction that freed it, so that no broker that is down loses it.
    """

    calendar = models.ForeignKey("scheduling.Calendar", on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    noted_at = models.DateTimeField()
    # Later than `noted_at` while a worker is at it, or when somebody who waits may only be asked tomorrow.
    due_at = models.DateTimeField()

    objects = FreedTimeQuerySet.as_manager()

    class Meta:
        verbose_name = "temps libéré"
        verbose_name_plural = "temps libérés"
        constraints = [
            models.CheckConstraint(name="freed_time_ends_after_start", condition=Q(ends_at__gt=F("starts_at")))
        ]
        indexes = [models.Index(fields=["due_at"], name="freed_time_by_due_date")]

    def __str__(self):
        return f"{self.calendar} – {self.starts_at:%d/%m/%Y %H:%M}"
