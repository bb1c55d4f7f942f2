"""Agents (who sign in) and their memberships (what they are in one organization)."""

from datetime import time
from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from phonenumber_field.modelfields import PhoneNumberField

from ..tenancy import TenantModel, TenantQuerySet
from .locations import Desk
from .organizations import Organization
from .territories import TerritoryRole


class AgentManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        agent = self.model(email=self.normalize_email(email).lower(), **fields)
        agent.set_password(password)
        agent.save(using=self._db)
        return agent

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, **fields | {"is_superuser": True})

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class NotifiedOf(models.TextChoices):
    """Of what happens to the RDVs of their calendar, what an agent gets a mail of."""

    ALL = "all", "toutes les notifications"
    OTHERS = "others", "seulement les actes des autres"
    SOON = "soon", "seulement les RDV d'aujourd'hui et de demain"
    NONE = "none", "aucune notification"


# The summary is of the morning: what was not sent by then is not sent any more.
NOON = time(12)


class Agent(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. Belongs to organizations through memberships; `is_superuser` is the operator."""

    NotifiedOf = NotifiedOf

    email = models.EmailField("e-mail", unique=True)
    first_name = models.CharField("prénom", max_length=80)
    last_name = models.CharField("nom", max_length=80)
    phone = PhoneNumberField("téléphone", blank=True)
    is_active = models.BooleanField("actif", default=True)
    date_joined = models.DateTimeField("inscrit le", auto_now_add=True)
    # One calendar over all organizations, one choice.
    notified_of = models.CharField(
        "notifications",
        max_length=10,
        choices=NotifiedOf.choices,
        default=NotifiedOf.OTHERS,
        db_default=NotifiedOf.OTHERS,
    )
    wants_summary = models.BooleanField("résumé du matin", default=False, db_default=False)
    summary_time = models.TimeField("heure du résumé", default=time(7), db_default=time(7))

    objects = AgentManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        verbose_name = "agent"
        ordering = ["last_name", "first_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="agent_email_once_whatever_case",
                violation_error_message="Un compte existe déjà avec cette adresse.",
            ),
            models.CheckConstraint(
                name="agent_summary_in_the_morning",
                condition=Q(summary_time__lt=NOON),
                violation_error_message="Le résumé du matin part avant midi.",
            ),
        ]

    def __str__(self):
        return self.get_full_name()

    def get_full_name(self):
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self):
        return self.first_name


class MembershipQuerySet(TenantQuerySet):
    def active(self):
        return self.filter(agent__is_active=True)

    def of(self, agent, org_slug):
        """The agent's membership of the organization named in the address, or None. `territory_role` comes with it.

        A territory administrator is an administrator of every organization of the territory without a row
        of their own: what is returned then is not saved and has no service unit.
        """
        membership = (
            self.active()
            .select_related("organization__territory", "agent")
            .prefetch_related("units")
            .filter(organization__slug=org_slug, agent=agent)
            .first()
        )
        role = TerritoryRole.objects.all_of(agent).filter(territory__organizations__slug=org_slug).first()
        if role and role.is_admin and not (membership and membership.is_admin):
            organization = Organization.objects.select_related("territory").get(slug=org_slug)
            membership = Membership.of_territory_admin(agent, organization)
        if membership:
            membership.territory_role = role
        return membership

    def all_of(self, agent):
        """Every membership of the agent, by name of the organization, with those that `of` makes up. Two queries."""
        memberships = {
            membership.organization_id: membership
            for membership in self.active().select_related("organization__territory").filter(agent=agent).order_by("pk")
        }
        administered = Organization.objects.select_related("territory").filter(
            territory__roles__agent=agent, territory__roles__is_admin=True
        )
        for organization in administered.exclude(pk__in=memberships):
            memberships[organization.pk] = Membership.of_territory_admin(agent, organization)
        return sorted(memberships.values(), key=lambda membership: membership.organization.name)


class MembershipRole(models.TextChoices):
    BASIC = "basic", "agent"
    ADMIN = "admin", "administrateur"


class Membership(TenantModel):
    Role = MembershipRole

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="memberships", verbose_name="agent")
    role = models.CharField("rôle", max_length=10, choices=Role.choices, default=Role.BASIC)
    is_front_desk = models.BooleanField(
        "accueil", default=False, help_text="Voit et réserve pour tous les services de l'organisation."
    )
    units = models.ManyToManyField(
        "organizations.ServiceUnit", verbose_name="services", related_name="memberships", blank=True
    )

    objects = MembershipQuerySet.as_manager()

    # Set for the member of a request: what they may do in the whole territory.
    territory_role = None

    class Meta:
        verbose_name = "appartenance"
        constraints = [
            models.UniqueConstraint("organization", "agent", name="membership_once_per_organization"),
            # Referenced by its public address, which is of the same organization (see migrations).
            models.UniqueConstraint(fields=["id", "organization"], name="membership_with_its_organization"),
        ]

    def __str__(self):
        return f"{self.agent} – {self.organization} ({self.get_role_display()})"

    @classmethod
    def of_territory_admin(cls, agent, organization):
        """What an administrator of the territory is in one of its organizations: not saved, without service unit."""
        membership = cls(agent=agent, organization=organization, role=cls.Role.ADMIN)
        membership.territory_role = TerritoryRole(territory_id=organization.territory_id, agent=agent, is_admin=True)
        return membership

    @property
    def is_territory_admin(self):
        return self.territory_role is not None and self.territory_role.is_admin

    @property
    def is_admin(self):
        return self.role == self.Role.ADMIN

    @property
    def sees_every_unit(self):
        """Whether calendars, appointments and citizens of every service unit of the organization are theirs to see."""
        return self.is_admin or self.is_front_desk

    @property
    def unit_ids(self):
        """No query when the units were prefetched, as for the member of a request."""
        return [unit.pk for unit in self.units.all()] if self.pk else []

    @cached_property
    def desks_with_their_hours(self) -> frozenset[int]:
        """Ids of the desks on which they open and close hours, among those of others too. One query, once."""
        return frozenset(Desk.objects.hours_kept_by(self).values_list("pk", flat=True))
