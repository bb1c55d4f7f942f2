"""The picture at its public address, and where it is shown."""

from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image

from organizations.services.territory_logos import set_logo
from tests.factories import make_agent, make_organization, make_territory_admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def territory(organization):
    written = BytesIO()
    Image.new("RGB", (60, 30)).save(written, format="PNG")
    set_logo(territory=organization.territory, uploaded=written.getvalue())
    organization.territory.refresh_from_db()
    return organization.territory


def test_everybody_reads_it_and_keeps_it_for_ever(client, territory, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = client.get(territory.logo_url)

    assert Image.open(BytesIO(response.content)).size == (60, 30)
    assert response["Content-Type"] == "image/png"
    assert {"public", "immutable", "max-age=31536000"} == set(response["Cache-Control"].split(", "))
    assert "Cookie" not in response.get("Vary", "")
    assert response["X-Content-Type-Options"] == "nosniff"


def test_an_address_of_none_is_not_found(client, territory):
    assert client.get(reverse("territory_logo", args=["0" * 64])).status_code == 404


def test_portal_and_back_office_show_it(client, organization, territory):
    def shown(name, slug):
        return territory.logo_url in client.get(reverse(name, args=[slug])).content.decode()

    assert shown("booking_portal:service_choice", territory.slug)
    client.force_login(make_agent(organization=organization))
    assert shown("scheduling:today", organization.slug)
    client.force_login(make_territory_admin(territory=territory))
    assert shown("scheduling:territory_overview", territory.slug)


def test_pages_ask_for_the_colours_under_an_address_that_changes_with_them(client, organization):
    territory = organization.territory
    client.force_login(make_agent(organization=organization))

    def addresses():
        pages = [
            reverse("scheduling:today", args=[organization.slug]),
            reverse("booking_portal:service_choice", args=[territory.slug]),
        ]
        style_sheet = reverse("theme_css", args=[territory.slug])
        return {style_sheet + client.get(page).content.decode().split(style_sheet)[1].split('"')[0] for page in pages}

    before = addresses()
    territory.accent_color = "#7A0019"
    territory.save(update_fields=["accent_color"])

    assert len(before) == len(addresses()) == 1
    assert addresses() == {f"{reverse('theme_css', args=[territory.slug])}?v=7a0019"} != before


class TestTheColoursThatAreTried:
    def css(self, client, color):
        response = client.get(reverse("theme_sample_css"), {"couleur": color})
        assert response["Content-Type"] == "text/css; charset=utf-8"
        return response.content.decode()

    def test_stay_within_the_sample(self, client):
        css = self.css(client, "#7a0019")

        assert css.startswith(".theme-sample {")
        assert "--accent-brand: #7a0019;" in css
        assert css.count("{") == 1

    @pytest.mark.parametrize("color", ["", "red", "#7a0019;} body {display:none", "\x00", "é" * 3000])
    def test_are_the_default_ones_where_it_is_no_colour(self, client, color):
        assert "--accent-brand: #17506e;" in self.css(client, color)

    def test_cost_no_query(self, client, django_assert_num_queries):
        with django_assert_num_queries(0):
            self.css(client, "#7a0019")
