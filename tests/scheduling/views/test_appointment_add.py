"""Booking a slot for a known or a new citizen: one transaction, nothing typed lost, nobody else's rows."""

import threading
import uuid
from datetime import date, time, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from organizations.models import Citizen, CitizenAccess, Membership, Motif
from scheduling.models import Appointment, Participation
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_clock_of_the_tests():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization(territory=make_territory())


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Accès aux droits", duration=timedelta(hours=1))


@pytest.fixture
def opening(motif):
    """Monday from 9 h to 12 h: three slots."""
    return make_opening(motifs=[motif])


def address(opening, motif, /, **changes):
    """Of the slot on Monday at 9 h."""
    asked = {
        "motif": motif.pk,
        "debut": "2026-03-02T08:00:00Z",
        "agenda": opening.calendar_id,
        "lieu": opening.location_id or "",
    } | changes
    page = reverse("scheduling:appointment_add", args=[motif.organization.slug])
    return f"{page}?{urlencode({name: value for name, value in asked.items() if value is not None})}"


def typed(**fields):
    return {
        "last_name": "Durand",
        "first_name": "Zoé",
        "phone": "06 12 34 56 78",
        "notify_by_email": "on",
        "idempotency_key": str(uuid.uuid4()),
    } | fields


def text(response):
    return response.content.decode().replace("&#x27;", "'")


class TestNewCitizen:
    def test_the_record_and_the_appointment_are_made_together(self, client, admin, motif, opening):
        response = client.post(
            address(opening, motif),
            typed(email="Zoe@exemple.fr", birth_date="12/05/1984", context_note="Vient avec sa sœur"),
        )

        appointment = Appointment.objects.get()
        assert response.url == reverse("scheduling:appointment_detail", args=[motif.organization.slug, appointment.pk])
        zoe = Citizen.objects.get()
        assert (zoe.last_name, str(zoe.phone), zoe.email) == ("Durand", "+33612345678", "zoe@exemple.fr")
        assert zoe.birth_date == date(1984, 5, 12)
        assert (appointment.starts_at, appointment.location, appointment.context_note) == (
            paris(MONDAY, 9),
            opening.location,
            "Vient avec sa sœur",
        )
        assert list(appointment.calendars.all()) == [opening.calendar]
        assert (appointment.created_by, appointment.phone) == (admin, "")
        participation = appointment.participations.get()
        assert participation.citizen == zoe
        assert (participation.notify_by_email, participation.notify_by_sms) == (True, False)

    def test_the_message_says_when(self, client, admin, motif, opening):
        response = client.post(address(opening, motif), typed(), follow=True)

        (message,) = response.context["messages"]
        assert str(message) == "Le rendez-vous est pris\u00a0: lundi 2\u00a0mars 2026 à\u00a09\u00a0h."

    def test_the_record_is_known_through_the_services_of_the_motif(self, client, organization):
        unit, other = (make_unit(territory=organization.territory) for _ in range(2))
        motif = make_motif(organization=organization, units=[unit], duration=timedelta(hours=1))
        agent = make_agent(organization=organization, units=[unit, other])
        client.force_login(agent)

        client.post(address(make_opening(calendar=agent.calendar, motifs=[motif]), motif), typed())

        assert [access.unit for access in CitizenAccess.objects.all()] == [unit]

    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            ("last_name", "", "Indiquez le nom."),
            ("first_name", "", "Indiquez le prénom."),
            ("phone", "12", "Ce numéro n'existe pas."),
            ("email", "zoe@", "Cette adresse n'est pas complète."),
            ("birth_date", "31/02/1984", "Cette date n'existe pas."),
            ("birth_date", "03/03/2026", "La date de naissance est dans le futur."),
        ],
    )
    def test_what_cannot_be_is_said_beside_its_field_and_stays_typed(
        self, client, admin, motif, opening, field, value, message
    ):
        response = client.post(address(opening, motif), typed(context_note="À garder", **{field: value}))

        assert response.status_code == 422
        assert text(response).count(message) == 2
        assert "À garder" in text(response)
        assert response.context["form"][field].value() == value
        assert not Citizen.objects.exists()
        assert not Appointment.objects.exists()

    def test_without_phone_nor_mail_the_appointment_is_possible(self, client, admin, motif, opening):
        assert client.post(address(opening, motif), typed(phone="")).status_code == 302

    def test_a_forged_key_is_refused_not_an_error(self, client, admin, motif, opening):
        assert client.post(address(opening, motif), typed(idempotency_key="x")).status_code == 422

    def test_what_was_searched_in_vain_is_not_typed_twice(self, client, admin, motif, opening):
        form = client.get(address(opening, motif, q="Zoé DURAND")).context["form"]

        assert (form["first_name"].value(), form["last_name"].value()) == ("Zoé", "DURAND")


class TestOnceOnly:
    def test_the_same_request_twice_makes_one_record_and_one_appointment(self, client, admin, motif, opening):
        request = typed()

        answers = [client.post(address(opening, motif), request) for _ in range(2)]

        assert answers[0].url == answers[1].url
        assert (Citizen.objects.count(), Appointment.objects.count()) == (1, 1)

    def test_the_slot_lost_meanwhile_leaves_no_record_behind(self, client, admin, motif, opening):
        make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9))
        before = Citizen.objects.count()

        response = client.post(address(opening, motif), typed(context_note="À garder"))

        assert response.status_code == 422
        assert Citizen.objects.count() == before
        assert Appointment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_record_and_one_appointment(organization, motif, opening):
    agent = make_agent(organization=organization, role=Membership.Role.ADMIN)
    request, barrier, answers = typed(), threading.Barrier(4), []

    def click():
        browser = Client()
        browser.force_login(agent)
        barrier.wait()
        answers.append(browser.post(address(opening, motif), request))
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.url for answer in answers}) == 1
    assert (Citizen.objects.count(), Appointment.objects.count(), Participation.objects.count()) == (1, 1, 1)


class TestKnownCitizen:
    @pytest.fixture
    def zoe(self, organization):
        return make_citizen(
            organization=organization,
            first_name="Zoé",
            last_name="Durand",
            phone="+33612345678",
            email="zoe@exemple.fr",
            notify_by_sms=False,
        )

    @pytest.mark.parametrize("query", ["durand", "zoe", "06 12 34", "+33 6 12", "ZOE@exemple"])
    def test_is_found_as_one_types(self, client, admin, motif, opening, zoe, query):
        content = client.get(
            address(opening, motif, q=query), headers={"HX-Request": "true", "HX-Target": "citizen-choices"}
        ).content.decode()

        assert "<html" not in content
        assert f"usager={zoe.pk}" in content
        assert "q=" not in content.split("usager=")[1].split('"')[0]

    def test_is_found_without_script_by_the_whole_page(self, client, admin, motif, opening, zoe):
        content = client.get(address(opening, motif, q="durand")).content.decode()

        assert "<html" in content
        assert f"usager={zoe.pk}" in content

    def test_is_booked_as_they_want_to_be_told(self, client, admin, motif, opening, zoe):
        form = client.get(address(opening, motif, usager=zoe.pk)).context["form"]
        assert (form["notify_by_email"].value(), form["notify_by_sms"].value()) == (True, False)

        response = client.post(
            address(opening, motif, usager=zoe.pk),
            {"context_note": "", "idempotency_key": uuid.uuid4(), "notify_by_sms": "on"},
        )

        assert response.status_code == 302
        participation = Participation.objects.get()
        assert participation.citizen == zoe
        assert (participation.notify_by_email, participation.notify_by_sms) == (False, True)
        assert Citizen.objects.count() == 1

    def test_switches_stand_only_where_somebody_can_be_reached(self, client, admin, motif, opening, organization):
        parent = make_citizen(organization=organization, email="", phone="+33612345678")
        child = make_citizen(organization=organization, email="", responsible=parent)
        nobody = make_citizen(organization=organization, email="")

        fields = client.get(address(opening, motif, usager=child.pk)).context["form"].fields
        assert ("notify_by_email" in fields, "notify_by_sms" in fields) == (False, True)
        assert "aucun message ne partira" in text(client.get(address(opening, motif, usager=nobody.pk)))

    def test_a_known_citizen_becomes_known_to_the_services_of_the_motif(self, client, admin, organization, zoe):
        CitizenAccess.objects.all().delete()
        unit = make_unit(territory=organization.territory)
        CitizenAccess.objects.create(citizen=zoe, organization=organization, unit=make_unit(territory=unit.territory))
        motif = make_motif(organization=organization, units=[unit], duration=timedelta(hours=1))
        opening = make_opening(motifs=[motif])

        client.post(address(opening, motif, usager=zoe.pk), {"idempotency_key": uuid.uuid4()})

        assert CitizenAccess.objects.filter(citizen=zoe, unit=unit).exists()


class TestDuplicates:
    @pytest.fixture
    def zoe(self, organization):
        return make_citizen(
            organization=organization, first_name="Zoe", last_name="DURAND", phone="+33612345678", email=""
        )

    def test_a_likely_record_is_shown_and_can_be_taken_with_everything_typed(self, client, admin, motif, opening, zoe):
        request = typed(context_note="À garder")
        warned = client.post(address(opening, motif), request)

        assert warned.status_code == 422
        assert "Même nom, même téléphone" in text(warned)
        assert "À garder" in text(warned)
        assert not Appointment.objects.exists()

        taken = client.post(address(opening, motif), request | {"existing": zoe.pk})
        assert taken.status_code == 302
        assert Citizen.objects.count() == 1
        assert Appointment.objects.get().participations.get().citizen == zoe
        assert Appointment.objects.get().context_note == "À garder"

    def test_or_another_record_is_made_all_the_same(self, client, admin, motif, opening, zoe):
        assert client.post(address(opening, motif), typed(create_anyway="1")).status_code == 302
        assert Citizen.objects.count() == 2

    def test_enter_in_a_field_never_takes_a_record_by_accident(self, client, admin, motif, opening, zoe):
        content = text(client.post(address(opening, motif), typed()))

        form = content[content.index('<form method="post" novalidate') :]
        assert form.index("<button") < form.index('name="existing"')
        assert 'name="existing"' not in form[: form.index("</button>")]

    def test_of_a_record_of_elsewhere_only_the_existence_is_told(self, client, admin, motif, opening, organization):
        make_citizen(
            organization=make_organization(territory=organization.territory),
            first_name="Secret",
            last_name="Prénommé",
            phone="+33612345678",
            email="secret@exemple.fr",
        )

        response = client.post(address(opening, motif), typed())

        assert response.status_code == 422
        assert "Une fiche semblable existe" in text(response)
        assert not any(secret in text(response) for secret in ["Secret", "PRÉNOMMÉ", "secret@exemple.fr"])

    def test_a_record_of_elsewhere_cannot_be_taken(self, client, admin, motif, opening, organization):
        for elsewhere in [make_organization(territory=organization.territory), make_organization()]:
            foreign = make_citizen(organization=elsewhere)

            response = client.post(address(opening, motif), typed(existing=foreign.pk))

            assert response.status_code == 404
        assert not Appointment.objects.exists()


class TestSlotTaken:
    @pytest.fixture
    def lost(self, motif, opening):
        return make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9))

    def test_the_nearest_are_offered_and_everything_typed_stays(self, client, admin, motif, opening, lost):
        request = typed(context_note="À garder", email="zoe@exemple.fr", birth_date="12/05/1984")

        response = client.post(address(opening, motif), request)

        assert response.status_code == 422
        assert "Ce créneau n'est plus disponible" in text(response)
        for value in ["Durand", "Zoé", "06 12 34 56 78", "zoe@exemple.fr", "12/05/1984", "À garder"]:
            assert value in text(response)
        others = response.context["others"]
        assert [other.slot.starts_at for other in others] == [paris(MONDAY, 10), paris(MONDAY, 11)]

        booked = client.post(address(opening, motif).split("?")[0] + others[0].url, request)
        assert booked.status_code == 302
        assert Citizen.objects.get(last_name="Durand").appointments.get().starts_at == paris(MONDAY, 10)

    def test_enter_in_a_field_does_not_book_another_slot(self, client, admin, motif, opening, lost):
        content = text(client.post(address(opening, motif), typed()))

        form = content[content.index('<form method="post" novalidate') :]
        assert "formaction" not in form[: form.index("</button>")]

    def test_it_is_said_before_anything_is_typed(self, client, admin, motif, opening, lost):
        response = client.get(address(opening, motif))

        assert response.status_code == 200
        assert "Ce créneau n'est plus disponible" in text(response)
        assert "formaction" not in text(response)
        assert [other.slot.starts_at for other in response.context["others"]] == [
            paris(MONDAY, 10),
            paris(MONDAY, 11),
        ]

    def test_a_colleague_free_at_that_very_time_comes_first(self, client, admin, motif, opening, lost):
        colleague = make_opening(motifs=[motif], location=opening.location, end_time=time(10))

        others = client.post(address(opening, motif), typed()).context["others"]

        assert [(other.slot.calendar_id, other.slot.starts_at) for other in others] == [
            (colleague.calendar_id, paris(MONDAY, 9)),
            (opening.calendar_id, paris(MONDAY, 10)),
            (opening.calendar_id, paris(MONDAY, 11)),
        ]

    def test_when_the_agent_has_none_left_colleagues_are_offered(self, client, admin, motif, organization, opening):
        for hour in (9, 10, 11):
            make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, hour))
        colleague = make_opening(motifs=[motif], location=opening.location, first_day=TUESDAY, end_time=time(10))

        response = client.post(address(opening, motif), typed())

        assert [other.slot.calendar_id for other in response.context["others"]] == [colleague.calendar_id]

    @pytest.mark.parametrize(
        "debut",
        ["2026-03-02T08:10:00Z", "2026-03-02T05:00:00Z", "2026-03-03T08:00:00Z", "2026-02-23T08:00:00Z"],
    )
    def test_a_time_that_is_no_slot_books_nothing(self, client, admin, motif, opening, debut):
        response = client.post(address(opening, motif, debut=debut), typed())

        assert response.status_code == 422
        assert not Appointment.objects.exists()
        assert not Citizen.objects.exists()

    def test_a_person_chosen_stays_chosen(self, client, admin, motif, opening, lost, organization):
        zoe = make_citizen(organization=organization, last_name="Durand")

        response = client.post(address(opening, motif), typed(existing=zoe.pk, context_note="À garder"))

        assert f'name="existing" value="{zoe.pk}"' in text(response)
        assert "À garder" in text(response)


class TestKindsOfPlace:
    @pytest.fixture
    def of_kind(self, organization):
        def make(kind):
            motif = make_motif(organization=organization, location_kind=kind, duration=timedelta(hours=1))
            return motif, make_opening(motifs=[motif])

        return make

    @pytest.mark.parametrize(
        ("kind", "field", "message"),
        [
            (Motif.LocationKind.PHONE, "phone", "Indiquez le numéro à appeler."),
            (Motif.LocationKind.HOME, "address", "Indiquez l'adresse où se rendre."),
        ],
    )
    def test_a_call_needs_a_number_and_a_visit_an_address(self, client, admin, of_kind, kind, field, message):
        motif, opening = of_kind(kind)

        response = client.post(address(opening, motif), typed(**{field: ""}))

        assert response.status_code == 422
        assert message in text(response)

    def test_a_call_goes_to_the_number_of_the_new_record(self, client, admin, of_kind):
        motif, opening = of_kind(Motif.LocationKind.PHONE)

        client.post(address(opening, motif), typed())

        appointment = Appointment.objects.get()
        assert (str(appointment.phone), appointment.location) == ("+33612345678", None)
        assert str(Citizen.objects.get().phone) == "+33612345678"

    def test_a_visit_goes_to_the_address_of_the_new_record(self, client, admin, of_kind):
        motif, opening = of_kind(Motif.LocationKind.HOME)

        client.post(address(opening, motif), typed(address="3 rue Haute, Arras"))

        assert Appointment.objects.get().address == Citizen.objects.get().address == "3 rue Haute, Arras"

    def test_for_somebody_known_both_are_suggested_and_can_be_others(self, client, admin, of_kind, organization):
        zoe = make_citizen(organization=organization, phone="+33612345678", address="3 rue Haute, Arras")
        motif, opening = of_kind(Motif.LocationKind.HOME)
        form = client.get(address(opening, motif, usager=zoe.pk)).context["form"]
        assert form["address"].value() == "3 rue Haute, Arras"

        client.post(
            address(opening, motif, usager=zoe.pk), {"address": "Chez sa mère", "idempotency_key": uuid.uuid4()}
        )

        assert Appointment.objects.get().address == "Chez sa mère"
        zoe.refresh_from_db()
        assert zoe.address == "3 rue Haute, Arras"

    def test_a_video_link_may_be_given(self, client, admin, of_kind):
        motif, opening = of_kind(Motif.LocationKind.VIDEO)
        assert client.post(address(opening, motif), typed(video_url="ftp://visio.example/salle")).status_code == 422

        client.post(address(opening, motif), typed(video_url="https://visio.example/salle"))

        assert Appointment.objects.get().video_url == "https://visio.example/salle"


class TestAddressOfThePage:
    def test_without_a_slot_one_is_sent_to_find_it(self, client, admin, organization):
        response = client.get(reverse("scheduling:appointment_add", args=[organization.slug]))

        assert response.url == reverse("scheduling:slot_search", args=[organization.slug])

    @pytest.mark.parametrize(
        "changes",
        [
            {"motif": ""},
            {"motif": "x"},
            {"motif": "99999999999999999999"},
            {"debut": ""},
            {"debut": "hier"},
            {"debut": "0001-01-01T00:00:00+1400"},
            {"debut": "9999-12-31T23:59:59-1400"},
            {"agenda": ""},
            {"agenda": "-1"},
            {"lieu": ""},
            {"personnes": "2"},
            {"personnes": "0"},
            {"personnes": "99999999999999999999"},
            {"usager": "x"},
        ],
    )
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_what_is_no_slot_leads_back_to_the_search(self, client, admin, motif, opening, changes, method):
        response = getattr(client, method)(address(opening, motif, **changes), *([typed()] if method == "post" else []))

        assert response.status_code == 302
        assert response.url.split("?")[0] == reverse("scheduling:slot_search", args=[motif.organization.slug])
        assert ("brouillon=" in response.url) == (method == "post")
        assert not Appointment.objects.exists()
        assert not Citizen.objects.exists()

    @pytest.mark.parametrize("field", ["motif", "agenda", "lieu", "option", "usager"])
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_ids_of_other_tenants_lead_nowhere(self, client, admin, motif, opening, organization, field, method):
        for elsewhere in [make_organization(territory=organization.territory), make_organization()]:
            foreign = {
                "motif": make_motif(organization=elsewhere),
                "agenda": make_calendar(organization=elsewhere),
                "lieu": make_location(organization=elsewhere),
                "option": make_option(motif=make_motif(organization=elsewhere)),
                "usager": make_citizen(organization=elsewhere),
            }[field]
            url = address(opening, motif, **{field: foreign.pk})

            response = client.post(url, typed()) if method == "post" else client.get(url)

            assert response.status_code == 302
            assert response.url.split("?")[0] == reverse("scheduling:slot_search", args=[organization.slug])
        assert not Appointment.objects.exists()

    def test_a_place_of_the_organization_where_the_slot_is_not_books_nothing(
        self, client, admin, motif, opening, organization
    ):
        other = make_location(organization=organization)

        assert client.post(address(opening, motif, lieu=other.pk), typed()).status_code == 422
        assert not Appointment.objects.exists()

    def test_an_option_is_needed_where_the_motif_has_some(self, client, admin, motif, opening):
        passport = make_option(motif=motif)
        other = make_option(motif=make_motif(organization=motif.organization))

        assert client.get(address(opening, motif)).status_code == 302
        assert client.get(address(opening, motif, option=other.pk)).status_code == 302
        client.post(address(opening, motif, option=passport.pk), typed())
        assert Appointment.objects.get().option == passport

    def test_several_persons_take_the_time_of_several(self, client, admin, organization):
        motif = make_motif(organization=organization, duration=timedelta(minutes=30), max_persons=4)
        opening = make_opening(motifs=[motif])

        client.post(address(opening, motif, personnes=3), typed())

        appointment = Appointment.objects.get()
        assert (appointment.persons, appointment.ends_at) == (3, paris(MONDAY, 10, 30))


class TestFollowUp:
    @pytest.fixture
    def follow_up(self, organization):
        motif = make_motif(organization=organization, is_follow_up=True, duration=timedelta(hours=1))
        return motif, make_opening(motifs=[motif])

    def test_their_referent_takes_it(self, client, admin, organization, follow_up):
        motif, opening = follow_up
        zoe = make_citizen(organization=organization)
        zoe.referents.add(opening.calendar.agent)

        response = client.post(address(opening, motif, usager=zoe.pk), {"idempotency_key": uuid.uuid4()})

        assert response.status_code == 302
        assert Appointment.objects.get().participations.get().citizen == zoe

    @pytest.mark.parametrize("who", ["nobody", "a citizen without referent", "a new citizen", "one taken in the form"])
    def test_nobody_else_does(self, client, admin, organization, follow_up, who):
        motif, opening = follow_up
        zoe = make_citizen(organization=organization)
        url = address(opening, motif, usager=zoe.pk if who == "a citizen without referent" else None)
        given = typed(existing=zoe.pk) if who == "one taken in the form" else typed()

        response = client.get(url, follow=True) if who == "nobody" else client.post(url, given, follow=True)

        assert "Ce motif de suivi se prend avec un agent référent de l'usager." in text(response)
        assert not Appointment.objects.exists()

    def test_another_citizen_cannot_slip_in_by_the_form(self, client, admin, organization, follow_up):
        motif, opening = follow_up
        followed, other = (make_citizen(organization=organization) for _ in range(2))
        followed.referents.add(opening.calendar.agent)

        client.post(
            address(opening, motif, usager=followed.pk), {"idempotency_key": uuid.uuid4(), "existing": other.pk}
        )

        assert Appointment.objects.get().participations.get().citizen == followed


class TestWho:
    @pytest.mark.parametrize(
        ("who", "may"),
        [
            ("service a", {"a"}),
            ("service b", {"b"}),
            ("front desk", {"a", "b"}),
            ("admin", {"a", "b"}),
        ],
    )
    def test_each_books_on_the_calendars_they_may_see(self, client, organization, motif, who, may):
        units = {name: make_unit(territory=organization.territory) for name in "ab"}
        openings = {
            name: make_opening(
                calendar=make_agent(organization=organization, units=[unit]).calendar, motifs=[motif], first_day=FRIDAY
            )
            for name, unit in units.items()
        }
        client.force_login(
            make_agent(
                organization=organization,
                units={"service a": [units["a"]], "service b": [units["b"]]}.get(who, []),
                is_front_desk=who == "front desk",
                role=Membership.Role.ADMIN if who == "admin" else Membership.Role.BASIC,
            )
        )

        for opening in openings.values():
            client.post(address(opening, motif, debut="2026-03-06T08:00:00Z"), typed(create_anyway="1"))

        booked = {appointment.calendars.get() for appointment in Appointment.objects.order_by("pk")}
        assert booked == {openings[name].calendar for name in may}

    def test_a_citizen_of_another_service_is_not_found(self, client, organization, motif):
        units = [make_unit(territory=organization.territory) for _ in range(2)]
        agent = make_agent(organization=organization, units=[units[0]])
        hidden = make_citizen(organization=organization, units=[units[1]], last_name="Caché")
        opening = make_opening(calendar=agent.calendar, motifs=[motif])
        client.force_login(agent)

        assert "CACHÉ" not in text(client.get(address(opening, motif, q="cache")))
        assert client.get(address(opening, motif, usager=hidden.pk)).status_code == 302
        assert client.post(address(opening, motif), typed(existing=hidden.pk)).status_code == 404

    def test_an_agent_of_elsewhere_finds_no_such_page(self, client, organization, motif, opening):
        for elsewhere in [make_organization(territory=organization.territory), make_organization()]:
            client.force_login(make_agent(organization=elsewhere, role=Membership.Role.ADMIN))

            assert client.get(address(opening, motif)).status_code == 404
            assert client.post(address(opening, motif), typed()).status_code == 404


def test_names_are_written_as_text(client, admin, organization, motif, opening):
    zoe = make_citizen(organization=organization, first_name="<b>Zoé</b>", last_name="<img src=x>")

    for url in [address(opening, motif, usager=zoe.pk), address(opening, motif, q="<b>zoe")]:
        content = text(client.get(url))
        assert "&lt;b&gt;" in content
        assert "<b>" not in content
        assert "<img" not in content


def test_queries_do_not_grow_with_those_found(client, admin, organization, motif, opening, assert_query_count):
    for _ in range(7):
        make_citizen(organization=organization, last_name="Durand")

    with assert_query_count("appointment_add"):
        response = client.get(address(opening, motif, q="durand"))

    assert len(response.context["citizens"]) == 7
