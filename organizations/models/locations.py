"""Locations (lieux) and desks (guichets)."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from phonenumber_field.modelfields import PhoneNumberField

from ..tenancy import TenantModel, TenantQuerySet


class LocationQuerySet(TenantQuerySet):
    def for_organization(self, organization):
        """Its own locations and those that sister organizations share with it."""
        shared = Location.shared_with.through.objects.filter(organization=organization).values("location")
        return self.filter(Q(organization=organization) | Q(pk__in=shared))

    def on_portal(self):
        return self.filter(is_visible_on_portal=True, closed_at=None)


class Location(TenantModel):
    """A place of `organization`, which others of its territory may use too."""

    shared_with = models.ManyToManyField(
        "organizations.Organization", verbose_name="partagé avec", related_name="+", blank=True
    )
    name = models.CharField("nom", max_length=160)
    street = models.CharField("adresse", max_length=200, blank=True)
    postal_code = models.CharField("code postal", max_length=12, blank=True)
    city = models.CharField("commune", max_length=100, blank=True)
    latitude = models.FloatField(
        "latitude", null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        "longitude", null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    phone = PhoneNumberField("téléphone", blank=True)
    access_notes = models.TextField("accès", blank=True, help_text="Étage, bus, accessibilité…")
    is_visible_on_portal = models.BooleanField("visible sur le portail", default=True)
    closed_at = models.DateTimeField("fermé le", null=True, blank=True)
    external_id = models.CharField("identifiant externe", max_length=80, blank=True)

    objects = LocationQuerySet.as_manager()

    class Meta:
        verbose_name = "lieu"
        verbose_name_plural = "lieux"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                "name",
                "street",
                "postal_code",
                # A directory has several counters of one name at one address; its own identifiers tell them apart.
                condition=Q(external_id=""),
                name="location_once_per_address",
                violation_error_message="Ce lieu existe déjà à cette adresse.",
            ),
            models.UniqueConstraint(
                "organization", "external_id", condition=~Q(external_id=""), name="location_imported_once"
            ),
            models.CheckConstraint(
                name="location_point_on_earth",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                violation_error_message="Donnez la latitude et la longitude, ou aucune des deux.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def address(self):
        return ", ".join(filter(None, [self.street, f"{self.postal_code} {self.city}".strip()]))

    @property
    def is_open(self):
        return self.closed_at is None


class DeskQuerySet(TenantQuerySet):
    def active(self):
        return self.filter(archived_at=None)

    def visible_to(self, membership):
        """A desk managed by service units exists only for their agents, the front desk and administrators."""
        if membership.sees_every_unit:
            return super().visible_to(membership)
        return self.hours_kept_by(membership)

    def hours_kept_by(self, membership):
        """Those on which the member opens and closes hours: managed by their services, or by none.

        The front desk sees and books on the others, and no more than that.
        """
        desks = self.for_organization(membership.organization)
        if membership.is_admin:
            return desks
        managed = Desk.units.through.objects.values("desk")
        return desks.filter(Q(pk__in=_managed_by_units_of(membership)) | ~Q(pk__in=managed))

    def edited_by(self, membership):
        """Those that the member renames, moves, archives: managed by their services. Without any, administrators'."""
        desks = self.for_organization(membership.organization)
        return desks if membership.is_admin else desks.filter(pk__in=_managed_by_units_of(membership))


def _managed_by_units_of(membership):
    return Desk.units.through.objects.filter(serviceunit__in=membership.unit_ids).values("desk")


class Desk(TenantModel):
    """What can be booked and has no login. Its calendar is made with it."""

    name = models.CharField("nom", max_length=120)
    kind = models.CharField("type de guichet", max_length=80, blank=True)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="desks", verbose_name="lieu")
    motifs = models.ManyToManyField(
        "organizations.Motif", verbose_name="motifs", related_name="desks", blank=True, help_text="Servis au guichet."
    )
    units = models.ManyToManyField(
        "organizations.ServiceUnit",
        verbose_name="services",
        related_name="desks",
        blank=True,
        help_text="Services qui le gèrent. Vide : tous.",
    )
    archived_at = models.DateTimeField("archivé le", null=True, blank=True)

    objects = DeskQuerySet.as_manager()

    class Meta:
        verbose_name = "guichet"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                "location",
                "name",
                name="desk_named_once_per_location",
                violation_error_message="Un guichet de ce lieu porte déjà ce nom.",
            ),
            # Referenced by its public address, which is of the same organization (see migrations).
            models.UniqueConstraint(fields=["id", "organization"], name="desk_with_its_organization"),
        ]

    def __str__(self):
        return self.name
