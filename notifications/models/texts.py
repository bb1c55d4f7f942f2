"""Texts of messages that administrators wrote in the place of the default ones, with their history."""

from django.db import models
from django.db.models import Q

from .levels import OF_EXACTLY_ONE_LEVEL, LevelModel, LevelName, LevelQuerySet
from .messages import SUBJECT_LENGTH, Channel, MessageKind


class TextLanguage(models.TextChoices):
    """As people are offered on the portal."""

    FRENCH = "fr", "français"
    ENGLISH = "en", "anglais"


class MessageTextQuerySet(LevelQuerySet):
    def in_force(self):
        return self.filter(withdrawn_at=None)


class MessageText(LevelModel):
    """One version of the text of an event on a channel in a language, at one level.

    Never changed: the next one takes its place.
    """

    Level = LevelName

    Language = TextLanguage

    kind = models.CharField("événement", max_length=30, choices=MessageKind.choices)
    channel = models.CharField("canal", max_length=10, choices=Channel.choices)
    language = models.CharField("langue", max_length=2, choices=Language.choices, default=Language.FRENCH)
    subject = models.CharField("objet", max_length=SUBJECT_LENGTH, blank=True)
    body = models.TextField("texte")
    written_at = models.DateTimeField("écrit le")
    written_by = models.ForeignKey(
        "organizations.Agent", on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="écrit par"
    )
    # Empty for the one in force.
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "organizations.Agent",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="retiré par",
    )

    objects = MessageTextQuerySet.as_manager()

    class Meta:
        verbose_name = "texte de message"
        verbose_name_plural = "textes de messages"
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="message_text_of_exactly_one_level",
                condition=OF_EXACTLY_ONE_LEVEL,
            ),
            models.UniqueConstraint(
                fields=["territory", "organization", "motif", "kind", "channel", "language"],
                name="message_text_in_force_once",
                condition=Q(withdrawn_at__isnull=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="message_text_with_what_its_channel_shows",
                condition=~Q(body="")
                & (Q(channel=Channel.SMS, subject="") | (Q(channel=Channel.EMAIL) & ~Q(subject=""))),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} ({self.get_channel_display()}, {self.get_level_display()}, {self.language})"

    @property
    def is_in_force(self):
        return self.withdrawn_at is None
