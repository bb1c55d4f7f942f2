"""The way to the slot: what is listed, what is skipped, what happens to addresses that say nonsense."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from organizations.models import Motif
from tests.booking_portal.conftest import address_of, slot_url_of, step_url, template_of, text_of
from tests.factories import (
    MONDAY,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
    make_unavailability,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db


def offer(organization, *, units=(), location=None, **fields):
    """A motif that an opening carries."""
    motif = make_motif(organization=organization, units=units, **fields)
    make_opening(motifs=[motif], **({"location": location} if location else {}))
    return motif


@pytest.fixture
def portal(territory):
    return step_url("service_choice", territory)


class TestService:
    def test_services_of_the_listed_motifs_are_offered_and_the_others_come_last(
        self, client, now, organization, portal
    ):
        unit = make_unit(territory=organization.territory, name="État civil")
        make_unit(territory=organization.territory, name="Service sans motif")
        offer(organization, units=[unit])
        offer(organization)

        text = text_of(client.get(portal))

        assert text.index("État civil") < text.index("Autres démarches")
        assert "Service sans motif" not in text

    def test_one_service_is_skipped(self, client, now, organization, portal):
        offer(organization), offer(organization)

        assert template_of(client.get(portal, follow=True)) == "motif_choice"

    def test_one_motif_in_one_lieu_leads_straight_to_the_slots(self, client, opening, portal):
        response = client.get(portal, follow=True)

        assert template_of(response) == "slot_choice"
        assert len(response.redirect_chain) == 1

    def test_nothing_to_book_says_so_with_a_way_on(self, client, now, organization, portal):
        response = client.get(portal)

        assert response.status_code == 200
        assert "Aucun rendez-vous n'est proposé en ligne" in text_of(response)

    def test_an_unknown_territory_is_not_found(self, client):
        assert client.get(reverse("booking_portal:service_choice", args=["nulle-part"])).status_code == 404


class TestMotif:
    def test_the_same_motif_of_several_organizations_is_one_card(self, client, now, territory, organization, portal):
        sister = make_organization(territory=territory)
        for each in (organization, sister):
            offer(each, name="Passeport", slug="passeport")
        offer(organization, name="Mariage")

        text = text_of(client.get(portal, follow=True))

        assert text.count(">Passeport<") == 1

    def test_the_same_name_by_phone_is_another_card(self, client, now, organization, portal):
        offer(organization, name="Conseil", slug="conseil")
        other = make_organization(territory=organization.territory)
        offer(other, name="Conseil", slug="conseil", location_kind="phone")

        assert text_of(client.get(portal, follow=True)).count(">Conseil<") == 2

    @pytest.mark.parametrize(
        "unlisted",
        [
            {"booking_audience": Motif.BookingAudience.AGENTS},
            {"booking_audience": Motif.BookingAudience.PRESCRIBERS},
            {"booking_audience": Motif.BookingAudience.LINK},
            {"archived_at": timezone.now()},
            {"is_collective": True},
            {"is_follow_up": True},
        ],
        ids=lambda fields: next(iter(fields)),
    )
    def test_only_what_is_for_everybody_is_listed(self, client, now, organization, portal, unlisted):
        offer(organization, name="Pour tous"), offer(organization, name="Aussi pour tous")
        offer(organization, name="Caché", **unlisted)

        text = text_of(client.get(portal, follow=True))

        assert "Pour tous" in text
        assert "Caché" not in text

    def test_a_motif_that_no_opening_carries_is_not_listed(self, client, now, organization, portal):
        offer(organization, name="Ouvert"), offer(organization, name="Ouvert aussi")
        make_motif(organization=organization, name="Sans plage")

        assert "Sans plage" not in text_of(client.get(portal, follow=True))

    def test_what_is_given_by_link_opens_by_its_address(self, client, now, organization):
        motif = offer(organization, name="Discret", booking_audience=Motif.BookingAudience.LINK)

        response = client.get(slot_url_of(motif))

        assert response.status_code == 200
        assert "Discret" in text_of(response)

    def test_a_motif_for_agents_does_not_open_by_its_address(self, client, now, organization, opening):
        hidden = offer(organization, name="Réservé", booking_audience=Motif.BookingAudience.AGENTS)

        response = client.get(slot_url_of(hidden), follow=True)

        assert "Réservé" not in text_of(response)
        assert "Ce motif n'est pas proposé en ligne" in text_of(response)

    def test_the_link_of_one_organization_does_not_reveal_what_others_give_by_link(
        self, client, now, territory, opening
    ):
        sister = make_organization(territory=territory)
        place = make_location(organization=sister, name="Annexe discrète")
        offer(sister, slug=opening.motifs.get().slug, booking_audience=Motif.BookingAudience.LINK, location=place)

        text = text_of(client.get(step_url("service_choice", territory), follow=True))

        assert "Annexe discrète" not in text


class TestOrganizationLink:
    def test_narrows_the_portal_to_the_organization(self, client, now, territory, organization):
        offer(organization, name="Ici"), offer(organization, name="Ici aussi")
        offer(make_organization(territory=territory), name="Ailleurs")

        response = client.get(
            reverse("booking_portal:organization_entry", args=[territory.slug, organization.slug]), follow=True
        )

        assert "Ici" in text_of(response)
        assert "Ailleurs" not in text_of(response)
        assert "organisation=mairie-d-arras" in address_of(response)

    def test_of_another_territory_is_not_found(self, client, territory):
        stranger = make_organization()
        url = reverse("booking_portal:organization_entry", args=[territory.slug, stranger.slug])

        assert client.get(url).status_code == 404

    def test_that_is_spoilt_leads_to_the_territory_with_a_word(self, client, territory, opening):
        stranger = make_organization()
        response = client.get(step_url("motif_choice", territory, organisation=stranger.slug), follow=True)

        assert response.status_code == 200
        assert "Cette organisation n'est pas proposée ici" in text_of(response)
        assert stranger.name not in text_of(response)

    def test_to_one_motif_leads_past_the_steps_before_it(self, client, now, territory, organization):
        motif = offer(organization, booking_audience=Motif.BookingAudience.LINK)
        offer(organization), offer(organization)
        url = reverse("booking_portal:motif_entry", args=[territory.slug, organization.slug, motif.slug])

        assert template_of(client.get(url, follow=True)) == "slot_choice"

    def test_to_a_motif_that_is_gone_says_so(self, client, territory, organization, opening):
        url = reverse("booking_portal:motif_entry", args=[territory.slug, organization.slug, "disparu"])

        response = client.get(url, follow=True)

        assert "Ce motif n'est pas proposé en ligne" in text_of(response)


class TestOption:
    @pytest.fixture
    def identity(self, organization, now):
        motif = offer(organization, name="Pièces d'identité")
        make_option(motif=motif, name="Carte d'identité", position=1)
        make_option(motif=motif, name="Passeport", position=2, duration=timedelta(hours=1))
        return motif

    def test_is_asked_before_the_slots(self, client, identity, portal):
        response = client.get(portal, follow=True)

        assert template_of(response) == "option_choice"
        assert "Passeport" in text_of(response)

    def test_changes_how_long_the_rendez_vous_is(self, client, identity):
        slots = client.get(slot_url_of(identity, option="passeport"))

        assert "11 h" in text_of(slots)
        assert "11 h 30" not in text_of(slots)

    def test_that_is_missing_is_asked_for(self, client, identity):
        response = client.get(slot_url_of(identity), follow=True)

        assert template_of(response) == "option_choice"
        assert "Précisez d'abord votre demande" in text_of(response)

    def test_that_is_archived_is_not_offered(self, client, identity, portal):
        identity.options.filter(name="Passeport").update(archived_at=timezone.now())

        assert template_of(client.get(portal, follow=True)) == "slot_choice"

    def test_several_persons_take_longer(self, client, now, organization, portal):
        family = offer(organization, max_persons=3)

        assert template_of(client.get(portal, follow=True)) == "option_choice"
        slots = client.get(slot_url_of(family, personnes=3))

        assert "10 h 30" in text_of(slots)
        assert "11 h" not in text_of(slots).replace("11 h 05", "")

    @pytest.mark.parametrize("persons", ["", "0", "4", "-1", "1e9", "deux", "9" * 30])
    def test_a_number_of_persons_out_of_bounds_is_asked_again(self, client, now, organization, persons):
        family = offer(organization, max_persons=3)

        response = client.get(slot_url_of(family, personnes=persons), follow=True)

        assert template_of(response) == "option_choice"


class TestInstructions:
    @pytest.fixture
    def strict(self, organization, now):
        return offer(organization, instructions_before="Apportez une photo.")

    def test_are_accepted_before_slots_show(self, client, strict, portal):
        asked = client.get(portal, follow=True)
        assert template_of(asked) == "instructions"
        assert "Apportez une photo." in text_of(asked)

        slots = client.post(address_of(asked), follow=True)

        assert template_of(slots) == "slot_choice"

    def test_cannot_be_passed_by_the_address_of_the_slots(self, client, strict):
        response = client.get(slot_url_of(strict), follow=True)

        assert template_of(response) == "instructions"
        assert "lisez et acceptez ces instructions" in text_of(response)

    def test_a_shared_address_asks_the_next_person_too(self, client, strict, client_of_somebody_else):
        shared = address_of(client.post(step_url("instructions", strict.organization.territory), follow=True))

        assert template_of(client.get(shared)) == "slot_choice"
        assert template_of(client_of_somebody_else.get(shared, follow=True)) == "instructions"

    def test_that_have_changed_are_asked_anew(self, client, strict):
        client.post(step_url("instructions", strict.organization.territory))
        Motif.objects.update(instructions_before="Apportez deux photos.")

        assert template_of(client.get(slot_url_of(strict), follow=True)) == "instructions"


class TestPlace:
    @pytest.fixture
    def two_places(self, motif, now):
        late = make_location(organization=motif.organization, name="Annexe")
        soon = make_location(organization=motif.organization, name="Hôtel de ville")
        make_opening(motifs=[motif], location=late, first_day=now.date() + timedelta(days=1))
        make_opening(motifs=[motif], location=soon)
        return soon, late

    def test_the_soonest_is_on_top_with_its_next_slot(self, client, two_places, portal):
        text = text_of(client.get(portal, follow=True))

        assert text.index("Hôtel de ville") < text.index("Annexe")
        assert "lundi 2 mars, 9 h" in text
        assert "mardi 3 mars, 9 h" in text

    def test_that_is_hidden_or_closed_is_not_offered(self, client, two_places, motif, portal):
        soon, _late = two_places
        soon.closed_at = timezone.now()
        soon.save()

        response = client.get(portal, follow=True)

        assert template_of(response) == "slot_choice"
        assert "Annexe" in text_of(response)
        assert "Hôtel de ville" not in text_of(response)

    def test_without_a_slot_comes_last_and_says_so(self, client, two_places, motif, portal):
        full = make_location(organization=motif.organization, name="Agence complète")
        opening = make_opening(motifs=[motif], location=full)
        make_unavailability(calendar=opening.calendar, organization=motif.organization)

        text = text_of(client.get(portal, follow=True))

        assert text.index("Annexe") < text.index("Agence complète")
        assert "Aucun créneau pour le moment" in text

    @pytest.mark.parametrize("place", ["0", "x", "999999999999999999999999", "-3", "\x00", "é" * 300])
    def test_that_does_not_exist_is_asked_again(self, client, two_places, motif, place):
        response = client.get(slot_url_of(motif, lieu=place), follow=True)

        assert template_of(response) == "place_choice"

    def test_of_another_territory_is_refused(self, client, two_places, motif):
        foreign = make_opening(motifs=[make_motif()]).location

        response = client.get(slot_url_of(motif, lieu=foreign.pk), follow=True)

        assert template_of(response) == "place_choice"
        assert "n'est pas proposé dans ce lieu" in text_of(response)
        assert foreign.name not in text_of(response)

    def test_many_are_searched_by_the_beginning_of_a_word(self, client, motif, now, territory):
        for name in ("Béthune", "Lens", "Liévin", "Calais", "Arras", "Avion", "Hénin", "Carvin"):
            make_opening(motifs=[motif], location=make_location(organization=motif.organization, name=name, city=name))

        text = text_of(client.get(step_url("place_choice", territory, motif=motif.slug, ou="beth")))

        assert ">Béthune<" in text
        assert ">Lens<" not in text

    def test_a_search_that_finds_nothing_leads_back_to_the_list(self, client, two_places, motif, territory):
        text = text_of(client.get(step_url("place_choice", territory, motif=motif.slug, ou="Marseille")))

        assert "Rien ne correspond à « Marseille »" in text
        assert "Voir tous les lieux" in text

    def test_by_phone_the_organization_is_chosen_instead(self, client, now, territory, organization, portal):
        sister = make_organization(territory=territory, name="Maison du département")
        for each in (organization, sister):
            offer(each, slug="conseil", location_kind="phone")

        asked = client.get(portal, follow=True)

        assert "Avec quelle organisation ?" in text_of(asked)
        slots = client.get(step_url("slot_choice", territory, motif="conseil", aupres=sister.slug))
        assert template_of(slots) == "slot_choice"

    def test_by_phone_with_one_organization_nothing_is_asked(self, client, now, organization, portal):
        offer(organization, location_kind="phone")

        assert template_of(client.get(portal, follow=True)) == "slot_choice"


class TestWayBack:
    def test_leads_to_the_last_step_that_had_a_choice(self, client, now, organization):
        units = [make_unit(territory=organization.territory) for _ in range(2)]
        motif = offer(organization, units=units[:1])
        offer(organization, units=units[1:])

        slots = client.get(slot_url_of(motif))

        assert slots.context["back_url"] == step_url("service_choice", organization.territory)

    def test_never_leads_round_in_a_circle(self, client, now, organization):
        """Going back from page to page ends at the front door."""
        units = [make_unit(territory=organization.territory) for _ in range(2)]
        motif = offer(organization, units=units, instructions_before="À lire.", max_persons=2)
        offer(organization, units=units)
        make_opening(motifs=[motif])
        client.post(step_url("instructions", organization.territory, motif=motif.slug, personnes=2))
        places = client.get(step_url("place_choice", organization.territory, motif=motif.slug, personnes=2))
        url, seen = places.context["places"][0][1], []

        while url != "/":
            response = client.get(url)
            assert response.status_code == 200, url
            seen.append(template_of(response))
            url = response.context["back_url"]

        assert seen == ["slot_choice", "place_choice", "option_choice", "motif_choice", "service_choice"]

    def test_to_the_front_door_from_the_first_step(self, client, opening, portal):
        assert client.get(portal, follow=True).context["back_url"] == "/"

    def test_choices_are_named_with_a_way_to_change_them(self, client, now, organization):
        motif = offer(organization, name="Passeport")
        offer(organization)

        (chosen, place) = client.get(slot_url_of(motif)).context["choices"]

        assert (chosen["value"], urlsplit(chosen["url"]).path) == (
            "Passeport",
            step_url("motif_choice", organization.territory),
        )
        assert place["url"] is None


STEPS = ["service_choice", "motif_choice", "option_choice", "instructions", "place_choice", "slot_choice"]
STEPS += ["slot_taken", "who", "code"]


def test_every_step_can_be_entered_first(client, territory, opening):
    for step in STEPS:
        assert client.get(step_url(step, territory), follow=True).status_code == 200, step


@pytest.mark.parametrize(
    "parameters",
    [
        {"motif": "../../etc", "mode": "x", "lieu": "' OR 1=1 --", "debut": "2026-02-30T25:61Z"},
        {"motif": "carte-d-identite", "debut": "0001-01-01T00:00+23:59", "lieu": "٣"},
        {"motif": "carte-d-identite", "debut": "9999-12-31T23:59-23:59", "jour": "9999-12-31"},
        {"motif": "\x00", "service": "\x00", "organisation": "\x00", "option": "\x00", "jour": "\x00"},
        {"motif": "<script>alert(1)</script>", "service": "9" * 400, "personnes": "١", "jour": "0000-00-00"},
        {"motif": "carte-d-identite", "debut": "2026-03-02T08:00Z", "aupres": "x", "jour": "2200-12-31"},
    ],
)
def test_spoilt_parameters_never_break_a_step(client, territory, opening, parameters):
    for step in STEPS:
        response = client.get(step_url(step, territory, **parameters), follow=True)
        assert response.status_code == 200, step
        assert "<script>alert" not in response.content.decode(), step


def test_no_step_shows_another_territory(client, territory, opening):
    foreign = make_territory(slug="ailleurs")
    secret = offer(make_organization(territory=foreign, name="Secret"), name="Motif secret")

    for step in STEPS:
        url = step_url(step, territory, motif=secret.slug, organisation=secret.organization.slug)
        text = text_of(client.get(url, follow=True))
        assert "ecret" not in text


def test_addresses_carry_only_the_choices_made_before(client, now, territory, organization):
    motif = offer(organization)
    offer(organization)

    slots = client.get(slot_url_of(motif, debut="2026-03-02T08:00Z", n_importe="quoi"))

    query = parse_qs(urlsplit(slots.context["action_url"]).query)
    assert query == {"motif": [motif.slug], "mode": ["sur-place"]}


def test_a_choice_that_no_organization_offers_as_a_whole_is_asked_for_again(client, territory, now):
    """One has the option, the other the number of persons: each is offered, and nobody offers both."""
    for option, most in (("Urgent", 1), ("Normal", 3)):
        organization = make_organization(territory=territory)
        motif = make_motif(organization=organization, name="Passeport", slug="passeport", max_persons=most)
        make_option(motif=motif, name=option)
        make_opening(motifs=[motif], rrule="FREQ=DAILY")
    chosen = {"motif": "passeport", "mode": "sur-place", "option": "urgent", "personnes": 3}

    for step in ("slot_choice", "slot_month", "place_choice"):
        answer = client.get(step_url(step, territory, **chosen), follow=True)
        assert template_of(answer) == "option_choice", step
        assert "Ce choix n'est pas possible" in text_of(answer)
    taken = client.post(step_url("slot_choice", territory, **chosen), {"debut": paris(MONDAY, 9).isoformat()})
    assert taken["Location"].startswith(step_url("option_choice", territory))
