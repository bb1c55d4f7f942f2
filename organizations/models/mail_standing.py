"""What became of the mails to a citizen: they wanted no more, or one came back."""

from django.db import models


class MailStanding(models.Model):
    # When the person themselves refused mails by the link of one; empty again once they or an agent decided otherwise.
    mail_refused_at = models.DateTimeField("e-mails refusés le", null=True, blank=True, editable=False)
    # The address that a mail came back from: another one, typed since, is none of its business.
    returned_email = models.EmailField("adresse en défaut", blank=True, default="", db_default="", editable=False)
    returned_at = models.DateTimeField("e-mail revenu le", null=True, blank=True, editable=False)
    return_reason = models.CharField(
        "raison du retour", max_length=120, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        abstract = True

    @property
    def is_email_returned(self):
        """Whether a mail to the address that they have now came back."""
        return bool(self.email) and self.email == self.returned_email

    @property
    def has_refused_mail(self):
        return not self.notify_by_email and self.mail_refused_at is not None
