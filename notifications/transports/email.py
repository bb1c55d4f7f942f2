"""Mails by SMTP."""

from email.header import Header
from email.utils import parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import utf8_charset_qp
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.encoding import punycode

from scheduling.engine.typography import NBSP

from ..bounce_addresses import bounce_address
from ..exceptions import DeliveryError
from ..mail_statuses import blames_address, enhanced_status, reason_of
from ..unsubscribing import leave_headers, leave_line, leave_url
from . import smtp
from .base import Transport

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

_INVALID = "Cette adresse n'est pas valable."
_NOT_ASCII = f"Cette adresse n'est pas valable{NBSP}: ce qui précède @ s'écrit sans accent."
_PROVIDER_ID_LENGTH = 80


class EmailTransport(Transport):
    provider = "smtp"

    @property
    def per_second(self):
        return settings.EMAILS_PER_SECOND

    def send(self, message):
        """Send one mail. Its Message-ID is the same at each try: a second copy is known as one.

        After the last dot of the mail nobody knows whether it was taken: that is told and not tried again.
        """
        mail = mail_of(message)
        if settings.EMAIL_BACKEND != SMTP_BACKEND:
            mail.send()
        else:
            _hand_over(mail, bounce_address(message.pk) or parseaddr(mail.from_email)[1])
        return mail.extra_headers["Message-ID"][:_PROVIDER_ID_LENGTH]


def mail_of(message) -> EmailMultiAlternatives:
    """The message as a mail: text, page, invitation. Raises DeliveryError for an address that is none."""
    with translation.override(message.participation.language if message.participation else "fr"):
        return _written(message, leave_url(message))


def _written(message, leave):
    """In the active language; `leave` is where no more of them is asked for, or empty."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body="\n\n".join(filter(None, [message.body, leave and leave_line(leave)])),
        from_email=_from(message, sender),
        to=[ascii_address(message.recipient)],
        reply_to=_reply_to(message.organization),
        headers={
            "Message-ID": f"<permanence-message-{message.pk}@{sender.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",  # What Exchange understands of that.
            **leave_headers(leave),
        },
    )
    # Seven bits bear every server, and no signature breaks on the way.
    mail.encoding = utf8_charset_qp
    mail.attach_alternative(render_to_string("notifications/email.html", _page(message, leave)), "text/html")
    if message.calendar_file:
        _attach_invitation(mail, message.calendar_file)
    return mail


def _page(message, leave):
    """The text around the button, which stands where the text has the bare link; at its end, where it has none."""
    lines = message.body.splitlines()
    place = lines.index(message.link) if message.link in lines else len(lines)
    before, after = "\n".join(lines[:place]), "\n".join(lines[place + 1 :])
    return {"message": message, "before": before, "after": after, "leave_url": leave}


def ascii_address(address: str) -> str:
    """The address as every server reads it, its domain in Punycode. Raises DeliveryError."""
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise DeliveryError(_NOT_ASCII, is_permanent=True)
    try:
        address = f"{local}@{punycode(domain)}"
        validate_email(address)
    except (UnicodeError, ValidationError) as error:
        raise DeliveryError(_INVALID, is_permanent=True) from error
    return address


def _from(message, address):
    """In the name of the organization, from the installation's own address: that is the one its servers vouch for."""
    name = str(message.organization or message.territory or "") or parseaddr(settings.DEFAULT_FROM_EMAIL)[0]
    name = " ".join(name.replace("\\", " ").replace('"', " ").split())
    return f'"{name}" <{address}>'


def _reply_to(organization):
    """Where the organization reads; nothing rather than a mail that cannot leave for a slip in its settings."""
    try:
        return [ascii_address(organization.email)] if organization and organization.email else None
    except DeliveryError:
        return None


def _attach_invitation(mail, text):
    """Twice, as Google's own: Outlook looks for it beside the text, Apple and others among the files.

    RFC 6047 wants the method in the header, too.
    """
    method = next(line for line in text.splitlines() if line.startswith("METHOD:")).removeprefix("METHOD:")
    mail.attach_alternative(text, f"text/calendar; method={method}")
    mail.attach("rendez-vous.ics", text.encode(), "application/ics")


def _hand_over(mail, sender):
    sent = mail.message()
    # Django's begins on its second line.
    sent.replace_header("Subject", Header(mail.subject, "utf-8", header_name="Subject"))
    try:
        smtp.hand_over(sender=sender, recipient=mail.to[0], mail=sent.as_bytes(linesep="\r\n"))
    except smtp.Refused as error:
        status = enhanced_status(error.answer) if (error.step, error.is_last_word) == ("recipient", True) else ""
        fault = reason_of(status) if blames_address(status) else ""
        raise DeliveryError(_refusal(error), is_permanent=error.is_last_word, address_fault=fault) from error
    except smtp.Unreachable as error:
        raise DeliveryError("Le serveur d'envoi ne répond pas.") from error
    except smtp.MaybeTaken as error:
        raise DeliveryError(is_uncertain=True) from error


def _refusal(error):
    if error.step == "open" and error.code in {530, 534, 535, 538}:
        return "Le serveur d'envoi refuse l'identifiant de cette installation."
    if reason := error.is_last_word and reason_of(enhanced_status(error.answer)):
        return f"E-mail refusé{NBSP}: {reason} ({error.code} {error.answer})."
    return f"Le serveur d'envoi répond {error.code}{NBSP}: {error.answer}"
