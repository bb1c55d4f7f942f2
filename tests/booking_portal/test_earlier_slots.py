"""The waiting list for an earlier slot as a citizen meets it: asked for, offered, answered, by the link of an RDV."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from notifications.models import Message
from notifications.services.delivery import deliver
from organizations.models import Citizen, SmsStop
from scheduling.engine.earlier_slots import Wishes
from scheduling.exceptions import AppointmentNotChangeable, OfferGone
from scheduling.models import Appointment, AppointmentEvent, EarlierSlotRequest, Participation
from scheduling.participation_links import link_token
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment, move_appointment
from scheduling.services.slot_offers import decline_offer, leave_waiting_list, take_offer
from tests.booking_portal.conftest import template_of, text_of
from tests.factories import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    make_appointment,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_participation,
    make_workshop,
    paris,
)
from tests.scheduling.earlier_slots import FAR, TEN, free_and_offer, make_full, make_waiting, only_offer

pytestmark = pytest.mark.django_db

EVERYTHING = {"jours": ["0", "1", "2", "3", "4"], "moments": ["matin", "apres-midi"]}


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(TEN, tick=False):
        yield


@pytest.fixture
def motif():
    return make_motif(organization=make_organization(phone="+33321000000"), name="Carte d'identité")


@pytest.fixture
def location(motif):
    return make_location(organization=motif.organization, name="Mairie")


@pytest.fixture
def participation(motif, location):
    """In two weeks, at nine."""
    appointment = make_appointment(motif=motif, location=location, starts_at=paris(FAR, 9), now=TEN)
    return appointment.participations.get()


@pytest.fixture
def offer(motif, location):
    """To somebody with an RDV in two weeks, of Wednesday, until noon."""
    request = make_waiting(motif=motif, location=location, any_place=False)
    (taken,) = make_full(motif=motif, location=location)
    free_and_offer(taken)
    return only_offer(request)


def page(name, participation):
    return reverse(f"booking_portal:{name}", args=[link_token(participation)])


def plain(text):
    return text.replace("\xa0", " ")


def answer(client, offer, said, *, follow=True):
    url = page("my_appointment_offer", offer.request.participation)
    return client.post(url, {"reponse": said, "numero": offer.number}, follow=follow)


def start_of(offer):
    return Appointment.objects.get(pk=offer.request.appointment_id).starts_at


class TestAsked:
    def test_from_the_page_of_the_rendez_vous_with_wishes(self, client, participation):
        text = text_of(client.get(page("my_appointment", participation)))
        assert "Être prévenu si un créneau plus tôt se libère" in text

        response = client.post(
            page("my_appointment_earlier", participation),
            {"jours": ["0", "2"], "moments": ["matin"], "pas_avant": "2026-03-04"},
            follow=True,
        )

        request = EarlierSlotRequest.objects.get()
        assert request.wishes == Wishes(frozenset({0, 2}), True, False, WEDNESDAY)
        assert (request.participation, request.any_place) == (participation, False)
        text = text_of(response)
        assert template_of(response) == "my_appointment"
        assert "Vous êtes sur la liste d'attente depuis le lundi 2 mars" in text
        assert "Aucune proposition pour le moment" in text

    def test_from_the_confirmation_by_a_quiet_line(self, client, participation):
        response = client.get(page("my_appointment_booked", participation))

        assert page("my_appointment_earlier", participation) in response.content.decode()

    def test_again_changes_the_wishes_and_keeps_the_rank(self, client, participation):
        url = page("my_appointment_earlier", participation)
        client.post(url, EVERYTHING)
        with time_machine.travel(TEN + timedelta(hours=1), tick=False):
            assert (
                'value="2026-03-05"'
                in client.post(url, EVERYTHING | {"pas_avant": "2026-03-05", "jours": []}).content.decode()
            )
            client.post(url, EVERYTHING | {"pas_avant": "2026-03-05"})

            request = EarlierSlotRequest.objects.get()
            assert (request.waiting_since, request.not_before) == (TEN, THURSDAY)
            assert 'value="2026-03-05"' in client.get(url).content.decode()

    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            ({"jours": []}, "Cochez au moins un jour."),
            ({"jours": ["9", "x"]}, "choix"),
            ({"moments": []}, "Cochez le matin, l'après-midi, ou les deux."),
            ({"pas_avant": "demain"}, "Cette date n'existe pas"),
            ({"pas_avant": "2026-12-24"}, "Choisissez une date avant celle de votre rendez-vous."),
            ({"jours": ["2"], "pas_avant": "2026-03-12"}, "Aucun créneau ne peut venir avant votre rendez-vous"),
        ],
    )
    def test_badly_shows_what_was_typed_and_why_not(self, client, participation, typed, message):
        response = client.post(page("my_appointment_earlier", participation), EVERYTHING | typed)

        assert response.status_code == 422
        assert message in text_of(response)
        assert not EarlierSlotRequest.objects.exists()

    def test_of_other_places_where_there_are_some(self, client, motif, participation):
        url = page("my_appointment_earlier", participation)
        assert "Dans un autre lieu aussi" not in text_of(client.get(url))
        make_opening(motifs=[motif], location=make_location(organization=motif.organization))
        assert "Dans un autre lieu aussi" in text_of(client.get(url))

        client.post(url, EVERYTHING | {"autres_lieux": "on"})

        assert EarlierSlotRequest.objects.get().any_place

    def test_says_what_is_free_already(self, client, motif, location, participation):
        make_opening(motifs=[motif], location=location, first_day=FRIDAY)

        text = text_of(client.get(page("my_appointment_earlier", participation)))

        assert "Un créneau plus tôt est déjà libre : vendredi 6 mars, 9 h" in text

    def test_by_somebody_who_cannot_be_told(self, client, motif):
        citizen = make_citizen(organization=motif.organization, email="")
        participation = make_appointment(motif=motif, starts_at=paris(FAR, 9), citizen=citizen).participations.get()

        response = client.get(page("my_appointment_earlier", participation))

        assert "ni e-mail ni téléphone mobile" in text_of(response)
        assert "Me mettre sur la liste" not in text_of(response)
        assert client.post(page("my_appointment_earlier", participation), EVERYTHING).status_code == 422
        assert not EarlierSlotRequest.objects.exists()

    def test_is_not_possible_for_a_workshop_nor_where_the_motif_says_no(self, client, motif, participation):
        motif.offers_earlier_slots = False
        motif.save()
        workshop = make_workshop(organization=motif.organization, starts_at=paris(FAR, 9))
        other = make_appointment(motif=motif, starts_at=paris(FAR, 10)).participations.get()
        assert workshop.pk
        for someone in (participation, other):
            assert "Venir plus tôt" not in text_of(client.get(page("my_appointment", someone)))
            response = client.post(page("my_appointment_earlier", someone), EVERYTHING, follow=True)
            assert template_of(response) == "my_appointment"
        assert not EarlierSlotRequest.objects.exists()


class TestLeft:
    def test_by_one_button(self, client, participation):
        client.post(page("my_appointment_earlier", participation), EVERYTHING)
        assert "Quitter la liste d'attente" in text_of(client.get(page("my_appointment_earlier", participation)))

        for _ in range(2):
            response = client.post(page("my_appointment_earlier_leave", participation), follow=True)

        assert EarlierSlotRequest.objects.get().end == "left"
        assert "Vous êtes sur la liste" not in text_of(response)
        assert client.get(page("my_appointment_earlier_leave", participation)).status_code == 405


class TestOfTwo:
    """Two persons in one RDV, each with a link; the one who asked is told."""

    @pytest.fixture
    def other(self, offer):
        appointment = offer.request.appointment
        citizen = make_citizen(organization=appointment.organization)
        return make_participation(workshop=appointment, citizen=citizen, now=TEN, may_wait=False)

    def test_who_has_left_neither_moves_it_nor_takes_the_other_off_the_list(self, client, offer, other):
        client.post(page("my_appointment_cancel", other))
        other.refresh_from_db()
        assert other.left_at

        for said in ("accepter", "refuser"):
            typed = {"reponse": said, "numero": offer.number}
            response = client.post(page("my_appointment_offer", other), typed, follow=True)
            assert "mercredi 4 mars" not in text_of(response)
        client.post(reverse("set_language"), {"language": "en", "next": "/"})
        refused = client.post(page("my_appointment_earlier_leave", other), follow=True)

        assert "This appointment has just changed." in text_of(refused)
        offer.refresh_from_db()
        assert (offer.state, offer.request.is_active) == ("open", True)
        assert start_of(offer) == paris(FAR, 9)

    def test_who_has_left_is_refused_by_the_services(self, client, offer, other):
        client.post(page("my_appointment_cancel", other))

        with pytest.raises(OfferGone):
            take_offer(offer=offer, participation=other, now=TEN)
        with pytest.raises(OfferGone):
            decline_offer(offer=offer, participation=other, now=TEN)
        with pytest.raises(AppointmentNotChangeable):
            leave_waiting_list(participation=other, now=TEN)
        offer.refresh_from_db()
        assert offer.state == "open"

    def test_wishes_that_the_other_changes_are_still_those_of_who_asked(self, client, offer, other):
        client.post(page("my_appointment_earlier", other), EVERYTHING | {"moments": ["matin"]})

        request = EarlierSlotRequest.objects.get()
        assert request.participation == offer.request.participation
        assert request.wishes.afternoons is False


class TestTold:
    def test_by_mail_and_sms_with_both_dates_the_limit_and_the_link(self, motif, location):
        citizen = make_citizen(organization=motif.organization, first_name="Camille", phone="+33612345678")
        request = make_waiting(motif=motif, location=location, citizen=citizen)
        (taken,) = make_full(motif=motif, location=location)
        free_and_offer(taken)

        mail, sms = Message.objects.filter(kind="earlier_slot").order_by("channel")
        link = page("my_appointment_offer", request.participation)
        assert (mail.channel, sms.channel) == ("email", "sms")
        assert plain(mail.subject) == "Un créneau plus tôt : mercredi 4 mars 2026 à 9 h"
        for part in ("mercredi 4 mars", "lundi 16 mars", "Mairie", "lundi 2 mars 2026 à 12 h", link):
            assert part in plain(mail.body)
        assert sms.body.startswith("RDV plus tot mercredi 4 mars à 9 h ? Répondez avant 12 h. ")
        assert link in sms.body
        assert len(sms.body) <= 160
        assert mail.appointment_starts_at == paris(WEDNESDAY, 9)

    def test_in_the_morning_by_sms_of_what_is_freed_at_night(self, motif, location):
        citizen = make_citizen(organization=motif.organization, phone="+33612345678")
        make_waiting(motif=motif, location=location, citizen=citizen)
        (taken,) = make_full(motif=motif, location=location)

        free_and_offer(taken, now=paris(WEDNESDAY - timedelta(days=2), 23))

        due = dict(Message.objects.filter(kind="earlier_slot").values_list("channel", "due_at"))
        assert due == {
            "email": paris(WEDNESDAY - timedelta(days=2), 23),
            "sms": paris(WEDNESDAY - timedelta(days=1), 8),
        }

    @pytest.mark.parametrize(
        ("offered_at", "turn", "status"),
        [
            # Offered by day, until two minutes to ten: in the morning it would be over.
            ((MONDAY, 19, 58), (MONDAY, 20, 1), "sent"),
            # Offered by night, until ten in the morning.
            ((MONDAY, 20, 0), (MONDAY, 20, 1), "queued"),
            ((MONDAY, 20, 0), (TUESDAY, 8, 0), "sent"),
            ((MONDAY, 19, 58), (MONDAY, 22, 1), "dropped"),
        ],
    )
    def test_by_sms_while_there_is_time_to_answer(self, motif, location, offered_at, turn, status):
        citizen = make_citizen(organization=motif.organization, email="", phone="+33612345678")
        make_waiting(motif=motif, location=location, citizen=citizen)
        (taken,) = make_full(motif=motif, location=location, day=THURSDAY)
        free_and_offer(taken, now=paris(*offered_at))
        sms = Message.objects.get(kind="earlier_slot", channel="sms")
        # As if a worker had put it aside for a moment that has come.
        Message.objects.filter(pk=sms.pk).update(due_at=paris(*offered_at))

        deliver(message_id=sms.pk, now=paris(*turn))

        sms.refresh_from_db()
        assert sms.status == status
        if status == "queued":
            assert sms.due_at == paris(TUESDAY, 8)

    @pytest.mark.parametrize("why", ["stop", "no", "never"])
    def test_whom_nothing_can_tell_is_offered_nothing_and_the_next_is_at_once(self, motif, location, why):
        citizen = make_citizen(organization=motif.organization, email="", phone="+33612345678")
        request = make_waiting(motif=motif, location=location, citizen=citizen, now=TEN - timedelta(hours=1))
        participation = request.participation
        if why == "stop":
            SmsStop.objects.create(territory=citizen.territory, phone=citizen.phone, at=TEN)
        elif why == "no":
            participation.notify_by_sms = False
        elif why == "never":
            citizen.notify_by_sms = False
            citizen.save()
        participation.save()
        next_one = make_waiting(motif=motif, location=location)
        (taken,) = make_full(motif=motif, location=location)

        free_and_offer(taken)

        request.refresh_from_db()
        assert (request.is_active, request.end) == (False, "unreachable")
        assert not request.offers.exists()
        assert not AppointmentEvent.objects.filter(
            appointment=request.appointment, kind="earlier_slot_offered"
        ).exists()
        assert only_offer(next_one).starts_at == paris(WEDNESDAY, 9)


class TestAnswered:
    def test_looking_changes_nothing_and_shows_both_dates(self, client, offer):
        response = client.get(page("my_appointment_offer", offer.request.participation))

        text = text_of(response)
        for part in ("mercredi 4 mars 2026", "lundi 16 mars 2026", "Prendre ce créneau", "Garder mon rendez-vous"):
            assert part in text
        assert start_of(offer) == paris(FAR, 9)
        offer.refresh_from_db()
        assert offer.state == "open"

    def test_is_on_top_of_the_page_of_the_rendez_vous_too(self, client, offer):
        response = client.get(page("my_appointment", offer.request.participation))

        assert page("my_appointment_offer", offer.request.participation) in response.content.decode()
        assert "Un créneau plus tôt s'est libéré pour vous" in text_of(response)

    def test_yes_moves_it_and_leads_to_it_under_its_new_link(self, client, offer):
        response = answer(client, offer, "accepter")

        assert template_of(response) == "my_appointment"
        assert "Votre rendez-vous est avancé" in text_of(response)
        assert "mercredi 4 mars 2026" in text_of(response)
        assert start_of(offer) == paris(WEDNESDAY, 9)
        assert Message.objects.filter(kind="moved", participation=offer.request.participation).exists()

    def test_yes_twice_by_the_same_link_is_done_once_and_says_so(self, client, offer):
        answer(client, offer, "accepter")
        again = answer(client, offer, "accepter")
        looked = client.get(page("my_appointment_offer", offer.request.participation))

        for response in (again, looked):
            assert response.status_code == 200
            assert "Votre rendez-vous est avancé" in text_of(response)
            # The old link opens no more than that.
            assert offer.request.appointment.location.name not in text_of(response)
            assert link_token(Participation.objects.get(pk=offer.request.participation_id)) not in text_of(response)
        assert AppointmentEvent.objects.filter(kind="moved").count() == 1
        with time_machine.travel(TEN + timedelta(minutes=11), tick=False):
            looked = client.get(page("my_appointment_offer", offer.request.participation))
        assert (looked.status_code, template_of(looked)) == (404, "dead_link")

    def test_yes_promises_no_message_where_none_is_written(self, client, offer):
        Citizen.objects.update(notify_by_email=False)

        response = answer(client, offer, "accepter")
        again = answer(client, offer, "accepter")

        assert "Votre rendez-vous est avancé" in text_of(response)
        for page_of_it in (response, again):
            assert "Un message vous le confirme" not in text_of(page_of_it)

    def test_yes_twice_has_a_way_on(self, client, offer):
        response = answer(client, offer, "accepter")
        assert "Un message vous le confirme" in text_of(response)

        again = answer(client, offer, "accepter")

        assert "Un message vous le confirme. Son lien remplace ceux que vous aviez." in text_of(again)
        territory = offer.request.appointment.organization.territory
        url = reverse("booking_portal:my_appointments", args=[territory.slug])
        assert f'<a class="btn btn-primary" href="{url}">Mes rendez-vous</a>' in again.content.decode()

    @pytest.mark.parametrize("is_changeable", [True, False])
    def test_too_late_may_lead_to_another_date(self, client, motif, offer, is_changeable):
        if not is_changeable:
            motif.citizen_may_move = False
            motif.save()
        with time_machine.travel(TEN + timedelta(hours=2), tick=False):
            response = client.get(page("my_appointment_offer", offer.request.participation))

        text = text_of(response)
        assert "vous ne l'avez plus" in text
        assert "proposé à quelqu'un d'autre" not in text
        moves = page("my_appointment_move", offer.request.participation) in response.content.decode()
        assert moves is is_changeable

    def test_after_a_move_says_when_it_is_and_not_that_it_stayed(self, client, motif, location, offer):
        make_opening(motifs=[motif], location=location, first_day=TUESDAY)
        move_appointment(
            appointment=offer.request.appointment,
            starts_at=paris(TUESDAY, 9),
            location_id=location.pk,
            actor=CITIZEN,
            now=TEN,
        )
        participation = Participation.objects.get(pk=offer.request.participation_id)

        text = plain(text_of(client.get(page("my_appointment_offer", participation))))

        assert "Votre rendez-vous est le :" in text
        assert "mardi 3 mars 2026, 9 h" in text
        assert "n'a pas changé" not in text

    def test_no_keeps_it(self, client, offer):
        response = answer(client, offer, "refuser")

        assert "votre rendez-vous ne change pas" in text_of(response)
        assert start_of(offer) == paris(FAR, 9)
        assert "Vous l'avez refusée" in text_of(client.get(page("my_appointment_offer", offer.request.participation)))

    def test_too_late_says_that_the_rendez_vous_stays(self, client, offer):
        with time_machine.travel(TEN + timedelta(hours=2), tick=False):
            response = answer(client, offer, "accepter")

        assert response.status_code == 422
        text = text_of(response)
        assert "Cette proposition n'est plus valable" in text
        assert "Le temps pour répondre est passé" in text
        assert "lundi 16 mars 2026" in text
        assert "Vous restez sur la liste d'attente" in text
        assert start_of(offer) == paris(FAR, 9)

    def test_when_the_slot_is_gone_says_so(self, client, motif, offer):
        make_appointment(motif=motif, calendar=offer.calendar, starts_at=paris(WEDNESDAY, 9), location=offer.location)

        response = answer(client, offer, "accepter")

        assert response.status_code == 422
        assert "Le créneau n'est plus libre" in text_of(response)

    def test_when_the_rendez_vous_is_cancelled(self, client, offer):
        cancel_appointment(appointment=offer.request.appointment, status="cancelled_by_citizen", actor=CITIZEN, now=TEN)

        response = answer(client, offer, "accepter")

        assert Appointment.objects.get(pk=offer.request.appointment_id).is_cancelled
        assert "annulé" in text_of(response)

    @pytest.mark.parametrize("typed", [{}, {"reponse": "peut-etre"}, {"reponse": "accepter"}, {"numero": "\x00"}])
    def test_neither_yes_nor_no_shows_the_page_again(self, client, offer, typed):
        response = client.post(page("my_appointment_offer", offer.request.participation), typed)

        assert response.status_code == 422
        assert "Prendre ce créneau" in text_of(response)

    def test_of_nothing_leads_to_the_rendez_vous(self, client, participation):
        response = client.get(page("my_appointment_offer", participation), follow=True)

        assert template_of(response) == "my_appointment"


def test_the_page_for_somebody_else_shows_nothing_of_the_offer(client, offer, participation):
    text = text_of(client.get(page("my_appointment_offer", participation), follow=True))

    assert "mercredi 4 mars" not in text


@pytest.mark.parametrize("made", [1, 3])
def test_the_pages_cost_the_same_whatever_the_number_of_offers(client, motif, location, assert_query_count, made):
    request = make_waiting(motif=motif, location=location, day=FAR + timedelta(days=7))
    now = TEN
    for number in range(made):
        now = TEN + timedelta(days=number)
        (taken,) = make_full(motif=motif, location=location, day=FRIDAY, hour=9 + number)
        free_and_offer(taken, now=now)

        if number < made - 1:
            client.post(
                page("my_appointment_offer", request.participation), {"reponse": "refuser", "numero": number + 1}
            )
    with time_machine.travel(now, tick=False):
        for name in ("my_appointment_earlier", "my_appointment_offer"):
            with assert_query_count(name):
                client.get(page(name, request.participation))
