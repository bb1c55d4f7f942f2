"""Accent-blind search without a database extension: one normal form for what is stored and what is typed."""

import re
import unicodedata

import phonenumbers

_WORD = re.compile(r"[^\W_]+")
_WHOLE_PHONE = re.compile(r"\+?[0-9\s().\-/]{4,}")
# Inside other words: « dupont 06 12 34 », « +33 6 12 dupont ».
_PHONE = re.compile(r"(?<![\w/])(?:\+|0)[0-9\s().\-/]{3,}")
_INNER_MARKS = re.compile(r"(?<=\w)['’ʼ`´-](?=\w)")
_DATE = re.compile(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}")

# Letters that Unicode does not take apart, as people without them on their keyboard write them.
_LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "þ": "th"}
)

MOST_WORDS = 8
# What is written in several ways and heard as one.
_SOUNDS = [("ph", "f"), ("qu", "k"), ("ck", "k"), ("q", "k"), ("ce", "se"), ("ci", "si"), ("c", "k"), ("y", "i")]
_SOUNDS += [("bv", "v"), ("z", "s"), ("ge", "je"), ("gi", "ji"), ("h", "")]
_MUTE = "estdxp"
_APOSTROPHES = re.compile(r"(?<=\w)['’ʼ`´](?=\w)")

# No field holds a longer word; PostgreSQL refuses a query with one of more than 2,046 bytes.
LONGEST_WORD = 80


def normalize(text: str) -> str:
    """Lower case, accents and ligatures removed, punctuation as spaces: « Zoë d'Œuvre » → `zoe d oeuvre`."""
    # Decomposed first: capitals of mathematics (𝕊) become letters that have a lower case.
    lowered = unicodedata.normalize("NFKD", text).lower().translate(_LETTERS)
    decomposed = unicodedata.normalize("NFKD", lowered)
    return " ".join(_WORD.findall("".join(letter for letter in decomposed if not unicodedata.combining(letter))))


def search_text(*parts: str) -> str:
    """What is indexed. Phone numbers are kept as digits, from the country code and as dialled inside the country."""
    words = []
    for part in filter(None, parts):
        words += _phone_words(part) if part.startswith("+") else _name_words(part)
    return " ".join(words)


def _name_words(name: str) -> list[str]:
    """« D'Hondt » is also typed `dhondt`, and « Jean-Marc » `jeanmarc`."""
    joined = name if "@" in name else _INNER_MARKS.sub("", name)
    return [normalize(name)] if joined == name else [normalize(name), normalize(joined)]


def _phone_words(phone: str) -> list[str]:
    digits = _digits(phone)
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return [digits]
    national = _digits(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))
    return [digits, national] if national != digits else [digits]


def prefix_query(words: list[str]) -> str:
    """A `simple` tsquery of prefixes, all of them required."""
    return " & ".join(f"'{word}':*" for word in words)


def typed_words(typed: str) -> list[str]:
    """The beginnings of words that were typed, as they are stored; none when nothing searchable was typed.

    A phone number, whole or begun, is one: `06 12 34` and `+33 (0)6 12` find +33612345678.
    """
    typed = typed.strip()
    if _WHOLE_PHONE.fullmatch(typed) and not _DATE.fullmatch(typed):
        words = [_dialled(typed)]
    else:
        # Digits of an e-mail address stay as they are.
        joined = typed if "@" in typed else _PHONE.sub(lambda phone: f"{_dialled(phone[0])} ", typed)
        words = normalize(joined).split()
    return [word[:LONGEST_WORD] for word in words[:MOST_WORDS] if word]


def same_name(one: str, other: str) -> bool:
    """Whether two full names are the same but for accents, case, hyphens and the order of the words."""
    return sorted(normalize(one).split()) == sorted(normalize(other).split())


def name_key(*names: str) -> str:
    """How the names sound, in no order: « Philippe DUPOND » and « Dupont Filipe » have one key.

    Of each word its first sound and its consonants, those that French does not pronounce at the end left out.
    Coarse on purpose: it is only compared between people born on one day.
    """
    joined = _APOSTROPHES.sub("", " ".join(names))
    return " ".join(sorted(filter(None, map(_sound, normalize(joined).split()))))


def _sound(word: str) -> str:
    for written, heard in _SOUNDS:
        word = word.replace(written, heard)
    while len(word) > 2 and word[-1] in _MUTE:
        word = word[:-1]
    spoken = word[:1] + re.sub("[aeiouhw]", "", word[1:])
    return re.sub(r"(.)\1+", r"\1", spoken)


def guess_identity(typed: str) -> dict[str, str]:
    """The fields of a new record out of what was searched in vain, so that nobody types it twice.

    Words in capitals are the last name, as forms write it; so is a lone word; else the first word is the first name.
    """
    words, email = [], ""
    typed = typed.strip()
    if _WHOLE_PHONE.fullmatch(typed) and not _DATE.fullmatch(typed):
        return {"phone": typed}
    for word in typed.split():
        if "@" in word:
            email = word
        elif any(map(str.isalpha, word)):
            words.append(word)
    last_names = [word for word in words if word.isupper() and len(word) > 1] or words[1:] or words
    first_names = [word for word in words if word not in last_names]
    guessed = {"first_name": " ".join(first_names), "last_name": " ".join(last_names), "email": email}
    return {name: text for name, text in guessed.items() if text}


def _dialled(typed: str) -> str:
    return _digits(typed.replace("(0)", "")).removeprefix("00")


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
