"""Opening ranges, unavailabilities, and what recurrence they share."""

from datetime import time, timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from organizations.tenancy import TenantModel, TenantQuerySet

from ..engine.openings import OpeningRule, UnavailabilityRule
from ..engine.recurrence import Recurrence, RecurrenceError, parse_rrule
from .calendars import Calendar

MIDNIGHT = time(0)


def validate_rrule(text):
    try:
        parse_rrule(text)
    except RecurrenceError as error:
        raise ValidationError(error.message) from error


class RecurringQuerySet(TenantQuerySet):
    def visible_to(self, membership):
        """Those of the calendars this member may see, as far as they were entered in the organization."""
        return super().visible_to(membership).filter(calendar__in=Calendar.objects.visible_to(membership).values("pk"))

    def touching(self, first_day, last_day):
        """Those whose days may lie in [first_day, last_day]; the recurrence itself decides."""
        return self.filter(Q(last_day=None) | Q(last_day__gte=first_day), first_day__lte=last_day)

    def for_list(self):
        """Everything a row of the list displays; by the name of the calendar, agents first, then by time, each edited
        occurrence below its series.
        """
        return self.select_related(
            "calendar__agent", "calendar__desk__location", "organization__territory", "series"
        ).order_by(
            "calendar__agent__last_name",
            "calendar__agent__first_name",
            "calendar__desk__name",
            "calendar",
            Coalesce("series__first_day", "first_day"),
            Coalesce("series__start_time", "start_time"),
            Coalesce("series", "pk"),
            F("series").asc(nulls_first=True),
            "first_day",
            "start_time",
            "pk",
        )


class Recurring(TenantModel):
    """Wall-clock hours in the zone of `organization`, once or repeated."""

    calendar = models.ForeignKey(
        "scheduling.Calendar", on_delete=models.PROTECT, related_name="+", verbose_name="agenda"
    )
    title = models.CharField("intitulé", max_length=120, blank=True)
    first_day = models.DateField("premier jour")
    start_time = models.TimeField("début")
    end_time = models.TimeField("fin", help_text="00h00 : minuit, à la fin de la journée.")
    rrule = models.CharField(
        "répétition", max_length=120, blank=True, validators=[validate_rrule], help_text="RRULE de la RFC 5545."
    )
    excluded_days = ArrayField(models.DateField(), verbose_name="jours retirés", default=list, blank=True)
    # The last local day an occurrence can touch, kept by the services; null when endless.
    last_day = models.DateField("dernier jour", null=True, blank=True, editable=False)
    # An occurrence that was given hours of its own: of which series, and the day that it replaces there, which is
    # among the excluded days of the series. So it outlives whatever is changed in the series later.
    series = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="edited_occurrences",
        verbose_name="série",
    )
    series_day = models.DateField("jour remplacé dans la série", null=True, blank=True, editable=False)

    objects = RecurringQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self):
        return self.title or f"{self._meta.verbose_name.capitalize()} du {self.first_day:%d/%m/%Y}"

    @property
    def recurrence(self):
        return Recurrence(self.first_day, self.rrule, frozenset(self.excluded_days))

    @recurrence.setter
    def recurrence(self, recurrence):
        self.first_day, self.rrule = recurrence.first_day, recurrence.rrule
        self.excluded_days = sorted(recurrence.excluded_days)
        self.last_day = self.last_day_of_recurrence

    @property
    def last_day_of_recurrence(self):
        """What `last_day` has to be; null when endless."""
        return self.recurrence.last_day()

    @property
    def is_recurring(self):
        return bool(self.rrule)


class OpeningQuerySet(RecurringQuerySet):
    def for_list(self):
        return super().for_list().select_related("location").prefetch_related("motifs")


class Opening(Recurring):
    """A plage d'ouverture: hours of a calendar opened to some motifs of one organization."""

    calendar = models.ForeignKey(
        "scheduling.Calendar", on_delete=models.PROTECT, related_name="openings", verbose_name="agenda"
    )
    location = models.ForeignKey(
        "organizations.Location",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="openings",
        verbose_name="lieu",
        help_text="Nécessaire si un motif se tient sur place.",
    )
    motifs = models.ManyToManyField(
        "organizations.Motif", through="scheduling.OpeningMotif", related_name="openings", verbose_name="motifs"
    )

    objects = OpeningQuerySet.as_manager()

    class Meta:
        verbose_name = "plage d'ouverture"
        verbose_name_plural = "plages d'ouverture"
        constraints = [
            models.UniqueConstraint(fields=["id", "organization"], name="opening_with_its_organization"),
            # Referenced by edited occurrences, which stay on the calendar of their series (see migrations).
            models.UniqueConstraint(fields=["id", "calendar", "organization"], name="opening_with_its_calendar"),
            models.UniqueConstraint(
                fields=["series", "series_day"],
                name="opening_occurrence_edited_once",
                violation_error_message="Cette occurrence est déjà modifiée.",
            ),
            models.CheckConstraint(
                name="opening_edited_occurrence_is_one_day_of_a_series",
                condition=Q(series=None) | Q(series_day__isnull=False, rrule=""),
            ),
            models.CheckConstraint(
                name="opening_ends_after_start",
                condition=Q(end_time__gt=F("start_time")) | Q(end_time=MIDNIGHT),
                violation_error_message="La plage doit se terminer après son début.",
            ),
            models.CheckConstraint(
                name="opening_last_day_not_before_first",
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                violation_error_message="La plage se termine avant son premier jour.",
            ),
        ]

    @property
    def rule(self):
        """What the engine reads. No query when `organization__territory` is loaded."""
        return OpeningRule(
            id=self.pk,
            organization_id=self.organization_id,
            location_id=self.location_id,
            recurrence=self.recurrence,
            start_time=self.start_time,
            end_time=self.end_time,
            zone=self.organization.zone,
        )


class OpeningMotif(TenantModel):
    """A motif that an opening carries; both of the same organization, which the database checks."""

    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="+", db_index=False)
    motif = models.ForeignKey("organizations.Motif", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = "motif d'une plage"
        constraints = [
            models.UniqueConstraint(fields=["motif", "opening"], name="opening_motif_once"),
        ]
        indexes = [models.Index(fields=["opening", "motif"], name="opening_motif_by_opening")]

    def __str__(self):
        return f"{self.opening} – {self.motif}"


class Unavailability(Recurring):
    """Time that an agent or desk takes back. It removes slots, never appointments."""

    calendar = models.ForeignKey(
        "scheduling.Calendar", on_delete=models.PROTECT, related_name="unavailabilities", verbose_name="agenda"
    )
    days_spanned = models.PositiveSmallIntegerField(
        "jours de plus", default=0, help_text="0 : se termine le jour où elle commence."
    )

    class Meta:
        verbose_name = "indisponibilité"
        constraints = [
            models.UniqueConstraint(fields=["id", "calendar", "organization"], name="unavailability_with_its_calendar"),
            models.UniqueConstraint(
                fields=["series", "series_day"],
                name="unavailability_occurrence_edited_once",
                violation_error_message="Cette occurrence est déjà modifiée.",
            ),
            models.CheckConstraint(
                name="unavailability_edited_occurrence_is_one_day_of_a_series",
                condition=Q(series=None) | Q(series_day__isnull=False, rrule=""),
            ),
            models.CheckConstraint(
                name="unavailability_ends_after_start",
                condition=Q(days_spanned__gt=0) | Q(end_time__gt=F("start_time")) | Q(end_time=MIDNIGHT),
                violation_error_message="L'indisponibilité doit se terminer après son début.",
            ),
            models.CheckConstraint(
                name="unavailability_last_day_not_before_first",
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                violation_error_message="L'indisponibilité se termine avant son premier jour.",
            ),
        ]

    @property
    def last_day_of_recurrence(self):
        last_start = self.recurrence.last_day()
        return last_start and last_start + timedelta(days=self.days_spanned)

    @property
    def rule(self):
        """What the engine reads. No query when `organization__territory` is loaded."""
        return UnavailabilityRule(
            recurrence=self.recurrence,
            start_time=self.start_time,
            end_time=self.end_time,
            days_spanned=self.days_spanned,
            zone=self.organization.zone,
        )
