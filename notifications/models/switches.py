"""Whether citizens are told of an event on a channel, where somebody decided it."""

from django.db import models
from django.db.models import Q

from .levels import OF_EXACTLY_ONE_LEVEL, LevelModel, LevelName, LevelQuerySet
from .messages import Channel, MessageKind

# Never a one-time code, without which nobody could book, nor what concerns an agent's account.
SWITCHABLE = (
    MessageKind.BOOKED,
    MessageKind.REMINDER,
    MessageKind.MOVED,
    MessageKind.NO_SHOW,
    MessageKind.UNSCHEDULED,
    MessageKind.CANCELLED_BY_CITIZEN,
    MessageKind.CANCELLED_BY_AGENT,
    MessageKind.WAITING,
    MessageKind.SEATED,
    MessageKind.LEFT_QUEUE,
)


class MessageSwitch(LevelModel):
    """On or off for an event on a channel, at one level. Where no level has a row, it is on."""

    Level = LevelName

    kind = models.CharField("événement", max_length=30, choices=MessageKind.choices)
    channel = models.CharField("canal", max_length=10, choices=Channel.choices)
    is_on = models.BooleanField("envoyé")
    changed_at = models.DateTimeField("réglé le")
    changed_by = models.ForeignKey(
        "organizations.Agent", on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="réglé par"
    )

    objects = LevelQuerySet.as_manager()

    class Meta:
        verbose_name = "réglage de message"
        verbose_name_plural = "réglages de messages"
        constraints = [
            models.CheckConstraint(name="message_switch_of_exactly_one_level", condition=OF_EXACTLY_ONE_LEVEL),
            models.UniqueConstraint(
                fields=["territory", "organization", "motif", "kind", "channel"],
                name="message_switch_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="message_switch_of_what_may_be_off", condition=Q(kind__in=SWITCHABLE)),
        ]

    def __str__(self):
        state = "oui" if self.is_on else "non"
        return f"{self.get_kind_display()} ({self.get_channel_display()}, {self.get_level_display()}) : {state}"
