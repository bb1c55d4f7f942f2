"""Pages of the desks."""

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Desk, Membership
from scheduling.models import Calendar
from tests.factories import (
    NOW,
    make_agent,
    make_appointment,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    make_unit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def location(organization):
    return make_location(organization=organization, name="Mairie annexe")


@pytest.fixture(autouse=True)
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


def url(name, organization, pk=None):
    return reverse(f"scheduling:{name}", args=[organization.slug, *([pk] if pk else [])])


def text(response):
    page = response.content.decode()
    return page.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


def typed(location, **fields):
    return {"name": "Guichet 1", "kind": "Identité", "location": location.pk} | fields


class TestAdding:
    def test_begins_with_a_place(self, client, organization):
        assert "Il manque un lieu" in text(client.get(url("desk_add", organization)))

    def test_writes_a_desk_with_its_calendar(self, client, organization, location):
        motif = make_motif(organization=organization)
        unit = make_unit(territory=organization.territory)

        client.post(url("desk_add", organization), typed(location, motifs=[motif.pk], units=[unit.pk]))

        desk = Desk.objects.get()
        assert (desk.organization, desk.location, desk.kind) == (organization, location, "Identité")
        assert (list(desk.motifs.all()), list(desk.units.all())) == ([motif], [unit])
        assert Calendar.objects.filter(desk=desk).exists()

    def test_refuses_a_name_taken_in_the_same_place(self, client, organization, location):
        make_desk(location=location, name="Guichet 1")

        response = client.post(url("desk_add", organization), typed(location))

        assert response.status_code == 422
        assert "Un guichet de ce lieu porte déjà ce nom." in text(response)

    def test_refuses_a_name_of_who_was_faster_than_the_form(self, client, organization, location, monkeypatch):
        """The button pressed twice: both forms have looked, and one writes first."""
        make_desk(location=location, name="Guichet 1")
        monkeypatch.setattr(Desk, "validate_constraints", lambda *_, **__: None)

        response = client.post(url("desk_add", organization), typed(location))

        assert response.status_code == 422
        assert "Un guichet de ce lieu porte déjà ce nom." in text(response)

    @pytest.mark.parametrize("other", ["sister", "territory"])
    @pytest.mark.parametrize("field", ["location", "motifs"])
    def test_refuses_what_belongs_to_somebody_else(self, client, organization, location, field, other):
        theirs = make_organization(territory=organization.territory if other == "sister" else None)
        forged = make_location(organization=theirs) if field == "location" else make_motif(organization=theirs)

        response = client.post(url("desk_add", organization), typed(location) | {field: [forged.pk]})

        assert response.status_code == 422
        assert field in response.context["form"].errors

    def test_refuses_a_service_of_another_territory(self, client, organization, location):
        make_unit(territory=organization.territory)
        forged = make_unit(territory=make_territory())

        response = client.post(url("desk_add", organization), typed(location, units=[forged.pk]))

        assert "units" in response.context["form"].errors

    def test_a_place_shared_by_a_sister_may_be_chosen(self, client, organization):
        shared = make_location(organization=make_organization(territory=organization.territory))
        shared.shared_with.add(organization)

        client.post(url("desk_add", organization), typed(shared))

        assert Desk.objects.get().location == shared


class TestEditing:
    def test_tells_how_many_openings_follow_to_another_place(self, client, organization, location):
        desk = make_desk(location=location)
        motif = make_motif(organization=organization)
        make_opening(calendar=desk.calendar, motifs=[motif], location=location)
        new = make_location(organization=organization)

        response = client.post(url("desk_edit", organization, desk.pk), typed(new), follow=True)

        assert "1 plage d'ouverture le suit dans son nouveau lieu." in text(response)

    def test_tells_of_openings_that_still_carry_a_motif_no_longer_served(self, client, organization, location):
        motif = make_motif(organization=organization)
        desk = make_desk(location=location, motifs=[motif])
        make_opening(calendar=desk.calendar, motifs=[motif], location=location)

        response = client.post(url("desk_edit", organization, desk.pk), typed(location), follow=True)

        assert "1 plage d'ouverture porte encore un motif que le guichet ne sert plus" in text(response)

    def test_keeps_what_was_archived_or_closed_since_on_offer(self, client, organization, location):
        motif = make_motif(organization=organization, archived_at=NOW)
        desk = make_desk(location=location, motifs=[motif])
        location.closed_at = NOW
        location.save()

        response = client.post(url("desk_edit", organization, desk.pk), typed(location, motifs=[motif.pk]))

        assert response.status_code == 302
        assert list(desk.motifs.all()) == [motif]

    def test_of_a_sister_organization_does_not_exist(self, client, organization):
        theirs = make_desk(organization=make_organization(territory=organization.territory))

        for page in ("desk_edit", "desk_archive", "desk_unarchive"):
            assert client.post(url(page, organization, theirs.pk)).status_code == 404


def test_archiving_says_what_stays_and_can_be_undone(client, organization, location):
    desk = make_desk(location=location)
    motif = make_motif(organization=organization)
    make_opening(calendar=desk.calendar, motifs=[motif], location=location)
    make_appointment(motif=motif, calendar=desk.calendar, location=location)

    page = text(client.get(url("desk_archive", organization, desk.pk)))
    assert "Les créneaux libres de 1 plage d'ouverture disparaissent." in page
    assert "1 rendez-vous à venir reste : rien n'est annulé." in page
    client.post(url("desk_archive", organization, desk.pk))
    assert desk.name in text(client.get(url("desk_list", organization), {"archives": 1}))
    client.post(url("desk_unarchive", organization, desk.pk))

    assert Desk.objects.get().archived_at is None


@pytest.mark.parametrize("count", [1, 9])
def test_the_list_costs_the_same_for_one_row_and_for_many(client, organization, assert_query_count, count):
    for _ in range(count):
        motif = make_motif(organization=organization)
        desk = make_desk(organization=organization, motifs=[motif], units=[make_unit(territory=organization.territory)])
        make_opening(calendar=desk.calendar, motifs=[motif], location=desk.location)

    with assert_query_count("desk_list"):
        page = client.get(url("desk_list", organization))

    assert "1 plage" in text(page)
