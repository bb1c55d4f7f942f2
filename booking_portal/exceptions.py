from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class BookingPortalError(Exception):
    """Base of the refusals a citizen can act on. `message` is shown as is, in the language of the page."""

    message = _("Cette action n'est pas possible.")


class AlreadyRegistered(BookingPortalError):
    """`participation` is theirs: said to nobody but who has proven to read its messages."""

    message = _("Vous êtes déjà inscrit à cet atelier.")

    def __init__(self, participation, *, is_relative: bool = False):
        if is_relative:
            self.message = _("Votre proche a déjà une place dans cet atelier, ou l'attend.")
        super().__init__(self.message)
        self.participation = participation


class TooManyUpcoming(BookingPortalError):
    """Said to nobody but who has proven to read the messages about them."""


class HasEnough(TooManyUpcoming):
    def __init__(self, limit: int):
        told = ngettext(
            "Vous avez déjà %(limit)d rendez-vous à venir pour ce motif.",
            "Vous avez déjà %(limit)d rendez-vous à venir pour ce motif.",
            limit,
        )
        self.message = told % {"limit": limit}
        super().__init__(self.message)


class RelativeHasEnough(TooManyUpcoming):
    def __init__(self, limit: int):
        self.message = _("Votre proche a déjà %(limit)d rendez-vous à venir pour ce motif.") % {"limit": limit}
        super().__init__(self.message)


class ContactHasEnough(TooManyUpcoming):
    message = _("Il y a déjà trop de rendez-vous à venir pour ce motif avec cet e-mail ou ce téléphone.")


class RegistrationRefused(BookingPortalError):
    """For a reason that is not this visitor's to know."""

    message = _("Votre inscription ne peut pas se faire en ligne. Adressez-vous au service.")


class WrongCode(BookingPortalError):
    message = _("Ce n'est pas le code que nous avons envoyé. Vérifiez les six chiffres.")


class NotForPrescribers(BookingPortalError):
    """Its audience or its types of partners have changed since it was chosen, or it never was theirs."""

    message = _("Ce motif ne peut pas être réservé par votre structure. Choisissez-en un autre.")


class PartnerTypeGone(BookingPortalError):
    message = _("Votre type de partenaire n'existe plus. Choisissez-en un autre.")


class BeneficiaryHasEnough(BookingPortalError):
    def __init__(self, limit: int):
        told = _("Vous avez déjà pris %(limit)d rendez-vous à venir pour cette personne et ce motif.")
        self.message = told % {"limit": limit}
        super().__init__(self.message)


class TooManyPrescriptions(BookingPortalError):
    message = _(
        "Vous avez pris 50 rendez-vous en 24 heures : c'est le maximum. Réessayez demain, ou adressez-vous au service."
    )
