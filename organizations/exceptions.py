class OrganizationsError(Exception):
    """Base of the refusals a person can act on. `message` is shown as is, in French."""

    message = "Cette action n'est pas possible."

    def __init__(self, message=None):
        super().__init__(message or self.message)
        self.message = message or self.message


class CitizenUnreachable(OrganizationsError):
    message = "Indiquez au moins une adresse e-mail ou un numéro de téléphone."


class ContactNotProven(OrganizationsError):
    message = "Prouvez d'abord que vous lisez les messages envoyés à cette personne."


class LastAdministrator(OrganizationsError):
    message = "Une organisation garde toujours un administrateur. Nommez-en d'abord un autre."


class NoLongerMember(OrganizationsError):
    message = "Cette personne ne fait plus partie de l'organisation."


class InvitationRefused(OrganizationsError):
    message = "Cette invitation n'est plus valable. Demandez-en une nouvelle à la personne qui vous a invité."


class LogoRefused(OrganizationsError):
    message = "Ce fichier n'est pas une image PNG, JPEG ou WebP lisible."


class OrganizationRefused(OrganizationsError):
    """`field` is the one that another organization has taken."""

    message = "Cette organisation ne peut pas être enregistrée ainsi."

    def __init__(self, message=None, *, field=None):
        super().__init__(message)
        self.field = field


class NameTaken(OrganizationsError):
    message = "Ce nom est déjà pris."


class StillUsed(OrganizationsError):
    """What is to be deleted is still needed by something; the page names what."""

    message = "Ceci est encore utilisé."


class EntryGone(OrganizationsError):
    """What was chosen has been taken off its territory's list since."""

    message = "Un service ou un type de partenaire que vous avez choisi vient d'être supprimé. Vérifiez votre choix."


class RightsRefused(OrganizationsError):
    message = "Vous ne pouvez pas donner ou retirer ces droits."


class ResponsibleRefused(OrganizationsError):
    message = "Une personne responsable ne peut pas être elle-même le proche de quelqu'un."


class MergeRefused(OrganizationsError):
    message = "Ces deux fiches ne peuvent pas être fusionnées."


class RecordsChanged(OrganizationsError):
    message = "Une des fiches vient de changer. Vérifiez les valeurs avant de fusionner."
