"""What every format is read into."""

from dataclasses import dataclass, field

LARGEST_FILE = 5 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 100
# The rest of the file is not read: it is refused anyway.
MOST_ROWS_READ = MOST_ROWS + 1

# A row that begins with it explains the columns, as in the template files, and is no data.
REMARK = "#aide"


class TableError(ValueError):
    """The file as a whole cannot be read. `message` is in French and says where."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message


def refuse_too_many(number: int) -> None:
    if number > MOST_ROWS:
        raise TableError(f"Le fichier a plus de {MOST_ROWS} lignes. Partagez-le en plusieurs.")


@dataclass(frozen=True)
class Unreadable:
    """A cell that holds no value that could be taken over."""

    reason: str


@dataclass(frozen=True)
class RawRow:
    line: int
    cells: list[str | Unreadable]


@dataclass
class RawTable:
    headers: list[str]
    rows: list[RawRow] = field(default_factory=list)

    @classmethod
    def of(cls, lines):
        """Out of (line, cells): the first line that holds something is the headers'."""
        table = cls([])
        for line, cells in lines:
            cells = _without_end(cells)
            if not cells or str(cells[0]).lower().startswith(REMARK):
                continue
            if not table.headers:
                table.headers = [cell if isinstance(cell, str) else "" for cell in cells]
            else:
                table.rows.append(RawRow(line, cells))
                if len(table.rows) == MOST_ROWS_READ:
                    break
        return table


def _without_end(cells):
    last = len(cells)
    while last and isinstance(cells[last - 1], str) and not cells[last - 1].strip():
        last -= 1
    return cells[:last]
