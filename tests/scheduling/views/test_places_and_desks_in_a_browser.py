"""On a phone: an agent changes the desk of their service, then the administrator closes the place it is in."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Desk, Membership
from tests.browsers import seen_by_axe
from tests.factories import (
    make_agent,
    make_appointment,
    make_citizen,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_unit,
    paris,
)

LONG = "Accompagnement des personnes âgées et de leurs proches aidants"


@pytest.fixture
def organization(transactional_db):
    return make_organization(name="Maison des solidarités", open_weekdays=list(range(7)))


@pytest.fixture
def unit(organization):
    return make_unit(territory=organization.territory, name="Protection maternelle et infantile")


@pytest.fixture
def desk(organization, unit):
    motif = make_motif(organization=organization, units=[unit], name=LONG)
    for name in ("Première demande", "Renouvellement"):
        make_option(motif=motif, name=name)
    make_motif(organization=organization, units=[unit], name="Pesée")
    location = make_location(organization=organization, name=f"{LONG} – antenne d'Arras-Ouest")
    desk = make_desk(location=location, motifs=[motif], units=[unit], name="Salle des jeunes parents")
    now = timezone.now()
    tomorrow = timezone.localdate() + timedelta(days=1)
    make_opening(
        calendar=desk.calendar, motifs=[motif], location=location, first_day=tomorrow, rrule="FREQ=DAILY", now=now
    )
    citizen = make_citizen(organization=organization, first_name="Anne-Sophie", last_name="de la Rochefoucauld")
    make_appointment(
        motif=motif,
        calendar=desk.calendar,
        location=location,
        citizen=citizen,
        starts_at=paris(tomorrow, 10),
        now=now,
    )
    return desk


def sign_in(phone, client, live_server, agent):
    client.force_login(agent)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    phone.context.add_cookies([cookie])


def fits_and_is_accessible(page):
    serious = {"serious", "critical"}
    assert [item["id"] for item in seen_by_axe(page).response["violations"] if item["impact"] in serious] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_desk_is_changed_by_its_service_and_its_place_closed(organization, unit, desk, phone, client, live_server):
    sign_in(phone, client, live_server, make_agent(organization=organization, units=[unit]))
    phone.goto(reverse("scheduling:desk_list", args=[organization.slug]))
    fits_and_is_accessible(phone)
    expect(phone.get_by_role("link", name="Ajouter un guichet")).to_have_count(0)
    phone.get_by_role("link", name="Modifier Salle des jeunes parents").click()
    expect(phone.get_by_text("Première demande, Renouvellement")).to_be_visible()
    fits_and_is_accessible(phone)
    phone.get_by_label("Nom", exact=True).fill("Salle 2")
    phone.get_by_label("Pesée").check()
    phone.get_by_role("button", name="Enregistrer").click()
    expect(phone.get_by_text("« Salle 2 » est enregistré.")).to_be_visible()
    assert Desk.objects.get().motifs.count() == 2

    sign_in(phone, client, live_server, make_agent(organization=organization, role=Membership.Role.ADMIN))
    phone.goto(reverse("organizations:location_list", args=[organization.slug]))
    phone.get_by_role("link", name=f"Fermer {desk.location}").click()
    expect(phone.get_by_text("1 rendez-vous à venir s'y tient")).to_be_visible()
    expect(phone.get_by_text("Anne-Sophie DE LA ROCHEFOUCAULD")).to_be_visible()
    fits_and_is_accessible(phone)
    phone.get_by_role("button", name="Fermer le lieu").click()
    expect(phone.get_by_role("heading", name="RDV à régler")).to_be_visible()
    expect(phone.get_by_text("hors des plages d'ouverture").first).to_be_visible()
    phone.goto(reverse("scheduling:location_share", args=[organization.slug, desk.location_id]))
    fits_and_is_accessible(phone)
    phone.goto(reverse("scheduling:location_delete", args=[organization.slug, desk.location_id]))
    expect(phone.get_by_text("Ce lieu a servi, et reste")).to_be_visible()
    fits_and_is_accessible(phone)
