"""From a text with merge fields to what is sent.

Texts and values are data: a field is replaced by its value, once, and anything else stays exactly as typed. No
template engine ever sees them.
"""

import re
from collections.abc import Mapping

from django.utils import translation

from scheduling.engine.typography import NBSP

from .models import Message
from .texts import Text, default_text

_FIELD = re.compile(r"\{(\d|[a-z_]+)\}")


def render(text: str, fields: Mapping[str, str]) -> str:
    """Replace the known fields of `text`; leave anything else exactly as typed."""
    return _FIELD.sub(lambda match: fields.get(match[1], match[0]), text)


def render_code(digits: str, *, channel: str, sender: str, language: str) -> Text:
    """The message that carries a one-time code; the subject does not show it."""
    with translation.override(language):
        text = default_text(Message.Kind.CODE, audience=Message.Audience.CITIZEN, channel=channel)
        fields = {"code": digits, "expediteur": sender}
        return Text(subject=_one_line(str(text.subject)), body=render(_typeset(str(text.body)), fields))


def _one_line(text):
    """A subject with a line break could bring its own headers."""
    return " ".join(text.split())


def _typeset(text):
    """Spaces that must not break a line, in the text as written, never in the values put into it."""
    return re.sub(r" (?=[:;?!»])", NBSP, text.replace("« ", f"«{NBSP}"))
