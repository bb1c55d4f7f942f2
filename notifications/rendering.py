"""From a text with merge fields to what is sent.

Texts and values are data: a field is replaced by its value, once, and anything else stays exactly as typed. No
template engine ever sees them.
"""

import re
from collections.abc import Mapping

from django.utils import translation

from scheduling.engine.typography import typeset

from .fields import NAMES
from .merge_syntax import FIELD, clean_text
from .models import Message
from .models.messages import SUBJECT_LENGTH
from .sms import ONE_SEGMENT, septets, to_gsm7
from .texts import Text, default_text

# What an SMS gives up, in this order, to stay one segment: the link tells the rest.
_MAY_BE_CUT = ("lieu", "organisation")
_DIGITS = {name: digit for digit, name in NAMES.items()}


def render(text: str, fields: Mapping[str, str]) -> str:
    """Replace the known fields of `text`; leave anything else exactly as typed.

    A line whose fields are all empty is left out, and so is a second empty line: a place without an address, a motif
    without instructions leave no hole.
    """
    lines = [_render_line(line, fields) for line in text.splitlines() if not _is_void(line, fields)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def render_message(text: Text, fields: Mapping[str, str], *, channel: str) -> Text:
    """What is sent on that channel, of a text already in the receiver's language."""
    if channel == Message.Channel.SMS:
        return Text(_fit_one_segment(str(text.body), fields))
    return Text(
        subject=_one_line(render(typeset(str(text.subject)), fields))[:SUBJECT_LENGTH],
        body=render(typeset(str(text.body)), {name: clean_text(value) for name, value in fields.items()}),
    )


def render_code(digits: str, *, channel: str, sender: str, language: str) -> Text:
    """The message that carries a one-time code; the subject does not show it."""
    with translation.override(language):
        text = default_text(Message.Kind.CODE, audience=Message.Audience.CITIZEN, channel=channel)
        return render_message(text, {"code": digits, "expediteur": sender}, channel=channel)


def _render_line(line, fields):
    return FIELD.sub(lambda match: fields.get(match[1], match[0]), line)


def _is_void(line, fields):
    names = FIELD.findall(line)
    return bool(names) and all(fields.get(name) == "" for name in names)


def _one_line(text):
    """A subject with a line break could bring its own headers."""
    return re.sub(r"(?:[^\S\u00a0]|[\x00-\x1f\x7f])+", " ", text).strip()


def _fit_one_segment(text, fields):
    """The SMS in GSM-7, its longest names cut as far as one segment needs; whole where that would not be enough."""
    fields = {name: to_gsm7(clean_text(value)) for name, value in fields.items()}
    text = to_gsm7(text)
    cut = dict(fields)
    for name in _MAY_BE_CUT:
        written = [key for key in (name, _DIGITS.get(name)) if f"{{{key}}}" in text and cut.get(key)]
        excess = septets(_render_line(text, cut)) - ONE_SEGMENT
        if excess > 0 and written:
            value = cut[written[0]]
            kept = value[: max(0, len(value) - excess - 1)].rstrip()
            cut |= dict.fromkeys(written, f"{kept}." if kept else "")
    short = _tidy(_render_line(text, cut))
    return short if septets(short) <= ONE_SEGMENT else _tidy(_render_line(text, fields))


def _tidy(text):
    """No trace of a field that was empty: « le 2 mars. . https:// »."""
    return re.sub(r"(\. )(?:\. )+", r"\1", re.sub(r" {2,}", " ", text)).strip()
