"""How an appointment stands, and who made it."""

from django.db import models


class AppointmentStatus(models.TextChoices):
    BOOKED = "booked", "à venir"
    FULFILLED = "fulfilled", "honoré"
    NO_SHOW = "no_show", "absence non excusée"
    CANCELLED_BY_CITIZEN = "cancelled_by_citizen", "annulé par l'usager"
    CANCELLED_BY_AGENT = "cancelled_by_agent", "annulé par un agent"
    UNSCHEDULED = "unscheduled", "déprogrammé"


OCCUPYING = (AppointmentStatus.BOOKED, AppointmentStatus.FULFILLED, AppointmentStatus.NO_SHOW)

# With any other status nobody has come: an arrival is forgotten with it.
COME = (AppointmentStatus.BOOKED, AppointmentStatus.FULFILLED)


class CreatedBy(models.TextChoices):
    AGENT = "agent", "un agent"
    CITIZEN = "citizen", "l'usager"
    PRESCRIBER = "prescriber", "un prescripteur"
    API = "api", "une application"
