"""What fits an SMS: the GSM-7 alphabet and UCS-2 (3GPP TS 23.038), and the segments that a text takes of either."""

import unicodedata
from dataclasses import dataclass

ONE_SEGMENT = 160
# Room of a text in one part, and of each part of a longer one, which bears a header (3GPP TS 23.040).
_ROOM = {"GSM-7": (ONE_SEGMENT, 153), "UCS-2": (70, 67)}

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # Two septets each.
_NEAREST = {
    "\u00a0": " ", "\u202f": " ", "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "…": "...", "œ": "oe", "Œ": "OE", "ÿ": "y",
}  # fmt: skip


@dataclass(frozen=True)
class SmsSize:
    """`length` counts septets of GSM-7, or units of UCS-2. `forced_by` is the first character that GSM-7 lacks."""

    encoding: str
    length: int
    segments: int
    forced_by: str = ""

    @property
    def room(self):
        """What fits into as many segments."""
        alone, of_many = _ROOM[self.encoding]
        return alone if self.segments <= 1 else of_many * self.segments


def measure(text: str) -> SmsSize:
    """How a text travels: one character outside GSM-7 makes all of it UCS-2. An empty one takes no segment.

    A character of two units (of the extension table, or outside the first plane) is never cut: where a part has room
    for half of it, it begins the next one.
    """
    forced_by = next((character for character in text if not _is_gsm7(character)), "")
    encoding = "UCS-2" if forced_by else "GSM-7"
    units = [_units(character, encoding) for character in text]
    alone, of_many = _ROOM[encoding]
    segments = min(len(text), 1) if sum(units) <= alone else _parts(units, of_many)
    return SmsSize(encoding, sum(units), segments, forced_by)


def _is_gsm7(character):
    return character in _BASIC or character in _EXTENDED


def _units(character, encoding):
    is_long = character in _EXTENDED if encoding == "GSM-7" else ord(character) > 0xFFFF
    return 2 if is_long else 1


def _parts(units, room):
    parts, left = 1, room
    for unit in units:
        if unit > left:
            parts, left = parts + 1, room
        left -= unit
    return parts


def to_gsm7(text: str) -> str:
    """Letters that would force the longer alphabet lose their accent: « août » becomes « aout ».

    What has no near letter (another script) stays, and makes the SMS a longer one.
    """
    return "".join(character if character in _BASIC else _nearest(character) for character in text)


def septets(text: str) -> int:
    """The length that counts, for a text of GSM-7; another one has no length here and counts as too long."""
    size = measure(text)
    return size.length if size.encoding == "GSM-7" else ONE_SEGMENT + 1


def _nearest(character):
    if character in _EXTENDED:
        return character
    if character in _NEAREST:
        return _NEAREST[character]
    base = unicodedata.normalize("NFD", character)[0]
    return base if base in _BASIC else character
