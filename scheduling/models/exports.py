"""Exports: what somebody asked to have written, and the file, in pieces, for a week."""

from django.db import models
from django.db.models import Q

from organizations.tenancy import TenantModel, TenantQuerySet


class ExportKind(models.TextChoices):
    APPOINTMENTS = "appointments", "rendez-vous"
    PARTICIPATIONS = "participations", "participations"


class ExportStatus(models.TextChoices):
    WAITING = "waiting", "en attente"
    WRITING = "writing", "en cours"
    READY = "ready", "prêt"
    FAILED = "failed", "abandonné"


UNFINISHED = (ExportStatus.WAITING, ExportStatus.WRITING)


class ExportQuerySet(TenantQuerySet):
    def visible_to(self, membership):
        """Their own, whatever their role: an export holds what its owner may see, not what its reader may."""
        return super().visible_to(membership).filter(agent=membership.agent)

    def unfinished(self):
        return self.filter(status__in=UNFINISHED)

    def kept(self, now):
        """Without those whose time is over and that the night has not taken away yet."""
        return self.exclude(expires_at__lte=now)

    def downloadable(self, now):
        return self.filter(status=ExportStatus.READY, expires_at__gt=now)


class Export(TenantModel):
    """A file that `agent` asked for. A worker claims the row, writes, and says how far it is: `seen_at`, `done`."""

    Kind = ExportKind
    Status = ExportStatus

    agent = models.ForeignKey(
        "organizations.Agent", on_delete=models.CASCADE, related_name="exports", verbose_name="agent"
    )
    kind = models.CharField("contenu", max_length=20, choices=Kind.choices)
    # AppointmentFilter.as_json(), and the same in words.
    filters = models.JSONField("filtres", default=dict)
    description = models.TextField("demande")
    # Of kind and filters: the same asked twice before it is written is one export.
    fingerprint = models.CharField(max_length=64, editable=False)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.WAITING)
    asked_at = models.DateTimeField("demandé le")
    # Whoever holds the claim writes. A worker that was thought dead finds another one here and stops.
    claim = models.UUIDField(null=True, blank=True, editable=False)
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    # Rows of the list: of those counted at the start, those that were read.
    total = models.PositiveIntegerField("rendez-vous à lire", null=True, blank=True)
    done = models.PositiveIntegerField("rendez-vous lus", default=0)
    rows = models.PositiveIntegerField("lignes écrites", default=0)
    size = models.PositiveBigIntegerField("taille en octets", default=0)
    finished_at = models.DateTimeField("fini le", null=True, blank=True)
    expires_at = models.DateTimeField("gardé jusqu'au", null=True, blank=True)
    error = models.CharField("raison", max_length=250, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = "export"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "agent", "fingerprint"],
                name="export_asked_once_at_a_time",
                condition=Q(status__in=UNFINISHED),
            ),
            models.CheckConstraint(
                name="export_finished_is_kept_for_a_time",
                condition=Q(status__in=UNFINISHED, finished_at=None, expires_at=None)
                | Q(
                    status__in=[ExportStatus.READY, ExportStatus.FAILED],
                    finished_at__isnull=False,
                    expires_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="export_written_by_whoever_claimed_it",
                condition=~Q(status=ExportStatus.WRITING) | Q(claim__isnull=False, seen_at__isnull=False),
            ),
            # Referenced by its pieces, which stay in its organization (see migrations).
            models.UniqueConstraint(fields=["id", "organization"], name="export_with_its_organization"),
        ]
        indexes = [
            models.Index(fields=["organization", "agent", "asked_at"], name="export_of_agent"),
            models.Index(fields=["asked_at"], name="export_unfinished", condition=Q(status__in=UNFINISHED)),
            models.Index(fields=["expires_at"], name="export_expires"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.description}"

    @property
    def is_unfinished(self):
        return self.status in UNFINISHED

    @property
    def file_name(self):
        return f"{self.get_kind_display()}-{self.organization.slug}-{self.asked_at:%Y-%m-%d}-{self.pk}.xlsx"


class ExportChunk(TenantModel):
    """A piece of the file.

    In rows, because web and workers share nothing but the database; in a table of our own rather than in large
    objects, because these survive the row that names them, belong to a role and are left out of logical replication.
    """

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="chunks", verbose_name="export")
    number = models.PositiveIntegerField("numéro")
    data = models.BinaryField("contenu")

    class Meta:
        verbose_name = "morceau d'export"
        verbose_name_plural = "morceaux d'export"
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="export_chunk_once")]

    def __str__(self):
        return f"{self.export_id}, {self.number}"
