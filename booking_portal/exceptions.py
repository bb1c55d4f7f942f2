from django.utils.translation import gettext_lazy as _


class BookingPortalError(Exception):
    """Base of the refusals a citizen can act on. `message` is shown as is, in the language of the page."""

    message = _("Cette action n'est pas possible.")


class AlreadyRegistered(BookingPortalError):
    """`participation` is theirs: said to nobody who has not proven to read their messages."""

    message = _("Vous êtes déjà inscrit à cet atelier.")

    def __init__(self, participation):
        super().__init__(self.message)
        self.participation = participation


class WrongCode(BookingPortalError):
    message = _("Ce n'est pas le code que nous avons envoyé. Vérifiez les six chiffres.")
