"""Closing, sharing and deleting a place, each with what hangs on it."""

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Location, Membership
from scheduling.models import Conflict
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory_admin,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization(name="Mairie de Lens")


@pytest.fixture
def sister(organization):
    return make_organization(territory=organization.territory, name="Mairie de Liévin")


@pytest.fixture
def location(organization):
    return make_location(organization=organization, name="Mairie annexe")


@pytest.fixture(autouse=True)
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


def url(name, organization, location):
    return reverse(f"scheduling:location_{name}", args=[organization.slug, location.pk])


def text(response):
    page = response.content.decode()
    return page.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


def shared_with(location):
    return set(location.shared_with.order_by("pk"))


class TestClosing:
    def test_says_in_numbers_and_names_what_it_means(self, client, organization, location):
        motif = make_motif(organization=organization)
        desk = make_desk(location=location, name="Guichet A")
        make_opening(calendar=desk.calendar, motifs=[motif], location=location)
        dupont = make_citizen(organization=organization, last_name="Dupont")
        make_appointment(motif=motif, calendar=desk.calendar, location=location, citizen=dupont)
        make_appointment(motif=motif, location=location)

        page = text(client.get(url("close", organization, location)))

        assert "5 créneaux libres des quatre semaines qui viennent disparaissent." in page
        assert "1 plage d'ouverture s'y tient, et reste, sans créneau sur place" in page
        assert "1 guichet s'y trouve" in page
        assert page.count(">Guichet A</a>") == 2
        assert "2 rendez-vous à venir s'y tiennent : rien n'est annulé et personne n'est prévenu." in page
        assert "Camille DUPONT" in page

    def test_of_an_empty_place_says_that_nothing_happens(self, client, organization, location):
        page = text(client.get(url("close", organization, location)))

        assert "Aucun rendez-vous à venir ne s'y tient." in page
        assert "guichet" not in page.split("<main")[1]

    def test_leaves_rdvs_to_settle_and_reopening_takes_them_back(self, client, organization, location):
        motif = make_motif(organization=organization)
        desk = make_desk(location=location)
        make_opening(calendar=desk.calendar, motifs=[motif], location=location)
        make_appointment(motif=motif, calendar=desk.calendar, location=location)
        by_phone = make_motif(organization=organization, location_kind="phone")
        opening = make_opening(motifs=[by_phone], location=location)
        make_appointment(motif=by_phone, calendar=opening.calendar, starts_at=paris(MONDAY, 10))

        response = client.post(url("close", organization, location), follow=True)
        location.refresh_from_db()
        assert location.closed_at == NOW
        assert response.redirect_chain[-1][0] == reverse("scheduling:conflict_list", args=[organization.slug])
        assert "1 rendez-vous à venir s'y tient : à régler ici." in text(response)

        client.post(url("reopen", organization, location))
        location.refresh_from_db()
        assert location.is_open
        assert not Conflict.objects.exists()

    def test_counts_what_sisters_have_there_and_never_names_it(self, client, organization, location, sister):
        location.shared_with.add(sister)
        motif = make_motif(organization=sister, name="Secret")
        desk = make_desk(organization=sister, location=location, name="Guichet secret")
        make_opening(calendar=desk.calendar, motifs=[motif], location=location)
        make_appointment(motif=motif, calendar=desk.calendar, location=location)

        page = text(client.get(url("close", organization, location)))
        assert "qui s'en sert aussi, y a 1 plage d'ouverture, 1 guichet, 1 rendez-vous à venir." in page
        assert "ecret" not in page
        response = client.post(url("close", organization, location), follow=True)

        assert "Mairie de Liévin : 1 rendez-vous à venir s'y tient, à régler par ses agents." in text(response)

    def test_twice_keeps_the_first_moment(self, client, organization, location):
        client.post(url("close", organization, location))
        with time_machine.travel(paris(MONDAY, 8), tick=False):
            client.post(url("close", organization, location))

        location.refresh_from_db()
        assert location.closed_at == NOW

    @pytest.mark.parametrize("count", [1, 6])
    def test_costs_the_same_for_little_and_for_much(
        self, client, organization, location, sister, assert_query_count, count
    ):
        location.shared_with.add(sister)
        for owner in (organization, sister):
            for number in range(count):
                motif = make_motif(organization=owner)
                desk = make_desk(organization=owner, location=location)
                make_opening(calendar=desk.calendar, motifs=[motif], location=location)
                starts_at = paris(MONDAY, 9 + number)
                make_appointment(motif=motif, calendar=desk.calendar, location=location, starts_at=starts_at)

        with assert_query_count("location_close"):
            client.get(url("close", organization, location))


class TestSharing:
    def test_offers_the_sisters_of_the_territory_and_nobody_else(self, client, organization, location, sister):
        make_organization()

        form = client.get(url("share", organization, location)).context["form"]

        assert list(form.fields["shared_with"].queryset) == [sister]

    @pytest.mark.parametrize("who", ["of the organization", "of the territory"])
    def test_is_an_administrators_and_can_be_taken_back(self, client, organization, location, sister, who):
        if who == "of the territory":
            client.force_login(make_territory_admin(territory=organization.territory))

        client.post(url("share", organization, location), {"shared_with": [sister.pk]})
        assert shared_with(location) == {sister}
        client.post(url("share", organization, location), {})
        assert shared_with(location) == set()

    def test_with_another_territory_is_refused(self, client, organization, location, sister):
        response = client.post(url("share", organization, location), {"shared_with": [make_organization().pk]})

        assert response.status_code == 422
        assert shared_with(location) == set()

    def test_is_not_the_sisters_to_pass_on(self, client, organization, location, sister):
        location.shared_with.add(sister)
        client.force_login(make_agent(organization=sister, role=Membership.Role.ADMIN))

        assert client.get(url("share", sister, location)).status_code == 404
        assert client.post(url("close", sister, location)).status_code == 404
        assert client.post(url("reopen", sister, location)).status_code == 404
        assert client.post(url("delete", sister, location)).status_code == 404

    def test_is_not_taken_back_from_who_uses_it(self, client, organization, location, sister):
        location.shared_with.add(sister)
        motif = make_motif(organization=sister)
        desk = make_desk(organization=sister, location=location)
        make_opening(calendar=desk.calendar, motifs=[motif], location=location)
        make_appointment(motif=motif, calendar=desk.calendar, location=location)

        response = client.post(url("share", organization, location), {})

        assert response.status_code == 422
        refusal = "Ce partage ne peut pas être retiré. Mairie de Liévin : "
        assert f"{refusal}1 plage d'ouverture, 1 guichet, 1 rendez-vous à venir." in text(response)
        assert shared_with(location) == {sister}

    def test_is_taken_back_when_everything_there_is_past(self, client, organization, location, sister):
        location.shared_with.add(sister)
        motif = make_motif(organization=sister)
        make_opening(motifs=[motif], location=location)
        make_appointment(motif=motif, location=location)

        with time_machine.travel(NOW.replace(year=2027), tick=False):
            client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
            client.post(url("share", organization, location), {})

        assert shared_with(location) == set()

    def test_says_beside_each_sister_what_it_has_there(self, client, organization, location, sister):
        location.shared_with.add(sister)
        make_desk(organization=sister, location=location)

        assert '<span class="row-note">1 guichet</span>' in text(client.get(url("share", organization, location)))

    def test_has_nobody_to_offer_in_a_territory_of_one(self, client, organization, location):
        assert "Aucune autre organisation" in text(client.get(url("share", organization, location)))

    @pytest.mark.parametrize("count", [1, 6])
    def test_costs_the_same_for_one_sister_and_for_many(
        self, client, organization, location, assert_query_count, count
    ):
        for _ in range(count):
            sister = make_organization(territory=organization.territory)
            location.shared_with.add(sister)
            make_desk(organization=sister, location=location)

        with assert_query_count("location_share"):
            client.get(url("share", organization, location))


class TestDeleting:
    def test_a_place_that_never_served(self, client, organization, location, sister):
        location.shared_with.add(sister)

        assert "Il n'a jamais servi" in text(client.get(url("delete", organization, location)))
        response = client.post(url("delete", organization, location), follow=True)

        assert not Location.objects.filter(pk=location.pk).exists()
        assert "est supprimé." in text(response)

    def test_a_used_one_is_refused_with_its_uses_named_and_closing_it_offered(
        self, client, organization, location, sister
    ):
        location.shared_with.add(sister)
        motif = make_motif(organization=organization)
        make_desk(location=location, archived_at=NOW)
        make_opening(motifs=[motif], location=location)
        make_appointment(motif=motif, location=location)
        make_desk(organization=sister, location=location)
        used = "Mairie de Lens : 1 plage d'ouverture, 1 guichet archivé, 1 rendez-vous à venir."

        page = text(client.get(url("delete", organization, location)))
        assert used in page
        assert "Mairie de Liévin : 1 guichet." in page
        assert url("close", organization, location) in page
        response = client.post(url("delete", organization, location))

        assert response.status_code == 422
        assert "Ce lieu a servi et reste." in text(response)
        assert Location.objects.filter(pk=location.pk).exists()

    def test_is_refused_for_what_is_past_too(self, client, organization, location):
        motif = make_motif(organization=organization)
        make_appointment(motif=motif, location=location)
        make_opening(motifs=[motif], location=location)

        with time_machine.travel(NOW.replace(year=2027), tick=False):
            client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
            response = client.post(url("delete", organization, location))

        assert "1 plage d'ouverture terminée, 1 rendez-vous passé ou annulé." in text(response)


def test_the_list_and_the_page_of_a_place_say_with_whom_it_is_shared(client, organization, location, sister):
    location.shared_with.add(sister)

    assert "Partagé avec Mairie de Liévin" in text(
        client.get(reverse("organizations:location_list", args=[organization.slug]))
    )
    page = text(client.get(reverse("organizations:location_edit", args=[organization.slug, location.pk])))
    assert "Aussi à la disposition de Mairie de Liévin." in page
