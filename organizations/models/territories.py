"""Territories (the tenants) and what their organizations share: service units, partner types, rights."""

from datetime import time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q, Value
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual, Regex
from django.urls import reverse
from phonenumber_field.modelfields import PhoneNumberField

from ..frame_origins import LONGEST_ORIGIN, ORIGINS
from ..tenancy import TerritoryModel, TerritoryQuerySet


def validate_time_zone(name):
    if name not in available_timezones():
        raise ValidationError(f"« {name} » n'est pas un fuseau horaire connu (exemple : Europe/Paris).")


# However long the nights are, offices must be able to reach people by day.
LONGEST_QUIET = timedelta(hours=16)
_QUIET = ExpressionWrapper(F("quiet_until") - F("quiet_from"), output_field=models.DurationField())


def default_reminder_lead_times():
    return [timedelta(hours=6)]


class Territory(models.Model):
    name = models.CharField("nom", max_length=120)
    slug = models.SlugField("adresse", max_length=60, unique=True)
    time_zone = models.CharField(
        "fuseau horaire", max_length=60, default="Europe/Paris", validators=[validate_time_zone]
    )
    country = models.CharField("pays", max_length=2, default="FR", help_text="Code ISO 3166-1.")
    subdivision = models.CharField(
        "zone de jours fériés",
        max_length=10,
        blank=True,
        help_text="Subdivision dont les jours fériés diffèrent du pays, par exemple Alsace-Moselle.",
    )
    accent_color = models.CharField(
        "couleur",
        max_length=7,
        default="#1d4f91",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", "Écrivez la couleur sous la forme #1d4f91.")],
    )
    support_email = models.EmailField("e-mail d'assistance", blank=True)
    support_phone = PhoneNumberField("téléphone d'assistance", blank=True)
    sms_sender_name = models.CharField(
        "expéditeur des SMS",
        max_length=11,
        blank=True,
        validators=[RegexValidator(r"^[A-Za-z0-9 ]*\Z", "11 lettres ou chiffres au plus, sans accent.")],
    )
    # Euros for each of the segments of an SMS. Empty for the price of the installation, which may be unknown.
    sms_price = models.DecimalField(
        "prix d'un SMS", max_digits=6, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    # Who an SMS comes from: the service, else the number, else the name, else what the installation has.
    sms_messaging_service = models.CharField(
        "service de messagerie Twilio",
        max_length=34,
        blank=True,
        validators=[RegexValidator(r"^MG[0-9a-f]{32}\Z", "Il s'écrit MG, puis 32 chiffres ou lettres de a à f.")],
    )
    sms_number = PhoneNumberField("numéro des SMS", blank=True)
    citizens_are_shared = models.BooleanField("usagers partagés entre les organisations", default=False)
    reminder_lead_times = ArrayField(
        models.DurationField(), verbose_name="délais de rappel", default=default_reminder_lead_times, blank=True
    )
    # By the clocks of each organization. Equal: none.
    quiet_from = models.TimeField("pas de SMS à partir de", default=time(20))
    quiet_until = models.TimeField("pas de SMS jusqu'à", default=time(8))
    citizen_retention_months = models.PositiveSmallIntegerField(
        "conservation des usagers (mois)", default=24, validators=[MinValueValidator(1)]
    )
    frame_ancestors = ArrayField(
        models.CharField(max_length=LONGEST_ORIGIN),
        verbose_name="sites qui affichent le portail",
        default=list,
        blank=True,
        help_text="Origines, une par ligne. Aucune : le portail ne s'affiche dans aucun autre site.",
    )
    # The name of its content: a page knows the address of the logo without reading it.
    logo = models.ForeignKey(
        "organizations.TerritoryLogo",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="logo",
    )

    class Meta:
        verbose_name = "territoire"
        constraints = [
            models.CheckConstraint(
                name="territory_retention_at_least_a_month", condition=Q(citizen_retention_months__gte=1)
            ),
            models.CheckConstraint(name="territory_sms_price_not_negative", condition=Q(sms_price__gte=0)),
            models.CheckConstraint(
                name="territory_quiet_hours_leave_the_day",
                condition=(Q(GreaterThanOrEqual(_QUIET, timedelta(0))) & Q(LessThanOrEqual(_QUIET, LONGEST_QUIET)))
                # Over midnight the difference lacks a day.
                | Q(LessThanOrEqual(_QUIET, LONGEST_QUIET - timedelta(days=1))),
                violation_error_message="Les SMS doivent pouvoir partir au moins 8 heures par jour.",
            ),
            models.CheckConstraint(
                name="territory_sms_number_is_one",
                condition=Q(sms_number="") | Q(sms_number__regex=r"^\+[1-9][0-9]{6,14}$"),
            ),
            models.CheckConstraint(
                name="territory_sms_messaging_service_is_one",
                condition=Q(sms_messaging_service="") | Q(sms_messaging_service__regex=r"^MG[0-9a-f]{32}$"),
            ),
            models.CheckConstraint(
                name="territory_frame_ancestors_are_origins",
                condition=Regex(
                    Func(
                        F("frame_ancestors"),
                        Value(" "),
                        function="array_to_string",
                        output_field=models.TextField(),
                    ),
                    ORIGINS,
                ),
                violation_error_message="Un des sites n'est pas une adresse comme https://www.ville.fr.",
            ),
        ]

    def __str__(self):
        return self.name

    @cached_property
    def zone(self):
        return ZoneInfo(self.time_zone)

    @property
    def price_per_segment(self):
        """Euros for one segment of an SMS, by the territory or else by the installation; None where nobody knows."""
        return settings.SMS_PRICE_PER_SEGMENT if self.sms_price is None else self.sms_price

    @property
    def logo_url(self):
        """Empty without a logo. No query."""
        return reverse("territory_logo", args=[self.logo_id]) if self.logo_id else ""

    @property
    def theme_version(self):
        """Part of the address of its style sheet, so that a browser that keeps one asks for the next."""
        return self.accent_color.removeprefix("#").lower()


class TerritoryLogoQuerySet(TerritoryQuerySet):
    def of(self, digest):
        """Whoever knows the digest may see the picture: it stands on public pages. None where there is none."""
        return self.filter(pk=digest).first()


class TerritoryLogo(TerritoryModel):
    """A picture as it was cleaned (`services.territory_logos`). In the database: web servers keep no files."""

    # SHA-256 of the content and its territory: the address of one content never answers with another.
    digest = models.CharField("empreinte", max_length=64, primary_key=True)
    content = models.BinaryField("image PNG")

    objects = TerritoryLogoQuerySet.as_manager()

    class Meta:
        verbose_name = "logo"
        constraints = [
            models.CheckConstraint(
                name="territory_logo_named_by_its_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self):
        return self.digest[:12]


class ServiceUnit(TerritoryModel):
    """A service of the territory (PMI, État civil…). `services/` is a layer of the code, hence *unit*."""

    name = models.CharField("nom", max_length=120)

    class Meta:
        verbose_name = "service"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "territory", "name", name="service_unit_named_once", violation_error_message="Ce service existe déjà."
            ),
        ]

    def __str__(self):
        return self.name


class PartnerType(TerritoryModel):
    """A kind of prescriber (type de partenaire) that a motif may be reserved to."""

    name = models.CharField("nom", max_length=120)

    class Meta:
        verbose_name = "type de partenaire"
        verbose_name_plural = "types de partenaire"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "territory",
                "name",
                name="partner_type_named_once",
                violation_error_message="Ce type de partenaire existe déjà.",
            ),
            # Referenced by the prescribers, who stay within one territory (see migrations).
            models.UniqueConstraint(fields=["id", "territory"], name="partner_type_with_its_territory"),
        ]

    def __str__(self):
        return self.name


class TerritoryRoleQuerySet(TerritoryQuerySet):
    def of(self, agent, territory_slug):
        """What the agent is in the territory named in the address, with the territory; or None. One query."""
        return self.all_of(agent).filter(territory__slug=territory_slug).first()

    def all_of(self, agent):
        """Their roles in all territories, by name of the territory. One query."""
        return self.select_related("territory").filter(agent=agent, agent__is_active=True).order_by("territory__name")


class TerritoryRole(TerritoryModel):
    """What an agent may do in a whole territory. An administrator may do everything in all its organizations."""

    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="roles", verbose_name="territoire")
    agent = models.ForeignKey(
        "organizations.Agent", on_delete=models.CASCADE, related_name="territory_roles", verbose_name="agent"
    )
    is_admin = models.BooleanField("administre le territoire", default=False)
    manages_teams = models.BooleanField("gère les équipes", default=False)
    manages_access = models.BooleanField("gère les droits d'accès", default=False)
    invites_agents = models.BooleanField("invite des agents", default=False)

    objects = TerritoryRoleQuerySet.as_manager()

    class Meta:
        verbose_name = "droits sur le territoire"
        verbose_name_plural = "droits sur le territoire"
        constraints = [
            models.UniqueConstraint("territory", "agent", name="territory_role_once_per_agent"),
        ]

    def __str__(self):
        return f"{self.agent} – {self.territory}"

    def may(self, *rights) -> bool:
        """Whether this role gives one of these rights; an administrator's gives them all."""
        return self.is_admin or any(getattr(self, right) for right in rights)
