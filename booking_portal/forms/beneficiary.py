"""For whom a prescriber books: what the motif needs to know of somebody who is not at the keyboard."""

from django.utils.translation import gettext_lazy as _

from .who import PersonForm


class BeneficiaryForm(PersonForm):
    """A third person: no contact is proven, and who has none can be booked for all the same."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # The browser knows its owner, who is somebody else.
        for name in ("first_name", "last_name", "email", "phone", "birth_date", "address"):
            if name in self.fields:
                self.fields[name].widget.attrs["autocomplete"] = "off"
        required = {
            "first_name": _("Indiquez le prénom de la personne."),
            "last_name": _("Indiquez le nom de la personne."),
            "phone": _("Indiquez le numéro de téléphone de la personne."),
        }
        for name, message in required.items():
            self.fields[name].error_messages["required"] = message
        if self.needs_phone:
            self.fields["phone"].help_text = _("La personne sera appelée à ce numéro.")
