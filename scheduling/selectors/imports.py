"""Reports of imports."""

from dataclasses import dataclass

from ..engine.typography import count, digits
from ..models import DirectoryImport, DirectoryImportRow, ImportStatus, ImportStep, RowResult

IMPORTED = (ImportStatus.IMPORTING, ImportStatus.IMPORTED)

# As counters, before the import and after it.
WORDS = {
    RowResult.CREATED: ("à créer", "créée"),
    RowResult.CHANGED: ("à modifier", "modifiée"),
    RowResult.UNCHANGED: ("inchangée", "inchangée"),
    RowResult.REFUSED: ("refusée", "refusée"),
}


@dataclass(frozen=True)
class Counter:
    result: str
    label: str
    number: int


def step_of(job: DirectoryImport) -> str:
    """Which step its page shows: what was done as soon as it is begun, what would be done until then."""
    return ImportStep.IMPORT if job.status in IMPORTED else ImportStep.CHECK


def rows_of(job: DirectoryImport, *, result: str = ""):
    """Rows of the step shown, in the order of the file. Lines that are refused without one come first. One query."""
    rows = DirectoryImportRow.objects.for_territory(job.territory).filter(directory_import=job, step=step_of(job))
    return (rows.filter(result=result) if result else rows).order_by("line", "number")


def counters_of(job: DirectoryImport) -> list[Counter]:
    place = int(step_of(job) == ImportStep.IMPORT)
    return [_counter(result, WORDS[result][place], job.counts.get(result, 0)) for result in RowResult.values]


def _counter(result, word, number):
    """In the plural from two on; « à créer » has none."""
    return Counter(result, f"{word}s" if number > 1 and not word.startswith("à ") else word, number)


def progress_of(job: DirectoryImport) -> str:
    """« 120 lignes sur 4 000 »."""
    return f"{count(job.done_count, 'ligne')} sur {digits(job.row_count)}"


def unforeseen_count(job: DirectoryImport) -> int:
    """How many rows came otherwise than announced. One query."""
    return rows_of(job).exclude(announced="").count()
