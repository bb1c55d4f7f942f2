"""Addresses by which the public books with one agent or at one desk, where that was chosen."""

from django.db import models
from django.db.models import Q

from ..tenancy import TenantModel, TenantQuerySet
from .agents import Agent, Membership
from .locations import Desk

LONGEST_SLUG = 60


class PublicAddressQuerySet(TenantQuerySet):
    def in_force(self):
        """Without those of desks that are archived, which come back with them, and of accounts that are closed."""
        return self.filter(Q(membership__agent__is_active=True) | Q(desk__isnull=False, desk__archived_at=None))


class PublicAddress(TenantModel):
    """That an agent, in one of their organizations, or a desk can be asked for by name on the portal.

    Names of agents are personal: without a row nobody has an address. It ends with the membership or the desk.
    """

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="public_address", verbose_name="agent"
    )
    desk = models.OneToOneField(
        Desk, on_delete=models.CASCADE, null=True, blank=True, related_name="public_address", verbose_name="guichet"
    )
    slug = models.SlugField("adresse", max_length=LONGEST_SLUG)
    shown_name = models.CharField("nom affiché", max_length=120, blank=True)

    objects = PublicAddressQuerySet.as_manager()

    class Meta:
        verbose_name = "adresse publique"
        verbose_name_plural = "adresses publiques"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "slug"],
                name="public_address_once_per_organization",
                violation_error_message="Cette adresse est déjà prise dans l'organisation.",
            ),
            models.CheckConstraint(
                name="public_address_of_an_agent_or_a_desk",
                condition=Q(membership__isnull=True, desk__isnull=False)
                | Q(membership__isnull=False, desk__isnull=True),
            ),
            # It is read aloud, and typed from a poster.
            models.CheckConstraint(
                name="public_address_is_easy_to_type",
                condition=Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"),
                violation_error_message="Une adresse est faite de lettres minuscules sans accents, de chiffres et de"
                " traits d'union.",
            ),
        ]

    def __str__(self):
        return self.slug

    @property
    def receiver(self) -> Agent | Desk:
        return self.membership.agent if self.membership_id else self.desk

    @property
    def name(self) -> str:
        """Whom the public reads that it books with. No query when the receiver is loaded."""
        return self.shown_name or str(self.receiver)
