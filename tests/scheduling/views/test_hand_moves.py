"""An RDV moved by hand: let go on the grid, typed on its page, seen at a glance; and who may."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership, Motif
from scheduling.models import Appointment, AppointmentCalendar, AppointmentStatus
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
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
def motif(organization, social):
    return make_motif(organization=organization, units=[social], name="Accès aux droits")


@pytest.fixture(scope="module")
def agent(organization, social):
    return make_agent(organization=organization, units=[social], first_name="Alice", last_name="Delcourt")


@pytest.fixture(autouse=True)
def _signed_in(client, agent):
    client.force_login(agent)


@pytest.fixture(scope="module")
def colleague(organization, social):
    return make_agent(organization=organization, units=[social], first_name="Karim", last_name="Benhaddou")


@pytest.fixture(scope="module")
def opening(agent, motif):
    return make_opening(calendar=agent.calendar, motifs=[motif])


@pytest.fixture(scope="module")
def appointment(organization, motif, agent, opening):
    citizen = make_citizen(organization=organization, first_name="Fatima", last_name="Benali", phone="+33612345678")
    return make_appointment(
        motif=motif, calendar=agent.calendar, location=opening.location, citizen=citizen, starts_at=paris(MONDAY, 10)
    )


def address(name, appointment):
    return reverse(f"scheduling:appointment_{name}", args=[appointment.organization.slug, appointment.pk])


@pytest.fixture
def drag(client, appointment):
    def drag(of=appointment, **fields):
        of.refresh_from_db()
        return client.post(address("drag", of), {"sequence": of.ics_sequence} | fields)

    return drag


def plain(text):
    return text.replace("\u00a0", " ")


def starts_at(appointment):
    return Appointment.objects.get(pk=appointment.pk).starts_at


class TestDragging:
    def test_moves_and_says_how_to_take_it_back(self, drag, appointment, agent):
        answer = drag(debut="2026-03-02T11:15:00").json()

        assert plain(answer["done"]) == "Déplacé à 11 h 15."
        assert starts_at(appointment) == paris(MONDAY, 11, 15)
        assert answer["undo"] == {
            "debut": "2026-03-02T10:00:00",
            "fin": "2026-03-02T10:30:00",
            "agendas": [agent.calendar.pk],
            "lieu": appointment.location_id,
            "adresse": "",
            "chevauche": [],
            "sequence": 1,
            "annuler": "1",
        }

    def test_to_another_day_and_column_is_told_whole(self, drag, appointment, agent, colleague, motif, opening):
        make_opening(calendar=colleague.calendar, motifs=[motif], location=opening.location, first_day=TUESDAY)

        answer = drag(debut="2026-03-03T09:00:00", de=agent.calendar.pk, vers=colleague.calendar.pk).json()

        assert plain(answer["done"]) == "Déplacé à 9 h, mardi 3 mars, avec Karim Benhaddou."
        assert list(appointment.calendars.order_by("pk")) == [colleague.calendar]

    def test_stretches(self, drag, appointment):
        assert plain(drag(fin="2026-03-02T11:00:00").json()["done"]) == "Il se termine maintenant à 11 h."
        assert Appointment.objects.get().ends_at == paris(MONDAY, 11)
        assert list(appointment.events.order_by("pk").values_list("kind", flat=True)) == ["booked", "edited"]

    def test_asks_before_it_moves_where_something_stands_against_it(self, drag, appointment):
        answer = drag(debut="2026-03-02T14:00:00")

        assert answer.status_code == 422
        assert [plain(said) for said in answer.json()["warnings"]] == [
            "Agenda « Alice Delcourt » : hors de ses plages d'ouverture."
        ]
        assert starts_at(appointment) == paris(MONDAY, 10)
        done = drag(debut="2026-03-02T14:00:00", confirmed=answer.json()["confirmed"])
        assert done.status_code == 200
        assert starts_at(appointment) == paris(MONDAY, 14)

    def test_over_another_is_marked_once_confirmed(self, drag, appointment, motif, agent):
        make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(MONDAY, 11))
        confirmed = drag(debut="2026-03-02T11:15:00").json()["confirmed"]

        drag(debut="2026-03-02T11:15:00", confirmed=confirmed)

        assert AppointmentCalendar.objects.get(is_overlap_confirmed=True).appointment == appointment

    def test_to_a_desk_goes_to_its_place_after_a_word(self, drag, appointment, organization, agent, motif, social):
        annex = make_location(organization=organization, name="Annexe")
        desk = make_desk(organization=organization, location=annex, motifs=[motif], units=[social])
        make_opening(calendar=desk.calendar, motifs=[motif], location=annex)
        there = {"debut": "2026-03-02T10:00:00", "de": agent.calendar.pk, "vers": desk.calendar.pk}

        asked = drag(**there).json()
        assert [plain(said) for said in asked["warnings"]] == ["Le lieu devient « Annexe » : c'est celui du guichet."]
        drag(**there, confirmed=asked["confirmed"])

        assert Appointment.objects.get().location == annex

    def test_of_two_agents_keeps_both(self, drag, appointment, agent, colleague, organization):
        appointment.appointment_calendars.create(
            organization=organization,
            calendar=colleague.calendar,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
        )
        there = {"debut": "2026-03-02T11:00:00", "de": agent.calendar.pk, "vers": colleague.calendar.pk}

        drag(**there, confirmed=drag(**there).json()["confirmed"])

        assert starts_at(appointment) == paris(MONDAY, 11)
        assert set(appointment.calendars.order_by("pk")) == {agent.calendar, colleague.calendar}


class TestTakingBack:
    def test_brings_it_back(self, client, drag, appointment):
        undo = drag(debut="2026-03-02T11:15:00").json()["undo"]

        answer = client.post(address("drag", appointment), undo)

        assert plain(answer.json()["done"]) == "Annulé : le rendez-vous est revenu à sa place."
        assert starts_at(appointment) == paris(MONDAY, 10)

    def test_a_stretch_tells_nobody_either(self, client, drag, appointment):
        undo = drag(fin="2026-03-02T11:00:00").json()["undo"]

        client.post(address("drag", appointment), undo)

        assert list(appointment.events.order_by("pk").values_list("kind", flat=True)) == ["booked", "edited", "edited"]

    def test_is_refused_where_somebody_came_meanwhile(self, client, drag, appointment, motif, agent):
        undo = drag(debut="2026-03-02T11:15:00").json()["undo"]
        make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(MONDAY, 10))

        answer = client.post(address("drag", appointment), undo)

        assert answer.status_code == 422
        assert plain(answer.json()["refused"]) == (
            "L'ancienne place est prise depuis : le rendez-vous reste où il est."
        )
        assert starts_at(appointment) == paris(MONDAY, 11, 15)

    def test_over_whom_it_stood_before_asks_nobody_again(self, client, drag, appointment, motif, agent):
        make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(MONDAY, 10), is_overlap_confirmed=True)
        undo = drag(debut="2026-03-02T11:15:00").json()["undo"]

        assert client.post(address("drag", appointment), undo).status_code == 200
        assert starts_at(appointment) == paris(MONDAY, 10)


class TestIsRefused:
    def test_once_somebody_changed_it(self, client, drag, appointment):
        drag(debut="2026-03-02T11:00:00")

        answer = client.post(address("drag", appointment), {"debut": "2026-03-02T09:00:00", "sequence": 0})

        assert answer.status_code == 422
        assert "vient d'être changé par quelqu'un d'autre" in answer.json()["refused"]

    def test_the_same_again_is_done_already(self, client, drag, appointment):
        drag(debut="2026-03-02T11:00:00")

        again = client.post(address("drag", appointment), {"debut": "2026-03-02T11:00:00", "sequence": 0})

        assert again.status_code == 200
        assert appointment.events.filter(kind="moved").count() == 1

    def test_once_it_has_begun_or_is_cancelled(self, drag, appointment):
        with time_machine.travel(paris(MONDAY, 10, 5), tick=False):
            assert "ne peut plus être modifié" in drag(debut="2026-03-02T11:00:00").json()["refused"]
            assert drag(fin="2026-03-02T11:00:00").status_code == 200
        cancel_appointment(
            appointment=appointment, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW
        )
        assert "ne peut plus être modifié" in drag(debut="2026-03-02T11:00:00").json()["refused"]

    def test_to_a_column_that_has_other_motifs(self, client, drag, appointment, organization, agent):
        pmi = make_unit(territory=organization.territory)
        nurse = make_agent(organization=organization, units=[pmi], first_name="Inès", last_name="Roy")
        Membership.objects.filter(agent=agent).update(is_front_desk=True)

        answer = drag(debut="2026-03-02T11:00:00", de=agent.calendar.pk, vers=nurse.calendar.pk)

        assert plain(answer.json()["refused"]) == "« Inès Roy » a d'autres motifs que « Accès aux droits »."

    def test_a_follow_up_to_anybody_but_a_referent(self, drag, organization, agent, colleague, motif, opening):
        Motif.objects.filter(pk=motif.pk).update(is_follow_up=True)
        there = {"debut": "2026-03-02T10:00:00", "de": agent.calendar.pk, "vers": colleague.calendar.pk}

        assert "agent référent" in drag(**there).json()["refused"]

    @pytest.mark.parametrize(
        "fields",
        [
            {"debut": "demain"},
            {"debut": "9999-12-31T23:59:59"},
            {"debut": "2026-03-02T10:00:00+02:00x"},
            {"fin": "2026-03-02T09:00:00"},
            {"fin": "2026-03-05T09:00:00"},
            {"debut": "2026-03-02T11:00:00", "sequence": "x"},
            {"debut": "2026-03-02T11:00:00", "annuler": "1", "agendas": "9" * 30},
        ],
    )
    def test_what_makes_no_sense(self, drag, appointment, fields):
        assert drag(**fields).status_code in (404, 422) or starts_at(appointment) == paris(MONDAY, 10)
        assert appointment.events.count() == 1


class TestWhoMay:
    @pytest.fixture
    def nurse(self, organization):
        return make_agent(organization=organization, units=[make_unit(territory=organization.territory)])

    @pytest.mark.parametrize("name", ["drag", "shift", "glance"])
    def test_a_colleague_of_another_service_and_a_stranger_do_not_find_it(
        self, client, appointment, nurse, name, organization
    ):
        stranger = make_agent(organization=make_organization(territory=organization.territory))
        for somebody in (nurse, stranger):
            client.force_login(somebody)
            assert client.post(address(name, appointment), {"debut": "2026-03-02T11:00:00"}).status_code == 404
        assert starts_at(appointment) == paris(MONDAY, 10)

    def test_who_does_not_see_all_of_its_calendars_is_refused(self, client, organization, nurse):
        everybodys = make_motif(organization=organization, name="Accueil")
        elsewhere = make_agent(organization=organization, units=[make_unit(territory=organization.territory)])
        appointment = make_appointment(motif=everybodys, calendar=elsewhere.calendar, starts_at=paris(MONDAY, 10))
        client.force_login(nurse)

        answer = client.post(address("drag", appointment), {"debut": "2026-03-02T11:00:00", "sequence": 0})

        assert answer.status_code == 403
        assert "un agenda que vous ne voyez pas" in answer.json()["refused"]
        assert client.get(address("shift", appointment)).status_code == 403
        assert client.get(address("glance", appointment)).status_code == 200

    def test_a_column_or_a_place_of_others_is_not_found(self, client, drag, appointment, agent, nurse):
        there = {"debut": "2026-03-02T11:00:00", "de": agent.calendar.pk}
        assert drag(**there, vers=nurse.calendar.pk).status_code == 404
        assert drag(**there, vers=make_agent(organization=make_organization()).calendar.pk).status_code == 404
        undo = drag(debut="2026-03-02T11:15:00").json()["undo"]
        strange = make_location(organization=make_organization())
        assert client.post(address("drag", appointment), undo | {"lieu": strange.pk}).status_code == 404
        assert client.post(address("drag", appointment), undo | {"agendas": [nurse.calendar.pk]}).status_code == 404

    def test_the_feed_says_what_may_be_dragged(self, client, organization, appointment, agent, motif):
        url = reverse("scheduling:agenda_feed", args=[organization.slug])

        def movable(now):
            with time_machine.travel(now, tick=False):
                events = client.get(url, {"start": "2026-03-02", "end": "2026-03-09"}).json()["events"]
            (event,) = (event for event in events if "is-appointment" in event["classNames"])
            return event["startEditable"], event["durationEditable"]

        assert movable(NOW) == (True, True)
        assert movable(paris(MONDAY, 10, 10)) == (False, True)
        assert movable(paris(MONDAY, 11)) == (False, False)


class TestTheForm:
    def typed(self, appointment, **given):
        return {
            "agenda": appointment.calendars.get().pk,
            "jour": "2026-03-02",
            "debut": "10h",
            "fin": "",
            "lieu": appointment.location_id,
            "adresse": "",
            "sequence": appointment.ics_sequence,
        } | given

    def test_moves_and_keeps_the_length(self, client, appointment):
        response = client.post(address("shift", appointment), self.typed(appointment, debut="11h15"))

        assert response.url == address("detail", appointment)
        moved = Appointment.objects.get()
        assert (moved.starts_at, moved.ends_at) == (paris(MONDAY, 11, 15), paris(MONDAY, 11, 45))

    def test_stretches_and_tells_nobody(self, client, appointment):
        client.post(address("shift", appointment), self.typed(appointment, fin="11h"))

        assert list(appointment.events.order_by("pk").values_list("kind", flat=True)) == ["booked", "edited"]

    def test_warns_and_keeps_what_was_typed(self, client, appointment):
        typed = self.typed(appointment, debut="14h")

        warned = client.post(address("shift", appointment), typed)

        assert warned.status_code == 422
        assert 'value="14h"' in warned.content.decode()
        confirmed = warned.context["form"].fingerprint
        client.post(address("shift", appointment), typed | {"confirmed": confirmed, "next": "/ici/"})
        assert starts_at(appointment) == paris(MONDAY, 14)

    def test_goes_to_an_address_of_this_once(self, client, appointment):
        typed = self.typed(appointment, lieu="", adresse="Halle du marché")
        confirmed = client.post(address("shift", appointment), typed)

        if confirmed.status_code == 422:
            client.post(address("shift", appointment), typed | {"confirmed": confirmed.context["form"].fingerprint})

        moved = Appointment.objects.get()
        assert (moved.location, moved.address) == (None, "Halle du marché")

    def test_of_a_visit_at_home_keeps_its_address(self, client, organization, social, agent):
        home = make_motif(organization=organization, units=[social], location_kind=Motif.LocationKind.HOME)
        make_opening(calendar=agent.calendar, motifs=[home], location=None)
        visit = make_appointment(motif=home, calendar=agent.calendar, starts_at=paris(MONDAY, 9))
        Appointment.objects.filter(pk=visit.pk).update(address="3 rue Haute")

        client.post(address("shift", visit), self.typed(visit, debut="11h", lieu=""))

        visit.refresh_from_db()
        assert (visit.starts_at, visit.address) == (paris(MONDAY, 11), "3 rue Haute")

    def test_says_that_somebody_was_faster(self, client, drag, appointment):
        typed = self.typed(appointment, debut="9h")
        drag(debut="2026-03-02T11:00:00")

        refused = client.post(address("shift", appointment), typed)

        assert refused.status_code == 422
        assert "vient d&#x27;être changé par quelqu&#x27;un d&#x27;autre" in refused.content.decode()

    def test_of_what_is_over_leads_back(self, client, appointment):
        with time_machine.travel(paris(MONDAY, 12), tick=False):
            assert client.get(address("shift", appointment)).url == address("detail", appointment)

    def test_query_counts(self, client, appointment, colleague, motif, assert_query_count):
        for hour in (8, 9, 13):
            make_appointment(motif=motif, calendar=colleague.calendar, starts_at=paris(MONDAY, hour))
        with assert_query_count("appointment_shift"):
            client.get(address("shift", appointment))
        with assert_query_count("appointment_glance"):
            client.get(address("glance", appointment))


class TestAtAGlance:
    def test_shows_who_how_to_reach_them_and_what_to_do(self, client, appointment):
        Appointment.objects.filter(pk=appointment.pk).update(context_note="Vient avec sa fille")

        content = client.get(address("glance", appointment), {"next": "/o/x/agenda/"}).content.decode()

        for shown in ["Fatima BENALI", "tel:+33-6-12-34-56-78", "06 12 34 56 78", "Accès aux droits", "Vient avec sa"]:
            assert shown in content.replace("\u00a0", " ")
        assert f"{address('shift', appointment)}?next=%2Fo%2Fx%2Fagenda%2F" in content
        assert address("cancel", appointment) in content
        assert "<html" not in content

    def test_the_outcome_is_said_and_taken_back_there(self, client, appointment):
        with time_machine.travel(paris(MONDAY, 11), tick=False):
            client.post(address("glance", appointment), {"status": "no_show"})
            assert Appointment.objects.get().status == AppointmentStatus.NO_SHOW
            content = client.post(address("glance", appointment), {"status": "booked"}).content.decode()
        assert Appointment.objects.get().status == AppointmentStatus.BOOKED
        assert "Honoré" in content

    def test_a_result_that_does_not_exist_or_comes_too_soon_is_refused(self, client, appointment, motif, agent):
        later = make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(TUESDAY, 10))

        assert client.post(address("glance", appointment), {"status": "cancelled"}).status_code == 422
        assert client.post(address("glance", later), {"status": "fulfilled"}).status_code == 422


def test_moves_of_an_hour_across_the_spring_night_keep_their_length(client, drag, appointment):
    answer = drag(debut="2026-03-29T01:45:00")
    drag(debut="2026-03-29T01:45:00", confirmed=answer.json()["confirmed"])

    moved = Appointment.objects.get()
    assert moved.ends_at - moved.starts_at == timedelta(minutes=30)
