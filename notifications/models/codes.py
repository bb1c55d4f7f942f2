from django.db import models
from django.db.models import Q

from organizations.tenancy import TerritoryModel

MAX_ATTEMPTS = 5


class OneTimeCode(TerritoryModel):
    """A code sent to a contact to prove that a visitor reads it. Stored as an HMAC, five guesses, ten minutes."""

    contact = models.CharField("adresse ou numéro", max_length=254)
    code_hash = models.CharField(max_length=64)
    # The visitor who asked: a code is worth nothing in another session.
    visitor_key = models.UUIDField()
    client_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts_left = models.SmallIntegerField(default=MAX_ATTEMPTS)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "code à usage unique"
        verbose_name_plural = "codes à usage unique"
        constraints = [
            models.CheckConstraint(name="code_attempts_not_negative", condition=Q(attempts_left__gte=0)),
        ]
        indexes = [
            models.Index(fields=["contact", "created_at"], name="code_by_contact"),
            models.Index(fields=["client_hash", "created_at"], name="code_by_client"),
            models.Index(fields=["visitor_key"], name="code_by_visitor"),
        ]

    def __str__(self):
        return f"Code du {self.created_at:%d/%m/%Y %H:%M}"
