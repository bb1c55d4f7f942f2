"""The default texts of messages, by event, audience and channel.

Fields stand as their names (`{date}`); `rendering` documents them. An SMS fits one segment and never names the motif:
a telephone lies about. Spaces before French punctuation are made unbreakable when the text is rendered.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from .models import Message

Channel, Kind, Audience = Message.Channel, Message.Kind, Message.Audience


@dataclass(frozen=True)
class Text:
    """`subject` is empty for an SMS. Either may be lazy until rendered."""

    body: str
    subject: str = ""


_TEXTS = {
    (Kind.CODE, Audience.CITIZEN, Channel.EMAIL): Text(
        subject=_("Votre code de confirmation"),
        body=_(
            "Bonjour,\n\n"
            "Votre code de confirmation est : {code}\n\n"
            "Il est valable 10 minutes. Si vous n'avez rien demandé, ignorez ce message.\n\n"
            "{expediteur}"
        ),
    ),
    (Kind.CODE, Audience.CITIZEN, Channel.SMS): Text(
        body=_("{code} est votre code de confirmation, valable 10 minutes. Ne le donnez à personne."),
    ),
}


def default_text(kind: str, *, audience: str, channel: str) -> Text | None:
    """The text, or None where nothing is sent: an agent gets no SMS."""
    return _TEXTS.get((kind, audience, channel))
