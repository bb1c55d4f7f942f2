"""What is kept ready: free windows, holds, and the record of the nightly runs."""

from datetime import timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q

from organizations.tenancy import TenantModel

from .ranges import IdRange, TsTzRange


class FreeWindow(TenantModel):
    """A maximal free interval inside one occurrence of one opening.

    Written only by `services.windows`, which compares before it writes. Slots are cut from windows in SQL.
    """

    # One key of the database for all three: calendar and organization are those of the opening (see migrations). Three
    # keys would triple what it costs to write a window, and allow those of another opening.
    calendar = models.ForeignKey(
        "scheduling.Calendar", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    opening = models.ForeignKey(
        "scheduling.Opening", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    local_day = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        verbose_name = "fenêtre libre"
        verbose_name_plural = "fenêtres libres"
        constraints = [
            models.UniqueConstraint(fields=["opening", "starts_at"], include=["ends_at"], name="free_window_once"),
            models.CheckConstraint(name="free_window_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
        ]
        indexes = [models.Index(fields=["calendar", "local_day"], name="free_window_by_day")]

    def __str__(self):
        return f"{self.starts_at:%d/%m/%Y %H:%M} – {self.ends_at:%H:%M}"


# How long a visitor has a slot for themselves, and once more when they ask for it.
HOLD_LASTS = timedelta(minutes=10)


class Hold(TenantModel):
    """A slot kept for a visitor while they fill the form. Counts as busy until it expires."""

    calendar = models.ForeignKey("scheduling.Calendar", on_delete=models.PROTECT, related_name="holds")
    opening = models.ForeignKey("scheduling.Opening", on_delete=models.CASCADE, related_name="+")
    motif = models.ForeignKey("organizations.Motif", on_delete=models.PROTECT, related_name="+")
    option = models.ForeignKey(
        "organizations.MotifOption", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    location = models.ForeignKey(
        "organizations.Location", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    persons = models.PositiveSmallIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # When a visitor took it, and when they asked for more time, once. None of an offered slot, which lasts as long as
    # the offer.
    taken_at = models.DateTimeField(null=True, blank=True)
    prolonged_at = models.DateTimeField(null=True, blank=True)
    # Random, kept in the visitor's session; becomes the idempotency key of the appointment.
    visitor_key = models.UUIDField(unique=True)
    # HMAC of the client's address: enough to limit, not to trace.
    client_hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = "créneau retenu"
        verbose_name_plural = "créneaux retenus"
        constraints = [
            models.CheckConstraint(name="hold_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="hold_prolonged_once",
                condition=Q(taken_at=None, prolonged_at=None)
                | Q(taken_at__isnull=False, prolonged_at=None, expires_at__lte=F("taken_at") + HOLD_LASTS)
                | Q(
                    taken_at__isnull=False,
                    prolonged_at__isnull=False,
                    prolonged_at__gte=F("taken_at"),
                    expires_at__lte=F("taken_at") + 2 * HOLD_LASTS,
                ),
            ),
            ExclusionConstraint(
                name="hold_never_doubled",
                expressions=[
                    (IdRange("calendar_id"), RangeOperators.OVERLAPS),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="hold_by_expiry"),
            models.Index(fields=["client_hash"], name="hold_by_client"),
        ]

    @property
    def may_be_prolonged(self):
        return self.taken_at is not None and self.prolonged_at is None

    def __str__(self):
        return f"{self.motif} – {self.starts_at:%d/%m/%Y %H:%M}"


class NightlyRun(models.Model):
    """One night's work: rolling every calendar's windows forward, and what had drifted."""

    day = models.DateField("jour", unique=True)
    started_at = models.DateTimeField("début")
    finished_at = models.DateTimeField("fin", null=True, blank=True)

    class Meta:
        verbose_name = "calcul de nuit"
        verbose_name_plural = "calculs de nuit"
        ordering = ["-day"]

    def __str__(self):
        return f"{self.day:%d/%m/%Y}"


class NightlyBatch(models.Model):
    """A range of calendars of one run; a task does one batch, and may do it twice."""

    run = models.ForeignKey(NightlyRun, on_delete=models.CASCADE, related_name="batches")
    first_calendar_id = models.BigIntegerField()
    last_calendar_id = models.BigIntegerField()
    done_at = models.DateTimeField(null=True, blank=True)
    # Windows that differed from what the core says for days already computed before: expected 0.
    drifted = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "lot du calcul de nuit"
        verbose_name_plural = "lots du calcul de nuit"
        ordering = ["first_calendar_id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "first_calendar_id"], name="nightly_batch_once"),
            models.CheckConstraint(
                name="nightly_batch_in_order", condition=Q(last_calendar_id__gte=F("first_calendar_id"))
            ),
        ]

    def __str__(self):
        return f"{self.first_calendar_id}–{self.last_calendar_id}"
