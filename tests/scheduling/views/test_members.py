from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from organizations.models import Membership
from scheduling.models import Opening
from tests.factories import (
    make_agent,
    make_appointment,
    make_membership,
    make_motif,
    make_opening,
    make_organization,
    make_territory_admin,
    make_unit,
)

pytestmark = pytest.mark.django_db

ADMIN, BASIC = Membership.Role.ADMIN, Membership.Role.BASIC


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def admin(organization, client):
    admin = make_agent(organization=organization, role=ADMIN, last_name="Roux")
    client.force_login(admin)
    return admin


def url(organization, name, *arguments):
    return reverse(f"scheduling:{name}", args=[organization.slug, *arguments])


def text(response):
    return response.content.decode().replace("&#x27;", "'").replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")


class TestTheList:
    def test_says_who_may_do_what(self, client, organization, admin):
        unit = make_unit(territory=organization.territory, name="PMI")
        make_membership(organization=organization, units=[unit])
        make_membership(organization=organization, is_front_desk=True)
        page = text(client.get(url(organization, "member_list")))

        for sentence in ("Tout dans l'organisation", "Voit et réserve pour tous les services", "Son agenda et ceux"):
            assert sentence in page
        assert "PMI" in page

    def test_names_who_administers_the_territory(self, client, organization, admin):
        above = make_territory_admin(territory=organization.territory)

        assert above.get_full_name() in text(client.get(url(organization, "member_list")))

    def test_of_nobody_yet_leads_to_the_first_invitation(self, client, organization):
        client.force_login(make_territory_admin(territory=organization.territory))

        assert "Une invitation suffit" in text(client.get(url(organization, "member_list")))
        assert "répond à cette recherche" in text(client.get(url(organization, "member_list"), {"q": "Roux"}))

    def test_finds_by_name_or_address(self, client, organization, admin):
        make_agent(organization=organization, last_name="Zidane")

        assert "Zidane" in text(client.get(url(organization, "member_list"), {"q": "zida"}))
        assert "Zidane" not in text(client.get(url(organization, "member_list"), {"q": "roux"}))

    def test_shows_nobody_of_another_organization(self, client, organization, admin):
        make_agent(organization=make_organization(territory=organization.territory), last_name="Ailleurs")

        assert "Ailleurs" not in text(client.get(url(organization, "member_list")))

    @pytest.mark.parametrize("number", [1, 5])
    def test_costs_the_same_however_many(self, client, organization, admin, assert_query_count, number):
        unit = make_unit(territory=organization.territory)
        for _ in range(number):
            member = make_membership(organization=organization, units=[unit])
            make_opening(
                calendar=member.agent.calendar, motifs=[make_motif(organization=organization)], rrule="FREQ=DAILY"
            )

        with assert_query_count("member_list"):
            assert client.get(url(organization, "member_list")).status_code == 200


class TestChanging:
    def test_role_and_services_at_once(self, client, organization, admin):
        unit = make_unit(territory=organization.territory)
        member = make_membership(organization=organization)
        response = client.post(url(organization, "member_edit", member.pk), {"role": ADMIN, "units": [unit.pk]})

        assert response.status_code == 302
        member.refresh_from_db()
        assert (member.role, list(member.units.all())) == (ADMIN, [unit])

    def test_the_last_administrator_is_refused_and_keeps_what_was_typed(self, client, organization, admin):
        response = client.post(
            url(organization, "member_edit", admin.memberships.get().pk), {"role": BASIC, "is_front_desk": "on"}
        )

        assert response.status_code == 422
        assert "garde toujours un administrateur" in text(response)
        assert admin.memberships.get().role == ADMIN

    def test_a_service_that_an_opening_uses_is_refused_and_nothing_is_written(self, client, organization, admin):
        unit = make_unit(territory=organization.territory, name="PMI")
        member = make_membership(organization=organization, units=[unit])
        motif = make_motif(organization=organization, units=[unit])
        make_opening(calendar=member.agent.calendar, motifs=[motif], title="Accueil", rrule="FREQ=WEEKLY;BYDAY=MO")
        response = client.post(url(organization, "member_edit", member.pk), {"role": ADMIN, "units": []})

        assert response.status_code == 422
        assert "« Accueil » (tous les lundis de 9 h à 12 h, sans fin). Changez d'abord ses plages" in text(response)
        member.refresh_from_db()
        assert (member.role, list(member.units.all())) == (BASIC, [unit])

    def test_a_service_of_another_territory_is_refused(self, client, organization, admin):
        member, strange = make_membership(organization=organization), make_unit()
        response = client.post(url(organization, "member_edit", member.pk), {"role": BASIC, "units": [strange.pk]})

        assert response.status_code == 422
        assert not member.units.exists()

    def test_a_member_of_another_organization_is_not_found(self, client, organization, admin):
        stranger = make_membership(organization=make_organization(territory=organization.territory))

        for name in ("member_edit", "member_remove"):
            assert client.get(url(organization, name, stranger.pk)).status_code == 404
            assert client.post(url(organization, name, stranger.pk), {"role": ADMIN}).status_code == 404


class TestRemoving:
    def test_says_in_numbers_what_goes_and_does_it(self, client, organization, admin):
        member = make_membership(organization=organization)
        make_opening(calendar=member.agent.calendar, motifs=[make_motif(organization=organization)])
        address = url(organization, "member_remove", member.pk)
        assert "1 plage" in text(client.get(address))

        assert client.post(address).status_code == 302
        assert not Opening.objects.exists()
        assert not Membership.objects.filter(pk=member.pk).exists()

    def test_lists_the_appointments_that_keep_somebody(self, client, organization, admin):
        member = make_membership(organization=organization)
        make_appointment(
            motif=make_motif(organization=organization),
            calendar=member.agent.calendar,
            starts_at=timezone.now() + timedelta(days=2),
        )
        address = url(organization, "member_remove", member.pk)
        assert "1 rendez-vous" in text(client.get(address))

        response = client.post(address)
        assert response.status_code == 422
        assert Membership.objects.filter(pk=member.pk).exists()

    def test_offers_to_move_or_cancel_each_and_leads_back(self, client, organization, admin):
        member = make_membership(organization=organization)
        appointment = make_appointment(
            motif=make_motif(organization=organization),
            calendar=member.agent.calendar,
            starts_at=timezone.now() + timedelta(days=2),
        )
        address = url(organization, "member_remove", member.pk)
        page = text(client.get(address))
        for name in ("appointment_move", "appointment_cancel"):
            assert f"{url(organization, name, appointment.pk)}?next={address}" in page
        assert "Retirer de l'organisation" not in page

        cancel = url(organization, "appointment_cancel", appointment.pk)
        assert f'name="next" value="{address}"' in text(client.get(cancel, {"next": address}))
        response = client.post(cancel, {"status": "cancelled_by_agent", "next": address})
        assert response["Location"] == address
        assert client.post(address).status_code == 302

    def test_shows_the_first_appointments_and_counts_the_rest(self, client, organization, admin, assert_query_count):
        member, motif = make_membership(organization=organization), make_motif(organization=organization)
        for day in range(2, 24):
            make_appointment(
                motif=motif, calendar=member.agent.calendar, starts_at=timezone.now() + timedelta(days=day)
            )
        with assert_query_count("member_remove"):
            page = text(client.get(url(organization, "member_remove", member.pk)))

        assert "22 rendez-vous à venir" in page
        assert page.count(">Déplacer<") == 20
        assert "et 2 de plus" in page


class TestLeaving:
    @pytest.fixture
    def member(self, organization, client):
        member = make_membership(organization=organization)
        client.force_login(member.agent)
        return member

    def test_is_in_the_menu_of_the_account(self, client, organization, member):
        assert url(organization, "member_leave") in text(client.get(url(organization, "today")))

    def test_takes_the_agent_out_with_their_openings(self, client, organization, member):
        make_opening(calendar=member.agent.calendar, motifs=[make_motif(organization=organization)])
        assert "1 plage" in text(client.get(url(organization, "member_leave")))
        response = client.post(url(organization, "member_leave"), follow=True)

        assert "Vous ne faites plus partie de" in text(response)
        assert not Membership.objects.filter(pk=member.pk).exists()
        assert not Opening.objects.exists()
        assert client.get(url(organization, "today")).status_code == 404

    def test_waits_for_the_own_appointments(self, client, organization, member):
        appointment = make_appointment(
            motif=make_motif(organization=organization),
            calendar=member.agent.calendar,
            starts_at=timezone.now() + timedelta(days=2),
        )
        response = client.post(url(organization, "member_leave"))

        assert response.status_code == 422
        assert url(organization, "appointment_move", appointment.pk) in text(response)
        assert Membership.objects.filter(pk=member.pk).exists()

    def test_is_refused_to_the_last_administrator(self, client, organization, admin):
        response = client.post(url(organization, "member_leave"))

        assert response.status_code == 422
        assert "garde toujours un administrateur" in text(response)

    def test_is_nothing_for_who_administers_the_territory_only(self, client, organization):
        client.force_login(make_territory_admin(territory=organization.territory))
        page = text(client.post(url(organization, "member_leave"), follow=True))

        assert "Vous n'êtes pas membre de cette organisation" in page
        assert "Quitter" not in page


def test_the_list_says_where_somebody_without_login_goes(client, organization, admin):
    page = text(client.get(url(organization, "member_list")))

    assert f'<a href="{url(organization, "desk_list")}">guichet</a>' in page
