"""What stands in a cell of a workbook: text that stays text, days that are days.

A text that begins like a formula would be one for Excel and LibreOffice, and do whatever somebody wrote into their own
name. Such a cell is written as a string and marked as if an apostrophe had been typed before it (`quotePrefix`): it
shows what was written, and is not evaluated when somebody goes into it and out again either.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill

DAY, TIME, MOMENT = "dd/mm/yyyy", "hh:mm", "dd/mm/yyyy hh:mm"

# What XML cannot hold.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Begins a formula, or hides its beginning; and what openpyxl takes for a formula or an error such as #N/A.
_LOOKS_LIKE_MORE = re.compile(r"\s*[=+\-@#|%]|[\t\r\n]|\s*[＝＋－＠]")
# What Excel reads as the code of another character.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
LONGEST = 32_767


class Cells:
    """The cells of one sheet. Plain text and numbers go as they are, which costs the least."""

    def __init__(self, sheet, zone: ZoneInfo):
        self._sheet = sheet
        self._zone = zone

    def text(self, value):
        """As it was written, whatever it begins with."""
        text = clean(value)
        if not text:
            return None
        if not _LOOKS_LIKE_MORE.match(text):
            return text
        cell = WriteOnlyCell(self._sheet)
        cell.value = text
        cell.data_type = "s"
        cell.quotePrefix = True
        return cell

    def heading(self, value):
        cell = WriteOnlyCell(self._sheet, value=value)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E9ECEF")
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        return cell

    def day(self, value):
        """A date, or the day of an instant by the clocks of the organization."""
        return None if value is None else self._formatted(self._local(value), DAY)

    def time(self, value):
        return None if value is None else self._formatted(self._local(value).time(), TIME)

    def moment(self, value):
        return None if value is None else self._formatted(self._local(value), MOMENT)

    def _local(self, value):
        """Excel knows no zones: what it gets is what the clock on the wall said."""
        if not isinstance(value, datetime):
            return value
        return value.astimezone(self._zone).replace(tzinfo=None, second=0, microsecond=0)

    def _formatted(self, value, number_format):
        if isinstance(value, datetime) and number_format == DAY:
            value = value.date()
        cell = WriteOnlyCell(self._sheet, value=value)
        cell.number_format = number_format
        return cell


def clean(value) -> str:
    """Without what a workbook cannot hold, and no longer than a cell may be."""
    text = _CONTROL.sub("", str(value).replace("\r\n", "\n").replace("\r", "\n"))
    text = _ESCAPE.sub("_x005F_", text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
