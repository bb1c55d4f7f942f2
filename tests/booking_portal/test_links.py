"""What the signed link of a message opens, and when it opens nothing."""

from datetime import timedelta

import icalendar
import pytest
import time_machine
from django.urls import reverse

from notifications.levels import Level
from notifications.models import Message
from notifications.services.switches import set_switches
from scheduling.engine.intervals import Interval
from scheduling.models import Appointment, AppointmentEvent, Participation
from scheduling.participation_links import OUTLIVES_THE_APPOINTMENT, link_token
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from scheduling.services.booking import Attendee, place_appointment
from scheduling.services.participants import add_participant, remove_participant
from tests.booking_portal.conftest import address_of, slot_url_of, template_of, text_of, without_tokens
from tests.factories import MONDAY, NOW, make_appointment, make_citizen, make_motif, make_opening, paris

pytestmark = pytest.mark.django_db

PAGES = [
    "my_appointment",
    "my_appointment_booked",
    "my_appointment_ics",
    "my_appointment_move",
    "my_appointment_cancel",
]


@pytest.fixture
def appointment(motif, opening):
    """At 11 h 30: four and a half hours from now."""
    return place_appointment(
        motif=motif,
        period=Interval(paris(MONDAY, 11, 30), paris(MONDAY, 12)),
        calendar_ids=[opening.calendar_id],
        attendees=[Attendee(make_citizen(organization=motif.organization, first_name="Camille"))],
        actor=CITIZEN,
        location_id=opening.location_id,
        now=NOW,
    )


@pytest.fixture
def participation(appointment):
    return appointment.participations.get()


def page(name, participation):
    return reverse(f"booking_portal:{name}", args=[link_token(participation)])


def move(client, participation, starts_at):
    url = page("my_appointment_move", participation)
    return client.post(url, {"debut": starts_at.isoformat()}, follow=True)


class TestOneOfSeveral:
    @pytest.fixture
    def other(self, appointment):
        citizen = make_citizen(organization=appointment.organization, first_name="Noé")
        return add_participant(appointment=appointment, attendee=Attendee(citizen), actor=CITIZEN, now=NOW)

    def test_cancels_for_themselves_and_the_others_keep_theirs(self, client, participation, other):
        response = client.post(page("my_appointment_cancel", other), follow=True)

        text = text_of(response)
        assert "Votre rendez-vous est annulé." in text
        assert "Ce rendez-vous est annulé." in text
        participation.appointment.refresh_from_db()
        assert participation.appointment.status == "booked"
        assert template_of(client.get(page("my_appointment_cancel", participation))) == "my_appointment_cancel"
        # Whoever has left moves nothing any more.
        assert client.get(page("my_appointment_move", other)).status_code == 302

    def test_who_was_taken_away_finds_a_dead_link(self, client, other):
        addresses = [page(name, other) for name in PAGES]
        remove_participant(participation=other, actor=CITIZEN, now=NOW)

        for address in addresses:
            response = client.get(address)
            assert response.status_code == 404
            assert template_of(response) == "dead_link"


class TestSeen:
    def test_says_when_and_where_with_directions_and_a_file(self, client, participation, opening):
        text = text_of(client.get(page("my_appointment", participation)))

        for part in ("lundi 2 mars 2026", "11 h 30", opening.location.name, opening.location.address, "Voir le plan"):
            assert part in text
        assert "openstreetmap.org/search?query=" in text

    def test_directions_go_to_the_point_where_it_is_known(self, client, participation, opening):
        opening.location.latitude, opening.location.longitude = 50.29, 2.78
        opening.location.save()

        assert "mlat=50.290000&mlon=2.780000#map=17/50.290000/2.780000" in text_of(
            client.get(page("my_appointment", participation))
        ).replace("&amp;", "&")

    def test_the_file_is_one_event_that_stays_the_same(self, client, participation, appointment):
        response = client.get(page("my_appointment_ics", participation))
        (event,) = icalendar.Calendar.from_ical(response.content).walk("VEVENT")

        assert response["Content-Type"].startswith("text/calendar")
        assert str(appointment.ics_uid) in str(event["UID"])
        assert event["DTSTART"].dt == appointment.starts_at
        assert link_token(participation) in str(event["URL"])

    def test_no_search_engine_no_other_site_and_no_cache_learns_of_it(self, client, participation):
        for name in ("my_appointment", "my_appointment_booked", "my_appointment_ics"):
            response = client.get(page(name, participation))
            assert response["Referrer-Policy"] == "same-origin"
            assert "noindex" in response["X-Robots-Tag"]
            assert "no-store" in response["Cache-Control"]

    def test_pages_with_a_form_tell_other_sites_nothing_and_can_be_sent(self, client, participation):
        for name in ("my_appointment_move", "my_appointment_cancel"):
            assert client.get(page(name, participation))["Referrer-Policy"] == "same-origin"

    def test_whether_somebody_came_is_not_told(self, client, participation, appointment):
        with time_machine.travel(paris(MONDAY, 14), tick=False):
            Appointment.objects.update(status=Appointment.Status.NO_SHOW)
            text = text_of(client.get(page("my_appointment", participation)))

        assert "Ce rendez-vous est passé" in text
        assert "Absence" not in text


class TestDead:
    @pytest.mark.parametrize("name", PAGES)
    def test_forged_replaced_and_too_old_links_get_the_same_page(self, client, participation, name):
        good = page(name, participation)
        token = link_token(participation)
        head, _, signature = token.rpartition("-")
        forged = good.replace(token, f"{head}-{'0' * len(signature)}")
        spoilt = [good.replace(token, bad) for bad in ("x", "0", "1-1-", f"{token}0", "9" * 300)]
        Participation.objects.update(link_version=2)
        answers = [client.get(url) for url in (good, forged, *spoilt)]
        participation.refresh_from_db()
        with time_machine.travel(paris(MONDAY, 12) + OUTLIVES_THE_APPOINTMENT, tick=False):
            answers.append(client.get(page(name, participation)))

        assert {answer.status_code for answer in answers} == {404}
        assert {template_of(answer) for answer in answers} == {"dead_link"}
        # Those that we signed once lead to the RDVs of their territory.
        territory = participation.appointment.organization.territory
        mine = f'"{reverse("booking_portal:my_appointments", args=[territory.slug])}"'
        anybodys = f'"{reverse("booking_portal:my_appointments_territory")}"'
        assert [mine in text_of(answer) for answer in answers] == [True, *[False] * (len(answers) - 2), True]
        assert len({without_tokens(answer).replace(mine, anybodys) for answer in answers}) == 1
        assert "Prendre un rendez-vous" in text_of(answers[0])

    def test_a_number_that_is_not_mine_opens_nothing(self, client, participation):
        other = make_appointment().participations.get()
        mine, theirs = link_token(participation), link_token(other)
        mixed = "-".join([*theirs.split("-")[:2], mine.split("-")[2]])

        assert client.get(reverse("booking_portal:my_appointment", args=[mixed])).status_code == 404


class TestCancelled:
    def test_after_a_page_that_asks(self, client, motif, participation, appointment):
        motif.cancellation_warning = "Votre dossier sera fermé."
        motif.save()
        url = page("my_appointment_cancel", participation)
        assert "Votre dossier sera fermé." in text_of(client.get(url))
        assert Appointment.objects.get().status == Appointment.Status.BOOKED

        response = client.post(url, follow=True)

        appointment.refresh_from_db()
        assert appointment.status == Appointment.Status.CANCELLED_BY_CITIZEN
        assert "Votre rendez-vous est annulé" in text_of(response)
        assert "Déplacer" not in text_of(response)

    def test_twice_is_cancelled_once(self, client, participation):
        url = page("my_appointment_cancel", participation)
        client.post(url), client.post(url)

        assert AppointmentEvent.objects.filter(kind="cancelled_by_citizen").count() == 1

    def test_by_the_service_says_so(self, client, participation, appointment):
        cancel_appointment(
            appointment=appointment, status=Appointment.Status.CANCELLED_BY_AGENT, actor=CITIZEN, now=NOW
        )

        assert "annulé par le service" in text_of(client.get(page("my_appointment", participation)))

    @pytest.mark.parametrize("name", ["my_appointment_cancel", "my_appointment_move"])
    def test_or_moved_past_the_deadline_is_refused_with_who_to_call(self, client, motif, participation, name):
        motif.organization.phone = "+33321000000"
        motif.organization.save()
        with time_machine.travel(paris(MONDAY, 7, 31), tick=False):
            for answer in (client.get(page(name, participation), follow=True), client.post(page(name, participation))):
                assert Appointment.objects.get().status == Appointment.Status.BOOKED
                assert answer.status_code in (200, 302)
            text = text_of(client.get(page("my_appointment", participation)))

        assert "ne peut plus être changé en ligne" in text
        assert "03 21 00 00 00" in text

    def test_exactly_at_the_deadline_still_works(self, client, participation):
        with time_machine.travel(paris(MONDAY, 7, 30), tick=False):
            client.post(page("my_appointment_cancel", participation))

        assert Appointment.objects.get().is_cancelled

    def test_is_not_offered_where_the_motif_does_not_allow_it(self, client, motif, participation):
        motif.citizen_may_cancel = False
        motif.save()

        text = text_of(client.get(page("my_appointment", participation)))
        client.post(page("my_appointment_cancel", participation))

        assert "Déplacer" in text
        assert "Annuler</a>" not in text
        assert not Appointment.objects.get().is_cancelled


class TestWhatIsPromised:
    """A page says that a message comes where one does, and nowhere else."""

    @pytest.fixture
    def turn_off(self, motif):
        def turn_off(kind):
            organization = motif.organization
            wanted = {(kind, channel): False for channel in Message.Channel}
            level = Level(organization.territory, organization, motif)
            set_switches(level=level, wanted=wanted, seen=dict.fromkeys(wanted), agent=None, now=NOW)

        return turn_off

    def test_after_booking(self, client, citizen_books, motif, opening, turn_off):
        told = text_of(citizen_books.book(slot_url_of(motif), paris(MONDAY, 9)))
        turn_off(Message.Kind.BOOKED)
        untold = text_of(citizen_books.book(slot_url_of(motif), paris(MONDAY, 10), email="autre@example.org"))

        assert "Un message de confirmation vous est envoyé" in told
        assert "Aucun message ne vous est envoyé" in untold
        assert "vous est envoyé. Son lien" not in untold

    def test_after_a_move(self, client, participation, turn_off):
        told = move(client, participation, paris(MONDAY, 11))
        turn_off(Message.Kind.MOVED)
        participation.refresh_from_db()
        untold = move(client, participation, paris(MONDAY, 11, 30))

        assert "Un message vous le confirme" in text_of(told)
        assert "Votre rendez-vous est déplacé" in text_of(untold)
        assert "Un message vous le confirme" not in text_of(untold)


class TestMoved:
    def test_to_another_slot_under_a_new_link(self, client, participation, appointment):
        old = page("my_appointment", participation)

        response = move(client, participation, paris(MONDAY, 9))

        appointment.refresh_from_db()
        assert (appointment.starts_at, appointment.ics_sequence) == (paris(MONDAY, 9), 1)
        assert "Votre rendez-vous est déplacé" in text_of(response)
        assert address_of(response) != old
        assert client.get(old).status_code == 404

    def test_onto_a_slot_that_is_taken_shows_the_nearest_and_changes_nothing(
        self, client, motif, opening, participation, appointment
    ):
        make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9), location=opening.location)

        response = move(client, participation, paris(MONDAY, 9))

        assert response.status_code == 422
        assert "Votre rendez-vous n'a pas changé" in text_of(response)
        assert response.context["nearest"][0].starts_at == paris(MONDAY, 9, 30)
        assert Appointment.objects.get(pk=appointment.pk).starts_at == paris(MONDAY, 11, 30)

    @pytest.mark.parametrize("start", ["", "jamais", "2026-03-02", "\x00"])
    def test_to_no_time_at_all_is_refused(self, client, participation, start):
        response = client.post(page("my_appointment_move", participation), {"debut": start})

        assert response.status_code == 422
        assert "Ce créneau n'existe pas" in text_of(response)

    def test_is_not_offered_where_the_motif_does_not_allow_it(self, client, motif, participation):
        motif.citizen_may_move = False
        motif.save()

        assert "Déplacer" not in text_of(client.get(page("my_appointment", participation)))
        move(client, participation, paris(MONDAY, 9))
        assert Appointment.objects.get().starts_at == paris(MONDAY, 11, 30)

    def test_without_another_slot_says_that_it_stays(self, client, now, organization):
        motif = make_motif(organization=organization)
        opening = make_opening(motifs=[motif], first_day=MONDAY)
        lonely = make_appointment(
            motif=motif, starts_at=paris(MONDAY, 9), calendar=opening.calendar, duration=timedelta(hours=3)
        )
        motif.change_deadline = timedelta(0)
        motif.save()

        text = text_of(client.get(page("my_appointment_move", lonely.participations.get())))

        assert "Votre rendez-vous reste comme il est" in text


def test_the_pages_of_a_rendez_vous_cost_the_same_whatever_the_number_of_rows(
    client, motif, opening, participation, assert_query_count
):
    for _ in range(3):
        make_opening(motifs=[motif], location=opening.location)

    for name in PAGES:
        with assert_query_count(name):
            client.get(page(name, participation))
