"""Refusals a person can act on, and what a transport says when it could not deliver."""

from django.utils.translation import gettext_lazy as _


class NotificationsError(Exception):
    """Base of the refusals a person can act on. `message` is shown as is: in French, or in the language
    of the page where citizens see it."""

    message = _("Cette action n'est pas possible.")

    def __init__(self, message=None):
        super().__init__(message or self.message)
        self.message = message or self.message


class TooManyCodes(NotificationsError):
    message = _("Trop de codes ont été demandés. Réessayez dans une heure.")


class CodeExpired(NotificationsError):
    """The code is too old, was used, was guessed at too often or never asked for: nobody is told which."""

    message = _("Ce code n'est plus valable. Demandez-en un nouveau.")


class NotResendable(NotificationsError):
    message = "Ce message n'a plus lieu d'être."


class ChannelDeclined(NotificationsError):
    message = "Cette personne ne peut ou ne veut pas être prévenue ainsi pour ce rendez-vous."


class JustSent(NotificationsError):
    message = "Ce message vient d'être écrit. Attendez quelques minutes avant de le renvoyer."


class TextRefused(NotificationsError):
    message = "Un message a besoin d'un texte, et un e-mail d'un objet."


class TextChanged(NotificationsError):
    message = "Ce texte vient d'être changé par quelqu'un d'autre. Relisez-le avant d'enregistrer le vôtre."


class SwitchesChanged(NotificationsError):
    """`cells`: the events and channels that somebody else has just set; `fields`: of a territory's, those, and what
    stands there now."""

    message = "Quelqu'un d'autre vient de changer un de ces réglages. Relisez-les, puis enregistrez à nouveau."

    def __init__(self, cells=(), fields=None):
        super().__init__()
        self.cells, self.fields = cells, fields or {}


class DeliveryError(NotificationsError):
    """A message did not leave, as far as a transport knows.

    `is_permanent`: trying again would change nothing. `is_uncertain`: the provider may have taken it all the same, so
    that trying again could send it twice. `slow_down`: nobody is to ask this provider for anything so long.
    `is_stopped`: the person said STOP to the sender.
    `address_fault`: what is wrong with the address itself, where that is why.
    """

    message = "Le message n'a pas pu être envoyé."

    def __init__(
        self,
        message=None,
        *,
        is_permanent=False,
        is_uncertain=False,
        slow_down=None,
        is_stopped=False,
        address_fault="",
    ):
        super().__init__(message)
        self.is_permanent, self.is_uncertain = is_permanent, is_uncertain
        self.slow_down, self.is_stopped = slow_down, is_stopped
        self.address_fault = address_fault
