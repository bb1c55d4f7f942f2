"""What was typed for an appointment is not typed twice: slot lost, session ended, citizen merged, address worn out."""

import uuid
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.urls import reverse

from organizations.models import Citizen, Membership
from organizations.services.merges import fingerprint
from scheduling.booking_drafts import KEPT_FOR, MOST
from scheduling.models import Appointment
from scheduling.services.citizen_merges import merge_citizens
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


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
    return make_motif(organization=organization, duration=timedelta(hours=1))


@pytest.fixture
def opening(motif):
    """Monday from 9 h to 12 h."""
    return make_opening(motifs=[motif])


@pytest.fixture
def url(opening, motif):
    asked = {
        "motif": motif.pk,
        "debut": "2026-03-02T08:00:00Z",
        "agenda": opening.calendar_id,
        "lieu": opening.location_id,
    }
    return f"{reverse('scheduling:appointment_add', args=[motif.organization.slug])}?{urlencode(asked)}"


TYPED = {
    "last_name": "Durand",
    "first_name": "Zoé",
    "phone": "06 12 34 56 78",
    "email": "zoe@exemple.fr",
    "birth_date": "12/05/1984",
    "context_note": "Vient avec sa sœur",
    "notify_by_sms": "on",
}


def typed(page, **changes):
    """As the browser sends the form of `page` back."""
    sent = {
        "idempotency_key": page.context["form"]["idempotency_key"].value(),
        "signature": page.context["signature"],
    }
    return TYPED | sent | changes


def shown(page):
    form = page.context["form"]
    return {name: form[name].value() for name in TYPED if name in form.fields}


def text(response):
    return response.content.decode().replace("&#x27;", "'").replace("&nbsp;", "\u00a0")


EVERYTHING = TYPED | {"notify_by_sms": True}


class TestAfterTheSlotIsLost:
    @pytest.fixture
    def refused(self, client, admin, url, motif, opening):
        page = client.get(url)
        make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9))
        return client.post(url, typed(page))

    def test_another_one_of_the_search_has_it_all(self, client, refused):
        search = client.get(refused.context["search_url"])
        assert "Ce que vous avez saisi pour Zoé Durand est gardé" in text(search)

        (first, *_) = search.context["results"].next_choices
        page = client.get(first.url)

        assert shown(page) == EVERYTHING
        assert page.context["form"]["notify_by_email"].value() is False
        assert client.post(first.url, typed(page)).status_code == 302
        assert Citizen.objects.get(last_name="Durand").appointments.get().starts_at == paris(MONDAY, 10)

    def test_filters_weeks_and_motifs_carry_it(self, client, refused, organization):
        search = client.get(refused.context["search_url"])
        token = parse_qs(urlsplit(refused.context["search_url"]).query)["brouillon"][0]

        assert f'name="brouillon" value="{token}"' in text(search)
        next_week = next(part for part in text(search).split("<a ") if 'rel="next"' in part.split(">")[0])
        assert token in next_week
        motifs = client.get(reverse("scheduling:slot_search", args=[organization.slug]), {"brouillon": token})
        assert "Ce que vous avez saisi" in text(motifs)
        assert f"brouillon={token}&amp;motif=" in motifs.content.decode()

    def test_lost_again_it_is_still_there(self, client, refused, motif, opening):
        (first, *_) = client.get(refused.context["search_url"]).context["results"].next_choices
        page = client.get(first.url)
        make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 10))

        again = client.post(first.url, typed(page, context_note="Autre note"))

        assert again.status_code == 422
        last = client.get(again.context["search_url"]).context["results"].next_choices[0]
        assert shown(client.get(last.url)) == EVERYTHING | {"context_note": "Autre note"}

    def test_a_page_that_does_not_carry_it_shows_nothing_of_it(self, client, refused, url):
        assert shown(client.get(url.replace("T08", "T09")))["last_name"] in (None, "")

    def test_nothing_of_it_remains_once_booked(self, client, refused):
        (first, *_) = client.get(refused.context["search_url"]).context["results"].next_choices
        client.post(first.url, typed(client.get(first.url)))

        assert shown(client.get(first.url))["last_name"] in (None, "")
        assert not client.session["booking_drafts"]

    def test_after_half_an_hour_it_is_forgotten(self, client, refused, clock):
        clock.shift(KEPT_FOR)

        search = client.get(refused.context["search_url"])
        assert "Ce que vous avez saisi" not in text(search)

    def test_no_more_than_a_few_are_kept(self, client, refused, url):
        for _ in range(MOST + 2):
            client.post(url, TYPED | {"idempotency_key": str(uuid.uuid4())})

        assert len(client.session["booking_drafts"]) == MOST

    def test_somebody_known_stays_chosen(self, client, admin, url, motif, opening, organization):
        zoe = make_citizen(organization=organization)
        page = client.get(f"{url}&usager={zoe.pk}")
        make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9))

        # Taken among likely records: the address does not name them.
        refused = client.post(url, typed(page, existing=zoe.pk))
        (first, *_) = client.get(refused.context["search_url"]).context["results"].next_choices
        page = client.get(first.url)

        assert page.context["citizen"] == zoe
        assert page.context["form"]["context_note"].value() == "Vient avec sa sœur"


@pytest.mark.parametrize("gone", ["motif archived", "place closed", "agent left"])
def test_what_was_typed_survives_an_address_that_no_longer_holds(client, admin, url, motif, opening, gone):
    page = client.get(url)
    if gone == "motif archived":
        motif.archived_at = NOW
        motif.save()
    elif gone == "place closed":
        opening.location.closed_at = NOW
        opening.location.save()
    else:
        Membership.objects.filter(agent=opening.calendar.agent).delete()

    search = client.post(url, typed(page), follow=True)

    assert "Ce que vous avez saisi est gardé" in text(search)
    assert "Ce que vous avez saisi pour Zoé Durand est gardé" in text(search)
    token = parse_qs(urlsplit(search.redirect_chain[0][0]).query)["brouillon"][0]
    other = make_motif(organization=motif.organization, duration=timedelta(hours=1))
    make_opening(motifs=[other])
    found = client.get(
        reverse("scheduling:slot_search", args=[motif.organization.slug]), {"motif": other.pk, "brouillon": token}
    )
    assert shown(client.get(found.context["results"].next_choices[0].url)) == EVERYTHING


class TestAfterTheSessionHasEnded:
    @pytest.fixture
    def sent(self, client, admin, url):
        """The form, sent after the session has ended; the client is at the door."""
        page = client.get(url)
        Session.objects.all().delete()
        return client.post(url, typed(page))

    def next_of(self, sent):
        return parse_qs(urlsplit(sent.url).query)["next"][0]

    def test_one_signs_in_and_finds_everything(self, client, admin, sent):
        assert sent.status_code == 302
        assert sent.url.startswith(reverse("account_login"))
        assert not Appointment.objects.exists()

        client.force_login(admin)
        page = client.get(self.next_of(sent))

        assert page.status_code == 200
        assert shown(page) == EVERYTHING
        assert client.post(self.next_of(sent), typed(page)).status_code == 302
        assert Appointment.objects.get().context_note == "Vient avec sa sœur"

    def test_somebody_else_who_signs_in_sees_nothing_of_it(self, client, organization, sent):
        client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))

        page = client.get(self.next_of(sent))

        assert page.status_code == 200
        assert shown(page)["last_name"] in (None, "")
        assert "Zoé" not in text(page)

    @pytest.mark.parametrize("signature", ["", "forged", "1:abc:def"])
    def test_what_is_no_form_of_ours_is_not_kept(self, client, admin, url, signature):
        page = client.get(url)
        client.logout()

        answer = client.post(url, typed(page, signature=signature))

        assert answer.url.startswith(reverse("account_login"))
        assert "brouillon" not in answer.url
        assert not Session.objects.exists()

    def test_the_form_of_another_day_is_not_kept(self, client, admin, url, clock):
        page = client.get(url)
        client.logout()
        clock.shift(timedelta(hours=13))

        assert "brouillon" not in client.post(url, typed(page)).url


class TestAfterTheCitizenWasMerged:
    @pytest.fixture
    def records(self, organization):
        kept, lost = (make_citizen(organization=organization, first_name="Zoé", last_name="Durand") for _ in range(2))
        return kept, lost

    @pytest.mark.parametrize("named", ["in the address", "in the form"])
    def test_the_record_that_stayed_is_booked(self, client, admin, url, records, organization, named):
        kept, lost = records
        asked = f"{url}&usager={lost.pk}" if named == "in the address" else url
        page = client.get(f"{url}&usager={lost.pk}")
        merge(kept, lost, admin, organization)

        answer = client.post(asked, typed(page, existing=lost.pk))

        assert answer.status_code == 302
        appointment = Appointment.objects.get()
        assert appointment.participations.get().citizen == kept
        assert appointment.context_note == "Vient avec sa sœur"

    def test_and_the_slot_lost_everything_is_still_there(
        self, client, admin, url, records, organization, motif, opening
    ):
        kept, lost = records
        page = client.get(f"{url}&usager={lost.pk}")
        merge(kept, lost, admin, organization)
        make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9))

        refused = client.post(f"{url}&usager={lost.pk}", typed(page, existing=lost.pk))

        assert refused.status_code == 422
        assert refused.context["citizen"] == kept
        assert "Vient avec sa sœur" in text(refused)
        other = refused.context["others"][0]
        assert client.post(url.split("?")[0] + other.url, typed(page, existing=lost.pk)).status_code == 302
        assert kept.appointments.get().starts_at == paris(MONDAY, 10)


def merge(winner, loser, agent, organization):
    merge_citizens(
        winner_id=winner.pk,
        loser_id=loser.pk,
        choices={},
        seen=fingerprint(winner=winner, loser=loser),
        agent=agent,
        organization=organization,
        now=NOW,
    )
