"""Where the links in messages lead."""

from django.conf import settings
from django.urls import reverse

from scheduling.models import Appointment, Participation
from scheduling.participation_links import link_token


def manage_url(participation: Participation) -> str:
    """The citizen's page of one appointment: to see, move and cancel it."""
    return settings.SITE_URL + reverse("booking_portal:my_appointment", kwargs={"token": link_token(participation)})


def offer_url(participation: Participation) -> str:
    """The citizen's page of the earlier slot that they are offered: to take it or not."""
    return settings.SITE_URL + reverse("booking_portal:my_appointment_offer", args=[link_token(participation)])


def appointment_url(appointment: Appointment) -> str:
    """The agent's page of the appointment."""
    place = {"org_slug": appointment.organization.slug, "pk": appointment.pk}
    return settings.SITE_URL + reverse("scheduling:appointment_detail", kwargs=place)
