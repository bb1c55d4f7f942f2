"""The notation of reference weeks: one `XXhXX-XXhXX` range per line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

from .typography import NBSP, quote
from .wall_clock import MIDNIGHT

_LINE = re.compile(r"([0-9]{1,2})h([0-9]{2})?\s*-\s*([0-9]{1,2})h([0-9]{2})?", re.IGNORECASE)
_WHOLE_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class LineError:
    number: int
    line: str
    reason: str

    def __str__(self):
        return f"Ligne {self.number}{NBSP}: {quote(self.line)} {self.reason}"


class NotationError(ValueError):
    """Says what is wrong, line by line, to the person who typed it; `errors` has at least one."""

    def __init__(self, errors: Iterable[LineError]):
        self.errors = tuple(errors)
        self.line_number, self.line, self.reason = self.errors[0].number, self.errors[0].line, self.errors[0].reason
        self.message = "\n".join(map(str, self.errors))
        super().__init__(self.message)


def parse_hours(text: str) -> list[tuple[time, time]]:
    """The ranges of one day, sorted; blank lines are ignored. An end of midnight is typed `24h` or `00h`.

    Raises NotationError with every line that is malformed, inverted, or overlaps an earlier one.
    """
    ranges: list[tuple[int, int]] = []
    errors = []
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if not line:
            continue
        try:
            start, end = _parse_line(line)
        except ValueError as error:
            errors.append(LineError(number, line, str(error)))
            continue
        crossed = next((other for other in ranges if start < other[1] and other[0] < end), None)
        if crossed is not None:
            errors.append(LineError(number, line, f"chevauche {quote(_write_range(*crossed))}."))
        else:
            ranges.append((start, end))
    if errors:
        raise NotationError(errors)
    return [(_to_time(start), _to_time(end)) for start, end in sorted(ranges)]


def write_hours(ranges: Iterable[tuple[time, time]]) -> str:
    """The notation of `ranges`, one per line in order, midnight as an end written `24h00`."""
    return "\n".join(
        _write_range(*pair)
        for pair in sorted((_to_minutes(start), _to_minutes(end) or _WHOLE_DAY) for start, end in ranges)
    )


def _parse_line(line: str) -> tuple[int, int]:
    """Start and end in minutes; ValueError says, in French, what is wrong with the line."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError("n'est pas au format 08h30-12h00.")
    start = int(match[1]) * 60 + int(match[2] or 0)
    end = int(match[3]) * 60 + int(match[4] or 0) or _WHOLE_DAY
    if max(int(match[2] or 0), int(match[4] or 0)) > 59 or start >= _WHOLE_DAY or end > _WHOLE_DAY:
        raise ValueError("contient une heure qui n'existe pas.")
    if start >= end:
        raise ValueError("se termine avant de commencer.")
    return start, end


def _to_time(minutes: int) -> time:
    return MIDNIGHT if minutes == _WHOLE_DAY else time(*divmod(minutes, 60))


def _to_minutes(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def _write_range(start: int, end: int) -> str:
    return "-".join(f"{hours:02}h{minutes:02}" for hours, minutes in (divmod(start, 60), divmod(end, 60)))
