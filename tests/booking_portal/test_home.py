"""The front door and the colours."""

import pytest
from django.urls import reverse

from booking_portal.theme import WHITE, contrast, theme_variables
from organizations.models import Membership, Territory
from tests.booking_portal.conftest import step_url, text_of
from tests.factories import (
    make_agent,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
    make_unit,
)

pytestmark = pytest.mark.django_db

HOME = reverse("booking_portal:home")


def test_territories_where_something_can_be_booked_are_listed(client, now, territory, opening):
    make_territory(name="Territoire sans rien")

    text = text_of(client.get(HOME))

    assert "Pas-de-Calais" in text
    assert "Territoire sans rien" not in text


def test_agents_find_the_way_in(client):
    assert reverse("account_login") in text_of(client.get(HOME))


def test_a_signed_in_agent_finds_each_of_their_organizations(client, organization):
    agent = make_agent(organization=organization)
    Membership.objects.create(agent=agent, organization=make_organization(name="Relais"))
    client.force_login(agent)

    text = text_of(client.get(HOME))

    assert reverse("scheduling:today", args=[organization.slug]) in text
    assert "Relais" in text


@pytest.mark.parametrize("is_local", [True, False])
def test_the_outbox_is_named_only_where_messages_stay(client, settings, is_local):
    settings.LOCAL_OUTBOX = is_local

    assert (reverse("notifications:outbox") in text_of(client.get(HOME))) == is_local


def test_home_costs_the_same_whatever_the_number_of_territories(client, now, assert_query_count):
    for _ in range(3):
        make_opening(motifs=[make_motif()])
    client.force_login(make_agent(organization=make_organization()))

    with assert_query_count("home"):
        client.get(HOME)


def test_the_steps_before_the_lieu_cost_the_same_whatever_they_offer(client, now, territory, assert_query_count):
    for _ in range(3):
        organization = make_organization(territory=territory)
        motif = make_motif(organization=organization, units=[make_unit(territory=territory)], slug="identite")
        other = make_motif(organization=organization, units=list(motif.units.all()), instructions_before="À lire.")
        make_option(motif=motif), make_option(motif=motif)
        make_opening(motifs=[motif]), make_opening(motifs=[other])
    unit = motif.units.get()

    with assert_query_count("service_choice"):
        client.get(step_url("service_choice", territory))
    with assert_query_count("motif_choice"):
        client.get(step_url("motif_choice", territory, service=unit.pk))
    with assert_query_count("option_choice"):
        client.get(step_url("option_choice", territory, motif="identite"))
    with assert_query_count("instructions"):
        client.get(step_url("instructions", territory, motif=other.slug))


class TestTheme:
    @pytest.mark.parametrize("color", ["#ffffff", "#ffff00", "#000000", "#1d4f91", "#ff0066", "#7f7f7f", "#00ff00"])
    def test_text_is_readable_whatever_the_colour(self, color):
        variables = theme_variables(color)

        accent, strong, soft = (parse(variables[f"--accent{name}"]) for name in ("", "-strong", "-soft"))
        assert contrast(accent, WHITE) >= 5
        assert contrast(strong, soft) >= 4.5
        assert variables["--accent-brand"] == color

    @pytest.mark.parametrize("color", ["red", "", "#fff", "#12345g", "#123456;} body{display:none", "#123456\n"])
    def test_what_is_no_colour_is_never_written(self, client, color):
        make_territory(slug="ici")
        Territory.objects.filter(slug="ici").update(accent_color=color[:7])

        css = client.get(reverse("theme_css", args=["ici"])).content.decode()

        assert "--accent-brand: #17506e;" in css or color[:7] == "#123456"
        assert "display" not in css

    def test_can_be_cached_by_everybody(self, client, territory):
        response = client.get(reverse("theme_css", args=[territory.slug]))

        assert response["Content-Type"] == "text/css; charset=utf-8"
        assert "public" in response["Cache-Control"]
        assert "Cookie" not in response.get("Vary", "")

    def test_of_nobody_is_not_found(self, client):
        assert client.get(reverse("theme_css", args=["nulle-part"])).status_code == 404


def parse(color):
    return tuple(int(color[start : start + 2], 16) for start in (1, 3, 5))
