"""How merge fields are written in a text, and what is wrong with one. No template engine: braces around a word.

What administrators type is data. Nothing here knows Django.
"""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

FIELD = re.compile(r"\{(\d|[a-z_]+)\}")

# Whatever is between braces on one line, or a brace by itself.
_BRACES = re.compile(r"\{[^{}\n]*\}|[{}]")

_LINE_BREAKS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control characters, and what turns the direction of a line around or has no width: nobody types it on purpose. What
# joins two pictures into one (U+200D) stays.
_INVISIBLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Fault:
    """What stands at `start` and is no field here. `line` and `column` begin at one."""

    written: str
    start: int
    line: int
    column: int
    reason: str

    @property
    def end(self):
        return self.start + len(self.written)


def clean_text(typed: str) -> str:
    """As it is kept: one kind of line break, tabs as spaces, nothing that nobody sees, no space at a line's end."""
    text = _LINE_BREAKS.sub("\n", typed).replace("\t", " ")
    text = _INVISIBLE.sub("", text)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def clean_line(typed: str) -> str:
    """The same for what stands on one line."""
    return " ".join(clean_text(typed).split("\n"))


def find_faults(text: str, *, known: Collection[str], elsewhere: Mapping[str, str]) -> list[Fault]:
    """Every brace that is not of a known field, in the order of the text.

    `known` holds names and digits; `elsewhere` says of others that exist why they have no place here.
    """
    return [
        Fault(
            written=match[0],
            start=match.start(),
            line=text.count("\n", 0, match.start()) + 1,
            column=match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1,
            reason=_reason(match[0], known, elsewhere),
        )
        for match in _BRACES.finditer(text)
        if match[0][1:-1] not in known
    ]


def marked(text: str, faults: Iterable[Fault]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is a fault."""
    pieces, end = [], 0
    for fault in faults:
        pieces += [(text[end : fault.start], False), (fault.written, True)]
        end = fault.end
    return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]


def _reason(written, known, elsewhere):
    if len(written) == 1:
        return "une accolade seule n'a pas de sens : un champ s'écrit entre deux accolades, sur une ligne"
    inside = written[1:-1]
    if inside in elsewhere:
        return elsewhere[inside]
    near = difflib.get_close_matches(_plain(inside), [name for name in known if not name.isdigit()], n=1, cutoff=0.7)
    hint = f" (vouliez-vous écrire {{{near[0]}}} ?)" if near else ""
    return f"ce champ n'existe pas{hint}"


def _plain(word):
    """« Durée » as « duree », « type guichet » as « type_guichet »."""
    letters = unicodedata.normalize("NFD", word.strip().lower())
    return re.sub(r"[\s-]+", "_", "".join(letter for letter in letters if not unicodedata.combining(letter)))
