import pytest
from django.urls import reverse

from scheduling.models import Appointment
from tests.booking_portal.conftest import address_of
from tests.factories import MONDAY, paris

pytestmark = pytest.mark.django_db


def test_a_citizen_books_from_the_territorys_link_to_the_confirmation(citizen_books, territory, opening):
    slots = citizen_books.open(reverse("booking_portal:service_choice", args=[territory.slug]))
    assert "Carte d'identité" in slots.content.decode().replace("&#x27;", "'")

    confirmation = citizen_books.book(address_of(slots), paris(MONDAY, 9, 30))

    assert confirmation.status_code == 200
    assert confirmation.templates[0].name == "booking_portal/my_appointment_booked.html"
    appointment = Appointment.objects.get()
    assert appointment.starts_at == paris(MONDAY, 9, 30)
    assert [str(citizen) for citizen in appointment.citizens.all()] == ["Camille DUPONT"]
