"""What fits an SMS: the GSM-7 alphabet (3GPP TS 23.038), and one segment of it."""

import unicodedata

ONE_SEGMENT = 160

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # Two septets each.
_NEAREST = {
    "\u00a0": " ", "\u202f": " ", "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "…": "...", "œ": "oe", "Œ": "OE", "ÿ": "y",
}  # fmt: skip


def to_gsm7(text: str) -> str:
    """Letters that would force the longer alphabet lose their accent: « août » becomes « aout ».

    What has no near letter (another script) stays, and makes the SMS a longer one.
    """
    return "".join(character if character in _BASIC else _nearest(character) for character in text)


def septets(text: str) -> int:
    """The length that counts, for a text of GSM-7; another one has no length here and counts as too long."""
    if not all(character in _BASIC or character in _EXTENDED for character in text):
        return ONE_SEGMENT + 1
    return len(text) + sum(character in _EXTENDED for character in text)


def _nearest(character):
    if character in _EXTENDED:
        return character
    if character in _NEAREST:
        return _NEAREST[character]
    base = unicodedata.normalize("NFD", character)[0]
    return base if base in _BASIC else character
