"""Phones that said STOP to the SMS of a territory."""

from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from phonenumber_field.modelfields import PhoneNumberField

from ..tenancy import TerritoryModel


class SmsStop(TerritoryModel):
    """Of a phone, not of a citizen: it holds for whoever else gives this number, and for records to come."""

    phone = PhoneNumberField("téléphone")
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "refus des SMS"
        verbose_name_plural = "refus des SMS"
        constraints = [
            models.UniqueConstraint(fields=["phone", "territory"], name="sms_stop_once_per_phone"),
        ]

    def __str__(self):
        return f"{self.phone} – {self.territory}"


def stopped_at_of(citizen: str) -> Subquery:
    """For `annotate`: when the phone that gets the messages of `citizen`, a path to one, said STOP. No query more."""
    phone = Coalesce(OuterRef(f"{citizen}__responsible__phone"), OuterRef(f"{citizen}__phone"))
    stops = SmsStop.objects.filter(territory=OuterRef(f"{citizen}__territory"), phone=phone)
    return Subquery(stops.values("at"))
