"""Prescribers at their door: who they are, what their device keeps of it, and what they may choose from."""

from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from booking_portal.identities import _COOKIE, KEPT_FOR
from organizations.models import Motif
from tests.booking_portal.conftest import JEANNE, door, introduce, step_url, template_of, text_of
from tests.factories import (
    NOW,
    make_motif,
    make_opening,
    make_organization,
    make_partner_type,
    make_territory,
    make_workshop,
)

pytestmark = pytest.mark.django_db


def offer(organization, **fields):
    """A motif that an opening carries."""
    motif = make_motif(organization=organization, **fields)
    make_opening(motifs=[motif], **({"location": None} if fields.get("location_kind") else {}))
    return motif


def open_way(client, territory, **parameters):
    return client.get(step_url("service_choice", territory, pour="autrui", **parameters), follow=True)


class TestIdentity:
    def test_is_asked_before_anything_is_chosen_and_leads_back(self, client, now, organization, territory):
        offer(organization, name="Ouvert"), offer(organization, name="Ouvert aussi")
        asked = open_way(client, territory)

        assert template_of(asked) == "prescriber_identity"
        answer = client.post(asked.redirect_chain[-1][0], JEANNE)
        assert answer.url == step_url("service_choice", territory, pour="autrui")
        assert "Jeanne DUPONT (CCAS d'Arras)" in text_of(client.get(answer.url, follow=True))

    def test_what_is_missing_is_said_and_what_was_typed_is_kept(self, client, territory):
        answer = introduce(client, territory, email="jeanne@", structure="")

        assert answer.status_code == 422
        assert "Indiquez la structure où vous travaillez." in text_of(answer)
        assert 'value="jeanne@"' in text_of(answer)
        assert _COOKIE not in answer.cookies

    def test_is_kept_for_the_territory_alone_out_of_reach_of_scripts(self, client, territory):
        cookie = introduce(client, territory).cookies[_COOKIE]

        assert cookie["path"] == f"/prendre-rdv/{territory.slug}/"
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        assert cookie["max-age"] == KEPT_FOR.total_seconds()

    def test_names_of_any_length_and_script_fit_into_it(self, client, territory):
        long = {"first_name": "é😀" * 40, "last_name": "ß漢" * 40, "structure": "ñ字" * 60}
        cookie = introduce(client, territory, **long).cookies[_COOKIE]

        assert len(cookie.OutputString()) < 4096

    def test_known_the_page_says_who_it_is_and_lets_them_correct_it(self, client, territory):
        introduce(client, territory)
        page = client.get(door(territory))

        text = text_of(page)
        assert "Jeanne DUPONT (CCAS d'Arras)" in text
        assert "Ce n'est pas vous ?" in text
        assert 'value="jeanne@ccas.example"' in text
        introduce(client, territory, first_name="Jeannette")
        assert "Jeannette DUPONT" in text_of(client.get(door(territory)))

    def test_is_forgotten_when_it_is_somebody_else(self, client, territory):
        introduce(client, territory)
        client.post(reverse("booking_portal:prescriber_forget", args=[territory.slug]))

        assert "Jeanne" not in text_of(client.get(door(territory)))
        assert client.get(reverse("booking_portal:prescriber_forget", args=[territory.slug])).status_code == 405

    @pytest.mark.parametrize("spoil", [lambda kept: kept + "x", lambda kept: "", lambda kept: "a:b:c", str.upper])
    def test_forged_it_is_nobody(self, client, territory, spoil):
        introduce(client, territory)
        client.cookies[_COOKIE] = spoil(client.cookies[_COOKIE].value)

        assert "Jeanne" not in text_of(client.get(door(territory)))

    def test_of_another_territory_it_is_nobody(self, client, territory):
        other = make_territory()
        introduce(client, other)
        client.cookies[_COOKIE]["path"] = "/"

        assert "Jeanne" not in text_of(client.get(door(territory)))

    def test_old_it_is_nobody(self, client, territory):
        introduce(client, territory)

        with time_machine.travel(timezone.now() + KEPT_FOR + timedelta(minutes=1)):
            assert "Jeanne" not in text_of(client.get(door(territory)))

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://evil.example/prendre-rdv/pas-de-calais/",
            "//evil.example/prendre-rdv/pas-de-calais/",
            "/\\evil.example",
            "javascript:alert(1)",
            "/compte/login/",
            "/prendre-rdv/ailleurs/",
            "/prendre-rdv/pas-de-calais/../../compte/login/",
            "/prendre-rdv/pas-de-calais/reserver/quitter/",
            "/prendre-rdv/pas-de-calais/choisir/prescripteur/oublier/",
            "/mes-rdv/pas-de-calais/",
            "/prendre-rdv/pas-de-calais/\r\nSet-Cookie: a=b",
            "http://[",
        ],
    )
    def test_it_leads_nowhere_but_to_a_step_of_its_territory(self, client, territory, elsewhere):
        make_territory(slug="ailleurs")

        answer = client.post(f"{door(territory)}?{urlencode({'next': elsewhere})}", JEANNE)

        assert answer.url == step_url("service_choice", territory, pour="autrui")

    def test_robots_are_caught(self, client, territory):
        assert introduce(client, territory, website="https://spam.example").status_code == 422

    def test_the_page_costs_the_same_for_many_types(self, client, territory, assert_query_count):
        for _ in range(12):
            make_partner_type(territory=territory)
        introduce(client, territory, partner_type="autre")

        with assert_query_count("prescriber_identity"):
            assert client.get(door(territory)).status_code == 200

    def test_an_unknown_territory_is_not_found(self, client):
        assert client.get("/prendre-rdv/nulle-part/choisir/prescripteur/").status_code == 404
        assert client.post("/prendre-rdv/nulle-part/choisir/prescripteur/oublier/").status_code == 404


class TestPartnerTypes:
    def test_none_is_asked_where_the_territory_has_none(self, client, territory):
        assert "Type de partenaire" not in text_of(client.get(door(territory)))

    def test_one_is_to_be_chosen_and_other_is_an_answer(self, client, territory):
        kind = make_partner_type(territory=territory, name="Association")

        assert introduce(client, territory).status_code == 422
        assert introduce(client, territory, partner_type="autre").status_code == 302
        assert introduce(client, territory, partner_type=str(kind.pk)).status_code == 302

    @pytest.mark.parametrize("forged", ["0", "-1", "9" * 30, "x"])
    def test_no_other_is_taken(self, client, territory, forged):
        make_partner_type(territory=territory)

        assert introduce(client, territory, partner_type=forged).status_code == 422

    def test_nor_one_of_another_territory(self, client, territory):
        make_partner_type(territory=territory)
        foreign = make_partner_type()

        assert introduce(client, territory, partner_type=str(foreign.pk)).status_code == 422


class TestRights:
    """Who may choose what."""

    @pytest.fixture
    def kinds(self, territory):
        return [make_partner_type(territory=territory, name=name) for name in ("Association", "Médecin")]

    @pytest.fixture
    def motifs(self, organization, now, kinds):
        audiences = Motif.BookingAudience
        for name, audience in [
            ("Agents", audiences.AGENTS),
            ("Prescripteurs", audiences.PRESCRIBERS),
            ("Lien", audiences.LINK),
            ("Tous", audiences.EVERYONE),
        ]:
            offer(organization, name=name, slug=name.lower(), booking_audience=audience)
        for name, audience in [("Médecins", audiences.PRESCRIBERS), ("Tous, médecins", audiences.EVERYONE)]:
            offer(organization, name=name, booking_audience=audience).partner_types.set([kinds[1]])
        offer(organization, name="Suivi", booking_audience=audiences.PRESCRIBERS, is_follow_up=True)

    def listed(self, client, territory, **parameters):
        text = text_of(client.get(step_url("service_choice", territory, **parameters), follow=True))
        names = ["Agents", "Prescripteurs", "Lien", "Tous", "Médecins", "Tous, médecins", "Suivi"]
        return {name for name in names if f">{name}<" in text}

    def test_citizens_see_what_they_saw(self, client, territory, motifs):
        introduce(client, territory, partner_type="autre")

        assert self.listed(client, territory) == {"Tous", "Tous, médecins"}

    def test_prescribers_see_theirs_too_but_what_is_for_other_partners(self, client, territory, motifs):
        introduce(client, territory, partner_type="autre")

        assert self.listed(client, territory, pour="autrui") == {"Prescripteurs", "Tous"}

    def test_of_the_named_type_they_see_what_is_reserved_to_it(self, client, territory, motifs, kinds):
        introduce(client, territory, partner_type=str(kinds[1].pk))

        listed = {"Prescripteurs", "Tous", "Médecins", "Tous, médecins"}
        assert self.listed(client, territory, pour="autrui") == listed

    def entry(self, client, territory, organization, slug, **parameters):
        address = reverse("booking_portal:motif_entry", args=[territory.slug, organization.slug, slug])
        return client.get(address, parameters, follow=True)

    @pytest.mark.parametrize(
        ("slug", "opens"), [("agents", False), ("prescripteurs", True), ("lien", True), ("tous", True)]
    )
    def test_by_its_address(self, client, territory, organization, motifs, slug, opens):
        introduce(client, territory, partner_type="autre")
        page = self.entry(client, territory, organization, slug, pour="autrui")

        assert ("Ce motif ne peut pas être réservé par votre structure" not in text_of(page)) is opens
        assert ("motif=" + slug in page.redirect_chain[-1][0]) is opens
        assert "pour=autrui" in page.redirect_chain[-1][0]

    def test_theirs_stays_closed_to_a_citizen_who_guesses_its_address(self, client, territory, organization, motifs):
        introduce(client, territory, partner_type="autre")

        page = self.entry(client, territory, organization, "prescripteurs")

        assert "Ce motif n'est pas proposé en ligne" in text_of(page)

    def test_the_link_for_prescribers_asks_first_who_they_are_then_opens(self, client, territory, organization, motifs):
        page = self.entry(client, territory, organization, "prescripteurs", pour="autrui")
        assert template_of(page) == "prescriber_identity"

        page = client.post(page.redirect_chain[-1][0], JEANNE | {"partner_type": "autre"}, follow=True)
        assert template_of(page) == "slot_choice"
        assert parse_qs(urlsplit(page.redirect_chain[-1][0]).query)["pour"] == ["autrui"]

    def test_workshops_are_listed_likewise(self, client, territory, organization, now):
        motif = make_motif(
            organization=organization, name="Atelier", is_collective=True, booking_audience="prescribers"
        )
        make_workshop(motif=motif, title="Budget", now=NOW)
        introduce(client, territory)

        assert "Budget" in text_of(open_way(client, territory))
        assert "Budget" not in text_of(client.get(step_url("service_choice", territory), follow=True))

    def test_nothing_of_another_territory(self, client, territory, motifs):
        offer(make_organization(), name="Ailleurs", booking_audience="prescribers")
        introduce(client, territory, partner_type="autre")

        assert "Ailleurs" not in text_of(open_way(client, territory))


class TestWay:
    def test_every_page_where_a_way_begins_leads_to_it(self, client, opening, territory):
        page = client.get(step_url("service_choice", territory), follow=True)

        assert template_of(page) == "slot_choice"
        assert "/prescripteur/?next=" in text_of(page)
        assert "pour%3Dautrui" in text_of(page)

    def test_what_left_a_citizen_no_choice_leaves_them_theirs(self, client, opening, organization, territory):
        offer(organization, name="Accès aux droits", booking_audience="prescribers")
        page = client.get(step_url("service_choice", territory), follow=True)
        assert template_of(page) == "slot_choice"

        page = client.post(page.context["prescriber_url"], JEANNE, follow=True)

        assert template_of(page) == "motif_choice"
        assert "Accès aux droits" in text_of(page)

    def test_it_is_no_page_for_search_engines(self, client, opening, territory):
        introduce(client, territory)

        assert "noindex" in text_of(open_way(client, territory))

    def test_in_a_frame_it_opens_in_the_whole_window(self, client, opening, territory):
        page = client.get(step_url("service_choice", territory, pour="autrui"), headers={"Sec-Fetch-Dest": "iframe"})

        assert template_of(page) == "outside_frame"
