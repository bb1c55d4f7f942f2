"""Placing an RDV by hand: one page that keeps what was typed, warns of what stands against it, and places once."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Citizen, Membership, Motif
from scheduling.models import Appointment, AppointmentCalendar
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
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

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, scope="module")
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(scope="module")
def organization(rows_of_the_module):
    return make_organization()


@pytest.fixture(scope="module")
def social(organization):
    return make_unit(territory=organization.territory)


@pytest.fixture(scope="module")
def location(organization):
    return make_location(organization=organization, name="Centre social")


@pytest.fixture(scope="module")
def motif(organization, social):
    return make_motif(organization=organization, units=[social], name="Accès aux droits")


@pytest.fixture(scope="module")
def agent(organization, social):
    return make_agent(organization=organization, units=[social], first_name="Alice", last_name="Delcourt")


@pytest.fixture(autouse=True)
def _signed_in(client, agent):
    client.force_login(agent)


@pytest.fixture(scope="module")
def opening(agent, motif, location):
    return make_opening(calendar=agent.calendar, motifs=[motif], location=location)


@pytest.fixture(scope="module")
def citizen(organization):
    return make_citizen(organization=organization, first_name="Fatima", last_name="Benali", phone="+33612345678")


@pytest.fixture
def address(organization):
    def address(**asked):
        return reverse("scheduling:appointment_place", args=[organization.slug], query=asked)

    return address


@pytest.fixture
def typed(agent, motif, location, citizen):
    """Everything that places an RDV for Fatima on Monday at 10, with what is given typed instead."""

    def typed(**given):
        fields = {
            "placer": "1",
            "agenda": agent.calendar.pk,
            "motif": motif.pk,
            "jour": MONDAY.isoformat(),
            "debut": "10h",
            "fin": "",
            "lieu": location.pk,
            "existing": citizen.pk,
            "notify_by_email": "on",
            "notify_by_sms": "on",
            "idempotency_key": str(uuid4()),
        } | given
        return {name: value for name, value in fields.items() if value is not None}

    return typed


def text(response):
    return response.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


def shown_warnings(response):
    return [sentence.replace("\u00a0", " ") for sentence in response.context["form"].warnings]


class TestThePage:
    def test_has_what_the_agenda_says_in_its_address(self, client, address, agent, opening, location, motif):
        make_opening(calendar=agent.calendar, motifs=[motif], location=location, first_day=TUESDAY)

        response = client.get(address(agenda=agent.calendar.pk, jour=TUESDAY, debut="09:30", fin="10:15"))

        form = response.context["form"]
        assert [str(form[name].value()) for name in ("agenda", "jour", "debut", "fin")] == [
            str(agent.calendar.pk), "2026-03-03", "9h30", "10h15",
        ]  # fmt: skip
        assert form["motif"].value() == str(motif.pk) or form["motif"].value() == motif.pk  # The only one.
        assert form["lieu"].value() == location.pk
        assert shown_warnings(response) == []

    def test_warns_before_anything_is_sent(self, client, address, agent, opening):
        response = client.get(address(agenda=agent.calendar.pk, jour=MONDAY, debut="14:00", fin="15:00"))

        assert response.status_code == 200
        assert shown_warnings(response) == ["Agenda « Alice Delcourt » : hors de ses plages d'ouverture."]

    def test_opens_from_a_plain_link(self, client, address, agent, motif):
        assert client.get(address()).status_code == 200

    def test_offers_the_motifs_that_the_calendar_may_have(self, client, address, organization, social, agent, motif):
        other = make_motif(organization=organization, units=[social], name="Impôts")
        make_motif(organization=organization, units=[make_unit(territory=organization.territory)], name="Vaccins")
        make_motif(organization=organization, units=[social], name="Atelier", is_collective=True)
        desk = make_desk(organization=organization, units=[social], motifs=[other])

        def offered(calendar):
            choices = client.get(address(agenda=calendar.pk)).context["form"].fields["motif"].choices
            return [str(label) for value, label in choices if value]

        assert offered(agent.calendar) == ["Accès aux droits", "Impôts"]
        assert offered(desk.calendar) == ["Impôts"]

    def test_leads_to_an_unavailability_of_the_same_hours_and_to_the_slots_of_that_day(
        self, client, address, agent, motif
    ):
        asked = {"agenda": agent.calendar.pk, "jour": MONDAY, "debut": "09:30", "fin": "10:15"}

        content = text(client.get(address(**asked, next="/ici/")))

        query = f"agenda={agent.calendar.pk}&amp;jour=2026-03-02&amp;debut=09%3A30&amp;fin=10%3A15&amp;next=%2Fici%2F"
        assert f"/indisponibilites/ajouter/?{query}" in content
        assert "/trouver-un-rdv/?du=2026-03-02&amp;moment=matin" in content

    def test_query_count(self, client, address, agent, opening, assert_query_count):
        with assert_query_count("appointment_place"):
            client.get(address(agenda=agent.calendar.pk, jour=MONDAY, debut="09:30", fin="10:15"))

    def test_costs_no_more_with_more_motifs_agents_and_openings(
        self, client, address, organization, social, agent, opening, assert_query_count
    ):
        for _ in range(3):
            motif = make_motif(organization=organization, units=[social])
            make_option(motif=motif)
            colleague = make_agent(organization=organization, units=[social])
            make_opening(calendar=colleague.calendar, motifs=[motif])
            make_appointment(motif=motif, calendar=colleague.calendar)

        with assert_query_count("appointment_place"):
            client.get(address(agenda=agent.calendar.pk, jour=MONDAY, debut="09:30", fin="10:15"))


class TestPlacing:
    def test_for_somebody_known(self, client, address, typed, agent, citizen, location, opening):
        response = client.post(address(), typed(context_note="Vient avec sa fille"))

        appointment = Appointment.objects.get()
        assert response.url == reverse(
            "scheduling:appointment_detail", args=[agent.memberships.get().organization.slug, appointment.pk]
        )
        assert (appointment.starts_at, appointment.ends_at) == (paris(MONDAY, 10), paris(MONDAY, 10, 30))
        assert list(appointment.calendars.order_by("pk")) == [agent.calendar]
        assert (appointment.location, appointment.context_note) == (location, "Vient avec sa fille")
        assert appointment.participations.get().citizen == citizen
        assert appointment.created_by == agent

    def test_goes_back_to_the_agenda_it_came_from(self, client, address, typed, opening):
        assert client.post(address(), typed(next="/o/x/agenda/?vue=jour")).url == "/o/x/agenda/?vue=jour"
        other = typed(next="https://ailleurs.example/", jour=TUESDAY.isoformat())
        confirmed = client.post(address(), other).context["form"].fingerprint
        assert client.post(address(), other | {"confirmed": confirmed}).url.startswith("/o/")

    def test_for_somebody_new(self, client, address, typed, organization, opening):
        client.post(
            address(), typed(existing=None, last_name="Martin", first_name="Zoé", phone="06 11 22 33 44", email="")
        )

        citizen = Appointment.objects.get().participations.get().citizen
        assert (str(citizen), str(citizen.phone)) == ("Zoé MARTIN", "+33611223344")
        assert citizen in Citizen.objects.for_organization(organization)

    def test_warns_of_a_record_that_may_be_the_same_person(self, client, address, typed, opening, citizen):
        new = {"existing": None, "last_name": "Benali", "first_name": "Fatima", "phone": "06 12 34 56 78"}
        sent = typed(**new)

        response = client.post(address(), sent)
        assert response.status_code == 422
        assert "Cette personne a peut-être déjà une fiche" in text(response)
        client.post(address(), sent | {"create_anyway": "1"})

        assert Citizen.objects.filter(last_name="Benali").count() == 2

    @pytest.mark.parametrize(
        ("debut", "fin", "minutes"),
        [("10 h 15", "11:00", 45), ("9", "", 30), ("23h", "24h", 60), ("08:05", "8h20", 15)],
    )
    def test_reads_hours_as_people_write_them(self, client, address, typed, opening, debut, fin, minutes):
        sent = typed(debut=debut, fin=fin)

        warned = client.post(address(), sent)
        client.post(address(), sent | {"confirmed": warned.context["form"].fingerprint} if warned.context else sent)

        appointment = Appointment.objects.get()
        assert appointment.ends_at - appointment.starts_at == timedelta(minutes=minutes)

    def test_reads_days_as_people_write_them(self, client, address, typed, opening):
        client.post(address(), typed(jour="02/03/2026"))

        assert Appointment.objects.get().starts_at == paris(MONDAY, 10)

    def test_with_two_agendas(self, client, address, typed, organization, social, agent, motif, opening):
        colleague = make_agent(organization=organization, units=[social])
        make_opening(calendar=colleague.calendar, motifs=[motif], location=opening.location)

        client.post(address(), typed(autres=[colleague.calendar.pk]))

        assert set(Appointment.objects.get().calendars.order_by("pk")) == {agent.calendar, colleague.calendar}

    def test_at_an_address_of_this_once(self, client, address, typed, opening):
        client.post(address(), typed(lieu="", adresse="Halle du marché, Arras"))

        appointment = Appointment.objects.get()
        assert (appointment.location, appointment.address) == (None, "Halle du marché, Arras")

    def test_by_phone_asks_for_the_number_and_no_place(self, client, address, typed, organization, social, opening):
        by_phone = make_motif(organization=organization, units=[social], location_kind=Motif.LocationKind.PHONE)
        sent = typed(motif=by_phone.pk, lieu="", phone="")

        assert "Indiquez le numéro à appeler." in text(client.post(address(), sent))
        client.post(address(), sent | {"phone": "06 12 34 56 78"})

        assert str(Appointment.objects.get().phone) == "+33612345678"

    def test_of_an_option_lasts_as_long_as_it(self, client, address, typed, motif, opening):
        option = make_option(motif=motif, duration=timedelta(minutes=50))

        refused = client.post(address(), typed())
        assert "Choisissez une option de ce motif." in text(refused)
        client.post(address(), typed(option=option.pk))

        appointment = Appointment.objects.get()
        assert appointment.option == option
        assert appointment.ends_at - appointment.starts_at == timedelta(minutes=50)

    def test_in_the_past_afterwards(self, client, address, typed, opening):
        sent = typed(debut="9h")
        with time_machine.travel(paris(MONDAY, 11), tick=False):
            warned = client.post(address(), sent)
            assert shown_warnings(warned) == ["Cette heure est passée."]
            client.post(address(), sent | {"confirmed": warned.context["form"].fingerprint})

        assert Appointment.objects.get().starts_at == paris(MONDAY, 9)

    def test_twice_by_a_double_click_is_once(self, client, address, typed, opening):
        sent = typed(existing=None, last_name="Martin", first_name="Zoé", phone="", email="z@example.org")

        first, second = client.post(address(), sent), client.post(address(), sent)

        assert first.url == second.url
        assert Appointment.objects.count() == Citizen.objects.filter(last_name="Martin").count() == 1


class TestWarnings:
    def test_keep_everything_typed_until_they_are_confirmed(self, client, address, typed, opening):
        sent = typed(debut="14h", context_note="Urgent")

        warned = client.post(address(), sent)

        assert warned.status_code == 422
        assert shown_warnings(warned) == ["Agenda « Alice Delcourt » : hors de ses plages d'ouverture."]
        assert "Urgent</textarea>" in text(warned)
        assert not Appointment.objects.exists()
        client.post(address(), sent | {"confirmed": warned.context["form"].fingerprint})
        assert Appointment.objects.get().starts_at == paris(MONDAY, 14)

    def test_that_were_not_shown_are_not_confirmed_by_a_tick_for_others(
        self, client, address, typed, motif, agent, opening
    ):
        sent = typed(debut="11h45", fin="12h15")
        confirmed = client.post(address(), sent).context["form"].fingerprint
        other = make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(MONDAY, 12))

        again = client.post(address(), sent | {"confirmed": confirmed})

        assert again.status_code == 422
        assert any("chevauche" in sentence for sentence in shown_warnings(again))
        assert Appointment.objects.get() == other

    def test_of_an_overlap_mark_it_once_confirmed(self, client, address, typed, motif, agent, opening):
        make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(MONDAY, 10, 15))
        sent = typed()

        client.post(address(), sent | {"confirmed": client.post(address(), sent).context["form"].fingerprint})

        assert AppointmentCalendar.objects.filter(is_overlap_confirmed=True).count() == 1
        assert Appointment.objects.count() == 2

    def test_of_a_citizen_who_has_this_motif_that_day(self, client, address, typed, motif, agent, citizen, opening):
        make_appointment(motif=motif, calendar=agent.calendar, citizen=citizen, starts_at=paris(MONDAY, 9))

        warned = client.post(address(), typed())

        assert shown_warnings(warned) == ["Fatima BENALI a déjà un rendez-vous « Accès aux droits » ce jour-là, à 9 h."]


class TestBeforeItIsSent:
    def test_choosing_a_citizen_keeps_what_was_typed(self, client, address, typed, opening, citizen):
        sent = typed(placer=None, existing=citizen.pk, context_note="Vient avec sa fille", debut="10h15", fin="11h")

        response = client.post(address(), sent)

        assert response.status_code == 200
        assert response.context["citizen"] == citizen
        assert response.context["form"]["fin"].value() == "11h"
        assert response.context["who"]["context_note"].value() == "Vient avec sa fille"
        assert not Appointment.objects.exists()

    def test_enter_in_the_search_searches(self, client, address, typed, opening, citizen):
        response = client.post(address(), typed(placer="entree", existing=None, q="benali"))

        assert response.status_code == 200
        assert response.context["citizens"] == [citizen]

    def test_who_is_not_found_is_written_down_without_typing_it_twice(self, client, address, typed, opening):
        response = client.post(address(), typed(placer=None, chercher="1", existing=None, q="Martin Zoé"))

        who = response.context["who"]
        assert (who["last_name"].value(), who["first_name"].value()) != (None, None)

    def test_a_change_of_motif_brings_its_questions(self, client, address, typed, organization, social, opening):
        many = make_motif(organization=organization, units=[social], max_persons=4)
        make_option(motif=many, name="Passeport")
        headers = {"HX-Request": "true", "HX-Target": "placing-motif"}

        response = client.post(address(), typed(placer=None, motif=many.pk, debut="14h"), headers=headers)

        content = text(response)
        assert response.status_code == 200
        assert "Passeport" in content
        assert "Nombre de personnes" in content
        assert "hors de ses plages d'ouverture" in content
        assert "<html" not in content

    def test_the_search_shows_whom_the_member_may_see(self, client, address, organization, agent, motif):
        shown = make_citizen(organization=organization, last_name="Durand")
        make_citizen(organization=make_organization(), last_name="Durand")
        headers = {"HX-Request": "true", "HX-Target": "placing-citizens"}

        response = client.get(address(q="durand"), headers=headers)

        assert response.context["citizens"] == [shown]


class TestIsRefused:
    def test_a_motif_that_a_colleagues_service_does_not_have(
        self, client, address, typed, organization, agent, opening
    ):
        pmi = make_unit(territory=organization.territory)
        colleague = make_agent(organization=organization, units=[pmi])
        Membership.objects.filter(agent=agent).update(is_front_desk=True)

        response = client.post(address(), typed(agenda=colleague.calendar.pk))

        assert response.status_code == 422
        assert "n'a pas le motif « Accès aux droits » parmi les siens" in text(response)

    @pytest.mark.parametrize("name", ["agenda", "motif", "lieu", "autres"])
    def test_what_is_anothers(self, client, address, typed, opening, name):
        elsewhere = make_organization()
        strange = {
            "agenda": make_agent(organization=elsewhere).calendar,
            "autres": make_agent(organization=elsewhere).calendar,
            "motif": make_motif(organization=elsewhere),
            "lieu": make_location(organization=elsewhere),
        }[name]

        assert client.post(address(), typed(**{name: strange.pk})).status_code == 422
        assert not Appointment.objects.exists()

    def test_a_citizen_of_others(self, client, address, typed, opening):
        stranger = make_citizen(organization=make_organization())

        assert client.post(address(), typed(existing=stranger.pk)).status_code == 404

    def test_a_follow_up_with_anybody_but_a_referent(
        self, client, address, typed, organization, social, agent, citizen, location
    ):
        follow_up = make_motif(organization=organization, units=[social], is_follow_up=True)
        make_opening(calendar=agent.calendar, motifs=[follow_up], location=location)

        assert "agent référent" in text(client.post(address(), typed(motif=follow_up.pk)))
        citizen.referents.add(agent)
        assert client.post(address(), typed(motif=follow_up.pk)).status_code == 302

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"debut": ""}, "Donnez l'heure de début."),
            ({"debut": "25h"}, "n'existe pas"),
            ({"debut": "midi"}, "n'est pas une heure"),
            ({"fin": "9h"}, "Le rendez-vous doit se terminer après son début."),
            ({"jour": "31/02/2026"}, "Cette date n'existe pas."),
            ({"motif": ""}, "Choisissez le motif."),
            ({"agenda": ""}, "Choisissez un agenda."),
            ({"lieu": ""}, "Choisissez un lieu, ou écrivez l'adresse"),
            ({"existing": None}, "Indiquez le nom."),
        ],
    )
    def test_what_is_missing_or_wrong_is_said(self, client, address, typed, opening, given, said):
        response = client.post(address(), typed(**given))

        assert response.status_code == 422
        assert said in text(response)


def test_of_another_organization_is_not_found(client, organization, agent, motif):
    other = make_organization(territory=organization.territory)

    assert client.get(reverse("scheduling:appointment_place", args=[other.slug])).status_code == 404


def test_the_day_after_tomorrow_is_where_it_is_typed(client, address, typed, opening):
    warned = client.post(address(), typed(jour=TUESDAY.isoformat()))
    client.post(address(), typed(jour=TUESDAY.isoformat(), confirmed=warned.context["form"].fingerprint))

    assert Appointment.objects.get().starts_at == paris(TUESDAY, 10)
