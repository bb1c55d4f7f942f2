"""Accent-blind search without a database extension: one normal form for what is stored and what is typed."""

import re
import unicodedata

_WORD = re.compile(r"[a-z0-9]+")
_PHONE = re.compile(r"\+?[\d\s().\-/]{4,}")


def normalize(text: str) -> str:
    """Lower case, accents and ligatures removed, punctuation as spaces: « Zoë d'Œuvre » → `zoe d oeuvre`."""
    text = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae").replace("ß", "ss")
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return " ".join(_WORD.findall("".join(letter for letter in decomposed if not unicodedata.combining(letter))))


def search_text(*parts: str) -> str:
    """What is indexed. Phone numbers are kept as digits, from the country code and from the national 0."""
    words = []
    for part in filter(None, parts):
        if part.startswith("+"):
            digits = re.sub(r"\D", "", part)
            words += [digits, "0" + digits[2:]] if digits.startswith("33") else [digits]
        else:
            words.append(normalize(part))
    return " ".join(words)


def prefix_query(typed: str) -> str:
    """A `simple` tsquery of prefixes, all of them required; empty when nothing searchable was typed.

    A string that looks like a phone number is one prefix: `06 12 34` finds +33612345678.
    """
    typed = typed.strip()
    if _PHONE.fullmatch(typed) and not re.fullmatch(r"\d{1,2}/\d{1,2}/\d{2,4}", typed):
        digits = re.sub(r"\D", "", typed)
        digits = digits[2:] if digits.startswith("00") else digits
        return f"{digits}:*" if digits else ""
    return " & ".join(f"{word}:*" for word in normalize(typed).split()[:8])
