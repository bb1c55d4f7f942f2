"""The few rules of French typography that every message of the engine follows."""

import re
from collections.abc import Sequence

NBSP = "\u00a0"


def quote(text: object) -> str:
    return f"«{NBSP}{text}{NBSP}»"


def typeset(text: str) -> str:
    """Binds « : », « ; », « ? », « ! » and guillemets to their word; a text without such spaces stays as it is."""
    return re.sub(r" (?=[:;?!»])", NBSP, text.replace("« ", f"«{NBSP}"))


def enumerate_words(words: Sequence[str], conjunction: str = "et") -> str:
    """« lundis », « lundis et mardis », « lundis, mardis et jeudis »."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def digits(number: int) -> str:
    """« 20 000 »: by threes."""
    return f"{number:,}".replace(",", NBSP)


def format_euros(amount) -> str:
    """« 1 293,50 € »; of a Decimal, what is less than a cent too: « 0,0725 € »."""
    cents = f"{amount:,.4f}"
    cents = cents[:-2] if cents.endswith("00") else cents.rstrip("0")
    return f"{cents.replace(',', NBSP).replace('.', ',')}{NBSP}€"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """« 1 jour », « 2 jours », « 1 293 jours »: in French the plural begins at two."""
    return f"{digits(number)}{NBSP}{singular if number < 2 else plural or singular + 's'}"
