"""Mails by SMTP."""

import smtplib
from email.mime.text import MIMEText
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from scheduling.engine.typography import NBSP

from ..exceptions import DeliveryError
from .base import Transport


class EmailTransport(Transport):
    provider = "smtp"

    @property
    def per_second(self):
        return settings.EMAILS_PER_SECOND

    def send(self, message):
        """Send one mail. Its Message-ID is the same at each try: a second copy is known as one."""
        mail = self._mail(message)
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            raise _smtp_error(code, answer) from error
        except smtplib.SMTPAuthenticationError as error:
            raise DeliveryError("Le serveur d'envoi refuse l'identifiant de cette installation.") from error
        except smtplib.SMTPResponseException as error:
            raise _smtp_error(error.smtp_code, error.smtp_error) from error
        except (ValueError, smtplib.SMTPNotSupportedError) as error:
            raise DeliveryError("Cette adresse n'est pas valable.", is_permanent=True) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError("Le serveur d'envoi ne répond pas.") from error
        return mail.extra_headers["Message-ID"]

    def _mail(self, message):
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
        organization = message.organization
        mail = EmailMultiAlternatives(
            subject=message.subject,
            body=message.body,
            to=[message.recipient],
            reply_to=[organization.email] if organization and organization.email else None,
            headers={"Message-ID": f"<permanence-message-{message.pk}@{domain}>", "Auto-Submitted": "auto-generated"},
        )
        with translation.override(message.participation.language if message.participation else "fr"):
            page = render_to_string("notifications/email.html", {"message": message})
        mail.attach_alternative(page, "text/html")
        if message.calendar_file:
            mail.attach(_calendar_part(message.calendar_file))
        return mail


def _smtp_error(code, answer):
    """5xx is the server's last word, 4xx asks to come back (RFC 5321, 4.2.1)."""
    answer = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    return DeliveryError(f"Le serveur d'envoi répond {code}{NBSP}: {answer}", is_permanent=500 <= code < 600)


def _calendar_part(text):
    """The ICS file, with the method that makes mail programs offer to enter, move or remove the event."""
    method = next(line for line in text.splitlines() if line.startswith("METHOD:")).removeprefix("METHOD:")
    part = MIMEText(text, "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename="rendez-vous.ics")
    return part
