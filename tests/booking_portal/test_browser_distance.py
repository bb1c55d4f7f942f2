"""« Les plus proches de moi », in a browser that says where it is, and in one that does not."""

import pytest
from playwright.sync_api import expect

from tests.booking_portal.conftest import step_url
from tests.factories import make_location, make_motif, make_opening, make_organization

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_nearest_come_first_once_the_browser_says_where_it_is(phone):
    motif = make_motif(organization=make_organization())
    for name, latitude, longitude in (("Mairie", 50.291, 2.777), ("Port", 50.951, 1.858)):
        place = make_location(organization=motif.organization, name=name, latitude=latitude, longitude=longitude)
        make_opening(motifs=[motif], location=place, rrule="FREQ=DAILY")
    address = step_url("place_choice", motif.organization.territory, motif=motif.slug)

    phone.goto(address)
    phone.get_by_role("button", name="Les plus proches de moi").click()
    expect(phone.get_by_role("status").filter(has_text="Votre position n'est pas connue")).to_be_visible()

    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"latitude": 50.94, "longitude": 1.86})
    phone.get_by_role("button", name="Les plus proches de moi").click()
    expect(phone.get_by_text("à vol d'oiseau")).to_be_visible()
    expect(phone.get_by_role("listitem").filter(has_text="km").first).to_contain_text("Port")
