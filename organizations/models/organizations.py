from functools import cached_property
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from phonenumber_field.modelfields import PhoneNumberField

from ..tenancy import TerritoryModel, TerritoryQuerySet
from .territories import validate_time_zone


def default_open_weekdays():
    return [0, 1, 2, 3, 4, 5]


def validate_weekdays(days):
    if sorted(set(days)) != list(days) or not all(0 <= day <= 6 for day in days):
        raise ValidationError("Les jours ouverts sont des jours de la semaine, chacun une fois, de lundi à dimanche.")


class OrganizationQuerySet(TerritoryQuerySet):
    def for_organization(self, organization):
        return self.filter(pk=organization.pk)

    def visible_to(self, membership):
        """The member's own organization, and its sisters to a territory administrator."""
        if membership.is_territory_admin:
            return self.filter(territory=membership.organization.territory_id)
        return self.for_organization(membership.organization)


class Organization(TerritoryModel):
    territory = models.ForeignKey(
        "organizations.Territory", on_delete=models.PROTECT, related_name="organizations", verbose_name="territoire"
    )
    name = models.CharField("nom", max_length=120)
    slug = models.SlugField("adresse", max_length=60, unique=True)
    time_zone_override = models.CharField(
        "fuseau horaire",
        max_length=60,
        blank=True,
        validators=[validate_time_zone],
        help_text="Laissez vide pour suivre le territoire.",
    )
    email = models.EmailField("e-mail", blank=True)
    phone = PhoneNumberField("téléphone", blank=True)
    opening_hours_text = models.TextField("horaires d'accueil", blank=True)
    open_weekdays = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name="jours ouverts",
        default=default_open_weekdays,
        blank=True,
        validators=[validate_weekdays],
        help_text="0 est lundi. Un jour fermé n'a aucun créneau.",
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = "organisation"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "territory",
                "name",
                name="organization_named_once",
                violation_error_message="Une organisation de ce territoire porte déjà ce nom.",
            ),
            # Referenced by the rows that must stay within one territory (see migrations).
            models.UniqueConstraint(fields=["id", "territory"], name="organization_with_its_territory"),
            models.CheckConstraint(
                name="organization_open_weekdays_exist", condition=Q(open_weekdays__contained_by=[0, 1, 2, 3, 4, 5, 6])
            ),
        ]

    def __str__(self):
        return self.name

    @cached_property
    def zone(self):
        """The zone its wall-clock hours are in. No query if the territory is loaded."""
        return ZoneInfo(self.time_zone_override) if self.time_zone_override else self.territory.zone
