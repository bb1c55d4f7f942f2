"""Files that administrators of a territory import: what was uploaded, and what became of each row."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from organizations.tenancy import TerritoryModel, TerritoryQuerySet

# A step that nobody has touched for so long was left undone.
WORKER_GONE = timedelta(minutes=1)

# Then the report goes, and a file that nobody imported.
REPORT_KEPT = timedelta(days=7)


class ImportKind(models.TextChoices):
    DIRECTORY = "directory", "annuaire"
    LOCATIONS = "locations", "lieux"
    MOTIFS = "motifs", "motifs"
    PAIRS = "pairs", "couples lieu–motif"
    AGENTS = "agents", "agents"
    CITIZENS = "citizens", "usagers"


class ImportStatus(models.TextChoices):
    CHECKING = "checking", "examen en cours"
    CHECKED = "checked", "à confirmer"
    IMPORTING = "importing", "import en cours"
    IMPORTED = "imported", "importé"
    GIVEN_UP = "given_up", "abandonné"


RUNNING = (ImportStatus.CHECKING, ImportStatus.IMPORTING)
ENDED = (ImportStatus.IMPORTED, ImportStatus.GIVEN_UP)


class DirectoryImportQuerySet(TerritoryQuerySet):
    def running(self):
        return self.filter(status__in=RUNNING)

    def left_undone(self, now):
        return self.running().filter(touched_at__lte=now - WORKER_GONE)

    def for_list(self):
        """With who uploaded it, the latest first, without the files."""
        return self.defer("content").select_related("actor").order_by("-created_at", "-pk")


class DirectoryImport(TerritoryModel):
    """One uploaded file, examined and then imported or given up. Its content goes with either."""

    Kind = ImportKind
    Status = ImportStatus

    actor = models.ForeignKey(
        "organizations.Agent", on_delete=models.PROTECT, related_name="+", verbose_name="importé par"
    )
    kind = models.CharField("contenu", max_length=10, choices=Kind.choices)
    file_name = models.CharField("fichier", max_length=120)
    content = models.BinaryField(null=True)
    # Of a directory, where each place gets so many desks.
    desks_per_place = models.PositiveSmallIntegerField("guichets par lieu", default=0)
    unknown_columns = models.JSONField(default=list)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.CHECKING)
    row_count = models.PositiveIntegerField("lignes")
    # Of the step that runs: where the next worker goes on.
    done_count = models.PositiveIntegerField(default=0)
    # Rows by what became of them, of the last step that ended.
    counts = models.JSONField(default=dict)
    created_at = models.DateTimeField("déposé le")
    # Of the step that runs, when a worker last said that it is at it.
    touched_at = models.DateTimeField()
    imported_at = models.DateTimeField("importé le", null=True, blank=True)

    objects = DirectoryImportQuerySet.as_manager()

    class Meta:
        verbose_name = "import"
        indexes = [models.Index(fields=["territory", "-created_at"], name="directory_import_history")]
        constraints = [
            models.CheckConstraint(
                name="directory_import_ends_without_its_file",
                condition=Q(status__in=ENDED, content__isnull=True) | (~Q(status__in=ENDED) & Q(content__isnull=False)),
            ),
            models.CheckConstraint(
                name="directory_import_done_at_a_moment",
                condition=Q(status=ImportStatus.IMPORTED, imported_at__isnull=False)
                | (~Q(status=ImportStatus.IMPORTED) & Q(imported_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="directory_import_progress_within_rows", condition=Q(done_count__lte=F("row_count"))
            ),
        ]

    def __str__(self):
        return f"{self.file_name} ({self.get_kind_display()})"

    @property
    def is_running(self):
        return self.status in RUNNING

    @property
    def noted_count(self):
        """Lines of the report: a directory has more than rows in its lists."""
        return sum(self.counts.values())

    @property
    def valid_count(self):
        return self.writing_count + self.counts.get(RowResult.UNCHANGED, 0)

    @property
    def writing_count(self):
        """How many rows would write something, or did."""
        return self.counts.get(RowResult.CREATED, 0) + self.counts.get(RowResult.CHANGED, 0)


class ImportStep(models.TextChoices):
    CHECK = "check", "examen"
    IMPORT = "import", "import"


class RowResult(models.TextChoices):
    CREATED = "created", "créé"
    CHANGED = "changed", "modifié"
    UNCHANGED = "unchanged", "inchangé"
    REFUSED = "refused", "refusé"


class DirectoryImportRow(TerritoryModel):
    """What would become of one row of the file (`check`), or did (`import`)."""

    Result = RowResult

    directory_import = models.ForeignKey(DirectoryImport, on_delete=models.CASCADE, related_name="rows")
    step = models.CharField(max_length=10, choices=ImportStep.choices)
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField("ligne")
    result = models.CharField("résultat", max_length=10, choices=Result.choices)
    label = models.CharField(max_length=200)
    # [field, before, after] of what changes.
    changes = models.JSONField(default=list)
    reason = models.TextField(blank=True)
    # What the examination had announced, where it came otherwise.
    announced = models.CharField(max_length=10, choices=Result.choices, blank=True)

    class Meta:
        verbose_name = "ligne d'import"
        constraints = [
            models.UniqueConstraint("directory_import", "step", "number", name="directory_import_row_once"),
        ]

    def __str__(self):
        return f"{self.line} – {self.label} ({self.get_result_display()})"
