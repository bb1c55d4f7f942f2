class OrganizationsError(Exception):
    """Base of the refusals a person can act on. `message` is shown as is, in French."""

    message = "Cette action n'est pas possible."

    def __init__(self, message=None):
        super().__init__(message or self.message)
        self.message = message or self.message


class CitizenUnreachable(OrganizationsError):
    message = "Indiquez au moins une adresse e-mail ou un numéro de téléphone."
