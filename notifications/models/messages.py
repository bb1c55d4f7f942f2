"""The outbox: every message to a person, written in the transaction that caused it, sent after commit."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Func, Q, TextField, Value

from organizations.tenancy import TenantQuerySet, TerritoryModel
from scheduling.models import Appointment

SUBJECT_LENGTH = 250

# What stands for the provider's identifier of a message that stayed on the local outbox page.
LOCAL_OUTBOX_ID = "boite-locale"


class Channel(models.TextChoices):
    EMAIL = "email", "e-mail"
    SMS = "sms", "SMS"


class MessageKind(models.TextChoices):
    BOOKED = "booked", "création"
    REMINDER = "reminder", "rappel"
    MOVED = "moved", "changement de date"
    NO_SHOW = "no_show", "absence"
    UNSCHEDULED = "unscheduled", "déprogrammé"
    CANCELLED_BY_CITIZEN = "cancelled_by_citizen", "annulation par l'usager"
    CANCELLED_BY_AGENT = "cancelled_by_agent", "annulation par un agent"
    WAITING = "waiting", "liste d'attente"
    SEATED = "seated", "place libérée"
    LEFT_QUEUE = "left_queue", "sortie de la liste d'attente"
    LEFT_CALENDAR = "left_calendar", "retiré de l'agenda"
    EDITED = "edited", "modification"
    PERSON_JOINED = "person_joined", "inscription"
    PERSON_LEFT = "person_left", "désistement"
    EARLIER_SLOT = "earlier_slot", "créneau plus tôt proposé"
    CONTACT_CHANGED = "contact_changed", "contact remplacé"
    SUMMARY = "summary", "résumé du matin"
    CODE = "code", "code de confirmation"
    ACCOUNT = "account", "compte d'agent"


# No citizen ever gets one: nobody writes their texts anew, and no switch is theirs.
TOLD_TO_AGENTS_ALONE = (
    MessageKind.LEFT_CALENDAR,
    MessageKind.EDITED,
    MessageKind.PERSON_JOINED,
    MessageKind.PERSON_LEFT,
    MessageKind.SUMMARY,
    MessageKind.ACCOUNT,
)


class MessageStatus(models.TextChoices):
    QUEUED = "queued", "à envoyer"
    SENDING = "sending", "envoi en cours"
    SENT = "sent", "envoyé"
    FAILED = "failed", "échec"
    DROPPED = "dropped", "sans objet"


class Audience(models.TextChoices):
    CITIZEN = "citizen", "usager"
    PRESCRIBER = "prescriber", "prescripteur"
    AGENT = "agent", "agent"


class DeliveryState(models.TextChoices):
    """How far a message has come, as people are told: each message is in exactly one of them."""

    FAILED = "failed", "échec"
    QUEUED = "queued", "à envoyer"
    SENT = "sent", "envoyé"
    DELIVERED = "delivered", "remis"
    DROPPED = "dropped", "sans objet"


# Of DeliveryState, in the words of the database.
IN_STATE = {
    DeliveryState.FAILED: Q(status=MessageStatus.FAILED),
    DeliveryState.QUEUED: Q(status__in=[MessageStatus.QUEUED, MessageStatus.SENDING]),
    DeliveryState.SENT: Q(status=MessageStatus.SENT, delivered_at=None),
    DeliveryState.DELIVERED: Q(status=MessageStatus.SENT, delivered_at__isnull=False),
    DeliveryState.DROPPED: Q(status=MessageStatus.DROPPED),
}
# What was paid for: the provider has it, whatever became of it.
TAKEN = Q(status=MessageStatus.SENT) | Q(status=MessageStatus.FAILED, handed_at__isnull=False)

# The words of an address, and a number without its plus.
_PUNCTUATION = "@.+-_/='"
RECIPIENT_WORDS = SearchVector(
    Func(
        F("recipient"),
        Value(_PUNCTUATION),
        Value(" " * len(_PUNCTUATION)),
        function="translate",
        output_field=TextField(),
    ),
    config="simple",
)
# What counters and figures read of a message, without opening its row.
_COUNTED = ["kind", "channel", "status", "participation", "delivered_at", "handed_at", "segments", "cost"]
# Which leaves first where many are due: somebody waits for a code in front of a form; a reminder has hours.
_URGENCY = models.Case(
    models.When(kind=MessageKind.CODE, then=models.Value(0)),
    models.When(kind__in=[MessageKind.REMINDER, MessageKind.NO_SHOW, MessageKind.SUMMARY], then=models.Value(2)),
    default=models.Value(1),
    output_field=models.SmallIntegerField(),
)


class MessageQuerySet(TenantQuerySet):
    def for_territory(self, territory):
        return self.filter(territory=territory)

    def visible_to(self, membership):
        """The texts name citizens: those of the RDVs that the member sees. To administrators all of the organization.

        The front desk sees every RDV: they are not looked up.
        """
        messages = super().visible_to(membership)
        if membership.is_admin:
            return messages
        if membership.sees_every_unit:
            return messages.filter(appointment__isnull=False)
        return messages.filter(appointment__in=Appointment.objects.visible_to(membership).values("pk"))

    def in_state(self, state):
        return self.filter(IN_STATE[state])

    def due(self, now):
        """Waiting, and whose time has come."""
        return self.filter(status=MessageStatus.QUEUED, due_at__lte=now)

    def due_channels(self, now):
        """Those on which something is due. One query."""
        return list(self.due(now).order_by("channel").values_list("channel", flat=True).distinct())

    def failed(self):
        return self.filter(status=MessageStatus.FAILED)


class Message(TerritoryModel):
    Channel = Channel
    Kind = MessageKind
    Status = MessageStatus
    Audience = Audience
    State = DeliveryState

    # Empty for what concerns an account, which belongs to no territory.
    territory = models.ForeignKey(
        "organizations.Territory",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="territoire",
    )
    # Empty for what concerns no appointment, such as a one-time code.
    organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="organisation",
    )
    event = models.ForeignKey(
        "scheduling.AppointmentEvent",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name="événement",
    )
    appointment = models.ForeignKey(
        "scheduling.Appointment",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name="rendez-vous",
    )
    participation = models.ForeignKey(
        "scheduling.Participation",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name="participation",
    )
    agent = models.ForeignKey(
        "organizations.Agent",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="agent destinataire",
    )
    audience = models.CharField("destinataire", max_length=10, choices=Audience.choices)
    kind = models.CharField("nature", max_length=30, choices=Kind.choices)
    channel = models.CharField("canal", max_length=10, choices=Channel.choices)
    recipient = models.CharField("adresse", max_length=254)
    subject = models.CharField("objet", max_length=SUBJECT_LENGTH, blank=True)
    body = models.TextField("texte")
    # Where the one button of a mail leads; the text holds it too.
    link = models.URLField(max_length=300, blank=True, editable=False)
    # An ICS file to attach, as text; empty for none.
    calendar_file = models.TextField(blank=True, editable=False)
    # The start it speaks of: it is dropped when that is no longer true. Empty for what concerns no appointment.
    appointment_starts_at = models.DateTimeField(null=True, blank=True, editable=False)
    lead_time = models.DurationField("délai de rappel", null=True, blank=True, editable=False)
    # Sent again because an agent asked for it: whose, and what it takes the place of.
    resends = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="resent_as", verbose_name="renvoie"
    )
    resent_by = models.ForeignKey(
        "organizations.Agent",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="renvoyé par",
    )
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.QUEUED)
    urgency = models.GeneratedField(
        verbose_name="urgence", expression=_URGENCY, output_field=models.SmallIntegerField(), db_persist=True
    )
    created_at = models.DateTimeField("écrit le")
    due_at = models.DateTimeField("à envoyer le")
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    error = models.CharField("erreur", max_length=255, blank=True)
    provider_id = models.CharField("identifiant chez le fournisseur", max_length=80, blank=True)
    # The provider has it, or may have it: from here on, trying again could send it twice.
    handed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What the provider said of it afterwards, in its own word, and when.
    provider_status = models.CharField("état chez le fournisseur", max_length=20, blank=True)
    provider_status_at = models.DateTimeField(null=True, blank=True, editable=False)
    delivered_at = models.DateTimeField("remis le", null=True, blank=True)
    # Of an SMS: how many it takes, and what they cost in euros by the price of then. Empty where nobody knows.
    segments = models.PositiveSmallIntegerField("segments", default=0)
    cost = models.DecimalField("coût", max_digits=8, decimal_places=4, null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "message"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="message_of_a_territory_unless_of_an_account",
                condition=Q(territory__isnull=False) | Q(kind=MessageKind.ACCOUNT),
            ),
            # One message per event, person and channel, whatever runs twice.
            models.UniqueConstraint(
                fields=["event", "channel", "participation", "agent"],
                name="message_once_per_event",
                condition=Q(event__isnull=False),
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["participation", "channel", "appointment_starts_at", "lead_time"],
                name="reminder_once",
                condition=Q(kind=MessageKind.REMINDER),
            ),
            # What the provider has once is one message here, whoever looks for it or is told of it at once.
            models.UniqueConstraint(
                fields=["provider_id"],
                name="sms_once_at_the_provider",
                condition=Q(channel=Channel.SMS) & ~Q(provider_id__in=["", LOCAL_OUTBOX_ID]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "urgency", "due_at", "id"],
                name="message_queued",
                condition=Q(status=MessageStatus.QUEUED),
            ),
            # What one contact got in a day.
            models.Index(
                fields=["recipient", "handed_at"], name="message_handed", condition=Q(handed_at__isnull=False)
            ),
            models.Index(fields=["claimed_at"], name="message_sending", condition=Q(status=MessageStatus.SENDING)),
            models.Index(fields=["organization", "status", "created_at"], name="message_by_state"),
            models.Index(fields=["-created_at", "-id"], name="message_latest"),
            # The journals and their figures.
            models.Index(
                fields=["organization", "-created_at", "-id"], include=_COUNTED, name="message_of_organization"
            ),
            models.Index(
                fields=["territory", "-created_at", "-id"],
                include=["organization", *_COUNTED],
                name="message_of_territory",
            ),
            GinIndex(RECIPIENT_WORDS, name="message_recipient_words"),
            models.Index(
                fields=["created_at"],
                name="message_code_to_forget",
                condition=Q(kind=MessageKind.CODE) & ~Q(body=""),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} ({self.get_channel_display()})"

    @property
    def state(self):
        """Of DeliveryState."""
        if self.status == MessageStatus.SENT:
            return DeliveryState.DELIVERED if self.delivered_at else DeliveryState.SENT
        return DeliveryState.QUEUED if self.status == MessageStatus.SENDING else DeliveryState(self.status)

    @property
    def stayed_here(self):
        """Sent to the local outbox page and nowhere else."""
        return self.provider_id == LOCAL_OUTBOX_ID
