"""Reference weeks: named weekly timetables, to be put on a calendar from date to date."""

from datetime import timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from organizations.tenancy import TenantModel, TenantQuerySet

from ..engine.notation import write_hours
from ..engine.opening_days import WEEKDAY_NAMES
from ..engine.wall_clock import MIDNIGHT
from .ranges import IdRange, WallTimeRange

SUNDAY = 6


class ReferenceWeekQuerySet(TenantQuerySet):
    def for_list(self):
        """With their hours: two queries."""
        return self.prefetch_related("ranges").order_by("name", "pk")


class ReferenceWeek(TenantModel):
    """A model to copy from: openings that came from it do not follow when it changes."""

    name = models.CharField("nom", max_length=120)

    objects = ReferenceWeekQuerySet.as_manager()

    class Meta:
        verbose_name = "semaine de référence"
        verbose_name_plural = "semaines de référence"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                Lower("name"),
                name="reference_week_named_once",
                violation_error_message="Une semaine de référence porte déjà ce nom.",
            ),
            # Referenced by its ranges, which stay within the organization (see migrations).
            models.UniqueConstraint(fields=["id", "organization"], name="reference_week_with_its_organization"),
        ]

    def __str__(self):
        return self.name

    @property
    def hours(self):
        """The ranges of each weekday, Monday first, as the engine reads them. No query when they are loaded."""
        days = [[] for _ in WEEKDAY_NAMES]
        for row in self.ranges.all():
            days[row.weekday].append((row.start_time, row.end_time))
        return days

    @property
    def days(self):
        """`hours` with the name of each day."""
        return list(zip(WEEKDAY_NAMES, self.hours, strict=True))

    @property
    def notation(self):
        """What one types to have these hours, for each weekday."""
        return [write_hours(ranges) for ranges in self.hours]

    @property
    def total(self):
        """Hours opened in one week, on the wall clock."""
        return sum((row.duration for row in self.ranges.all()), timedelta(0))


class ReferenceRange(TenantModel):
    """One line of the notation: a range on one weekday. `end_time` of midnight is 24 h."""

    reference_week = models.ForeignKey(
        ReferenceWeek, on_delete=models.CASCADE, related_name="ranges", verbose_name="semaine de référence"
    )
    weekday = models.PositiveSmallIntegerField("jour", help_text="0 est lundi.")
    start_time = models.TimeField("début")
    end_time = models.TimeField("fin", help_text="00h00 : minuit, à la fin de la journée.")

    class Meta:
        verbose_name = "plage d'une semaine de référence"
        verbose_name_plural = "plages des semaines de référence"
        ordering = ["weekday", "start_time"]
        constraints = [
            models.CheckConstraint(name="reference_range_on_a_weekday", condition=Q(weekday__lte=SUNDAY)),
            models.CheckConstraint(
                name="reference_range_ends_after_start",
                condition=Q(end_time__gt=F("start_time")) | Q(end_time=MIDNIGHT),
                violation_error_message="La plage doit se terminer après son début.",
            ),
            ExclusionConstraint(
                name="reference_range_never_overlaps",
                expressions=[
                    (IdRange("reference_week_id"), RangeOperators.OVERLAPS),
                    (IdRange("weekday"), RangeOperators.OVERLAPS),
                    (WallTimeRange("start_time", "end_time"), RangeOperators.OVERLAPS),
                ],
                violation_error_message="Deux plages du même jour se chevauchent.",
            ),
        ]

    def __str__(self):
        return f"{WEEKDAY_NAMES[self.weekday]} {write_hours([(self.start_time, self.end_time)])}"

    @property
    def duration(self):
        start, end = (timedelta(hours=wall.hour, minutes=wall.minute) for wall in (self.start_time, self.end_time))
        return (end or timedelta(days=1)) - start
