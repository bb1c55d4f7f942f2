"""Invitations of agents by e-mail."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from ..tenancy import TenantModel, TenantQuerySet
from .agents import MembershipRole

INVITATION_LASTS = timedelta(days=7)


class InvitationQuerySet(TenantQuerySet):
    def open(self):
        """Neither accepted nor revoked; perhaps expired, and then to be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)

    def to_mail(self):
        return self.open().filter(mailed_at=None)

    def for_list(self):
        return self.select_related("invited_by").prefetch_related("units").order_by("-sent_at", "-pk")


class Invitation(TenantModel):
    """Somebody asked to join an organization, and as what. The link in the mail is signed and names `link_version`."""

    Role = MembershipRole

    email = models.EmailField("e-mail")
    role = models.CharField("rôle", max_length=10, choices=Role.choices, default=Role.BASIC)
    is_front_desk = models.BooleanField("accueil", default=False)
    units = models.ManyToManyField("organizations.ServiceUnit", verbose_name="services", related_name="+", blank=True)
    invited_by = models.ForeignKey(
        "organizations.Agent", on_delete=models.PROTECT, related_name="+", verbose_name="invité par"
    )
    created_at = models.DateTimeField("créée le")
    sent_at = models.DateTimeField("envoyée le")
    # Null while its mail has still to leave.
    mailed_at = models.DateTimeField("e-mail parti le", null=True, blank=True, editable=False)
    # Raised each time it is sent again: the links sent before are void.
    link_version = models.PositiveIntegerField(default=1, editable=False)
    accepted_at = models.DateTimeField("acceptée le", null=True, blank=True)
    accepted_by = models.ForeignKey(
        "organizations.Agent", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="agent"
    )
    revoked_at = models.DateTimeField("retirée le", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        constraints = [
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                name="invitation_open_once",
                condition=Q(accepted_at=None, revoked_at=None),
                violation_error_message="Cette personne est déjà invitée.",
            ),
            models.CheckConstraint(
                name="invitation_accepted_or_revoked", condition=Q(accepted_at=None) | Q(revoked_at=None)
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_somebody",
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.email} – {self.organization}"

    @property
    def expires_at(self):
        return self.sent_at + INVITATION_LASTS

    def is_expired(self, now):
        return self.expires_at <= now

    def is_open(self, now):
        """Whether it can still be accepted."""
        return self.accepted_at is None and self.revoked_at is None and not self.is_expired(now)
