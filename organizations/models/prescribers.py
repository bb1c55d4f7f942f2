"""Prescribers: who books for somebody else, from another structure."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from phonenumber_field.modelfields import PhoneNumberField

from ..tenancy import TerritoryModel


class Prescriber(TerritoryModel):
    """A social worker of another structure, a doctor, an association: known to the territory by their e-mail.

    They have no account. They may be deleted at any time: their RDVs stay, and say « un prescripteur ».
    """

    first_name = models.CharField("prénom", max_length=80)
    last_name = models.CharField("nom", max_length=80)
    email = models.EmailField("e-mail")
    phone = PhoneNumberField("téléphone", blank=True)
    structure = models.CharField("structure", max_length=120, blank=True)
    partner_type = models.ForeignKey(
        "organizations.PartnerType",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="prescribers",
        verbose_name="type de partenaire",
    )

    class Meta:
        verbose_name = "prescripteur"
        ordering = ["last_name", "first_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "email"],
                name="prescriber_once_per_email",
                violation_error_message="Un prescripteur de ce territoire a déjà cette adresse.",
            ),
            # Referenced by the participations, which stay within one territory (see migrations).
            models.UniqueConstraint(fields=["id", "territory"], name="prescriber_with_its_territory"),
            # People type it in any case: whoever writes it in another would be somebody else.
            models.CheckConstraint(
                name="prescriber_email_in_lower_case", condition=Q(email=Lower("email")) & ~Q(email="")
            ),
        ]

    def __str__(self):
        return f"{self.first_name} {self.last_name.upper()}".strip()

    @property
    def introduced(self):
        """« Jeanne DUPONT (CCAS d'Arras) »"""
        return f"{self} ({self.structure})" if self.structure else str(self)

    def save(self, *args, **kwargs):
        self.email = self.email.lower()
        super().save(*args, **kwargs)
