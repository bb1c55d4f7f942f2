"""The list to sign goes from hand to hand: what people read of each other there is their name."""

import pytest
from django.urls import reverse

from tests.factories import make_agent, make_citizen, make_organization, make_participation, make_workshop

pytestmark = pytest.mark.django_db


def test_nobody_reads_the_telephone_or_the_address_of_another_on_the_list_to_sign(client):
    organization = make_organization()
    workshop = make_workshop(organization=organization, seats=1)
    for name in ("Abel", "Bellec"):
        citizen = make_citizen(
            organization=organization, last_name=name, phone="+33612345678", email=f"{name}@example.org"
        )
        make_participation(workshop=workshop, citizen=citizen)
    client.force_login(make_agent(organization=organization, is_front_desk=True))

    sheet = client.get(reverse("scheduling:workshop_sheet", args=[organization.slug, workshop.pk])).text

    assert "ABEL Camille" in sheet
    assert "BELLEC Camille" in sheet  # Waits.
    assert "12\u00a034\u00a056\u00a078" not in sheet
    assert "@example.org" not in sheet.split('id="sheet-title"')[1]
