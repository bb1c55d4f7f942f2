"""The journal of messages: of an organization, of a territory, and on the page of an RDV."""

from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.db.models import Count
from django.urls import reverse

from notifications.models import Message
from notifications.selectors import journal as journal_selector
from notifications.selectors.journal import JournalFilter, _sent_to, asked_messages, participations_of, totals_of
from organizations.models import Membership
from scheduling.participation_links import link_token
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_territory,
    make_territory_admin,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db

Status, State = Message.Status, Message.State


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def territory():
    return make_territory(sms_price=Decimal("0.0725"))


@pytest.fixture
def organization(territory):
    return make_organization(territory=territory)


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


@pytest.fixture
def territory_admin(client, territory):
    admin = make_territory_admin(territory=territory)
    client.force_login(admin)
    return admin


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Passeport")


def book(motif, last_name, *, hour=9, **citizen):
    known = {"phone": "+33612345678", "email": "camille@example.org"} | citizen
    citizen = make_citizen(organization=motif.organization, last_name=last_name, **known)
    return make_appointment(motif=motif, citizen=citizen, starts_at=paris(MONDAY, hour))


def journal(client, organization, **query):
    return client.get(reverse("notifications:message_list", args=[organization.slug], query=query))


def of_territory(client, territory, **query):
    return client.get(reverse("notifications:territory_message_list", args=[territory.slug], query=query))


def names_in(response):
    return sorted(
        message.participation.citizen.last_name for message in response.context["page"] if message.participation
    )


def sms_of(appointment):
    return Message.objects.get(appointment=appointment, channel="sms")


class TestTheJournal:
    def test_says_what_was_sent_to_whom_when_in_which_state_and_what_it_cost(self, client, admin, motif, organization):
        appointment = book(motif, "Martin")
        Message.objects.filter(appointment=appointment).update(status=Status.SENT, sent_at=NOW)
        Message.objects.filter(channel="sms").update(delivered_at=NOW + timedelta(minutes=2))

        page = journal(client, organization, canal="sms").content.decode().replace("\N{NO-BREAK SPACE}", " ")

        assert "MARTIN" in page
        assert "06 12 34 56 78" in page
        assert "Création" in page
        assert "Remis" in page
        assert "0,0725 €" in page
        assert "RDV confirmé le" in page

    def test_lists_the_newest_first_by_pages(self, client, admin, organization, make_message):
        for minutes in range(60):
            make_message(
                territory=organization.territory, organization=organization, created_at=NOW - timedelta(minutes=minutes)
            )

        first, second = journal(client, organization), journal(client, organization, page=2)

        written = [message.created_at for message in [*first.context["page"], *second.context["page"]]]
        assert (len(first.context["page"].object_list), len(written)) == (50, 60)
        assert written == sorted(written, reverse=True)

    def test_counts_every_state_and_shows_the_failures_first(self, client, admin, organization, make_message):
        of_here = {"territory": organization.territory, "organization": organization}
        make_message(**of_here)
        make_message(**of_here, status=Status.SENDING)
        make_message(**of_here, status=Status.SENT, sent_at=NOW)
        make_message(**of_here, status=Status.SENT, sent_at=NOW, delivered_at=NOW)
        make_message(**of_here, status=Status.FAILED, error="Ce numéro n'existe pas.")
        make_message(**of_here, status=Status.DROPPED)

        response = journal(client, organization)

        counts = {label: number for _, label, number, _ in response.context["states"]}
        assert counts == {"Échecs": 1, "À envoyer": 2, "Envoyés": 1, "Remis": 1, "Sans objet": 1}
        assert next(iter(counts)) == "Échecs"
        assert "1 message n'a pas pu partir" in unescape(response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")
        for state, _, number, _ in response.context["states"]:
            shown = journal(client, organization, etat=state)
            assert [message.state for message in shown.context["page"]] == [state] * number
            assert shown.context["number"] == number

    def test_filters_by_period_event_and_channel(self, client, admin, organization, make_message):
        of_here = {"territory": organization.territory, "organization": organization}
        today = make_message(**of_here)
        make_message(**of_here, kind="reminder", channel="sms", subject="", recipient="+33612345678")
        make_message(**of_here, created_at=NOW - timedelta(days=3))
        make_message(**of_here, created_at=NOW - timedelta(days=40))
        day = NOW.date().isoformat()

        def number(**query):
            return journal(client, organization, **query).context["number"]

        assert number(du=day, au=day) == 2
        assert number(du="") == 4
        assert number() == 3
        assert number(evenement="reminder") == number(canal="sms") == 1
        assert number(evenement="reminder", canal="email") == 0
        assert list(journal(client, organization, du=day, evenement="no_show").context["page"]) == [today]

    def test_days_are_those_of_the_organizations_clocks(self, client, admin, organization, make_message):
        """Half past midnight in Paris is still the day before in UTC."""
        make_message(territory=organization.territory, organization=organization, created_at=paris(MONDAY, 0, 30))

        def number(day):
            return journal(client, organization, du=day.isoformat(), au=day.isoformat()).context["number"]

        assert (number(MONDAY), number(MONDAY - timedelta(days=1))) == (1, 0)

    def test_a_part_of_an_htmx_page_is_the_list_alone(self, client, admin, organization):
        address = reverse("notifications:message_list", args=[organization.slug])
        answer = client.get(address, headers={"HX-Request": "true"}).content.decode()

        assert answer.lstrip().startswith('<section id="message-results"')

    def test_says_so_where_nothing_was_ever_sent(self, client, admin, organization):
        assert "Aucun message" in journal(client, organization).content.decode()
        assert "Chercher à toutes les dates" in journal(client, organization).content.decode()
        assert "se range ici" in journal(client, organization, du="").content.decode()


class TestTheSearch:
    @pytest.fixture(autouse=True)
    def _world(self, motif):
        book(motif, "Dubois-Lefèvre", hour=9, email="anne.dubois@mairie-lens.fr", phone="+33612345678")
        book(motif, "Petit", hour=11, email="petit@example.org", phone="+33698765432")

    @pytest.mark.parametrize(
        "typed",
        [
            "dubois",
            "LEFEVRE dub",
            "lefèvre",
            "anne.dubois@mairie",
            "mairie-lens",
            "06 12 34",
            "+33 6 12 34 56 78",
            "0612345678",
            "0033612",
        ],
    )
    def test_finds_a_name_an_address_and_a_number_as_people_type_them(self, client, admin, organization, typed):
        assert set(names_in(journal(client, organization, q=typed))) == {"Dubois-Lefèvre"}

    @pytest.mark.parametrize("typed", ["personne", "07 12", "!!", "ubois"])
    def test_finds_nobody_else(self, client, admin, organization, typed):
        assert names_in(journal(client, organization, q=typed)) == []

    def test_finds_what_went_to_an_address_that_the_person_has_no_more(self, client, admin, organization, motif):
        Message.objects.filter(participation__citizen__last_name="Petit").update(recipient="ancienne@adresse.fr")

        assert set(names_in(journal(client, organization, q="ancienne@adresse"))) == {"Petit"}

    def test_finds_what_went_to_who_answers_for_somebody(self, client, admin, organization, motif):
        mother = make_citizen(organization=organization, last_name="Garnier", email="mere@example.org")
        child = make_citizen(organization=organization, last_name="Enfant", responsible=mother, email="", phone="")
        make_appointment(motif=motif, citizen=child, starts_at=paris(MONDAY, 15))

        assert set(names_in(journal(client, organization, q="garnier"))) == {"Enfant"}
        assert set(names_in(journal(client, organization, q="enfant"))) == {"Enfant"}

    def test_says_so_where_it_finds_too_many_and_shows_the_latest(self, client, admin, organization, monkeypatch):
        assert "trouve trop" not in journal(client, organization, q="example.org").content.decode()
        monkeypatch.setattr(journal_selector, "MOST_FOUND", 1)

        page = journal(client, organization, q="example.org")

        assert "trouve trop de messages" in page.content.decode()
        assert set(names_in(page)) == {"Petit"}

    def test_neither_counts_nor_misses_for_what_the_reader_does_not_see(self, client, organization, motif, monkeypatch):
        """Others of the territory, and of other services, come later and are more: nothing tells of them."""
        here, there = make_unit(territory=organization.territory), make_unit(territory=organization.territory)
        book(make_motif(organization=organization, units=[here]), "Garnier")
        book(make_motif(organization=organization, units=[there]), "Garnier")
        elsewhere = make_motif(organization=make_organization(territory=organization.territory))
        for hour in (9, 10, 11):
            book(elsewhere, "Garnier", hour=hour)
        monkeypatch.setattr(journal_selector, "MOST_FOUND", 2)
        Message.objects.filter(channel="email").delete()

        for agent, number in (
            (make_agent(organization=organization, units=[here]), 1),
            (make_agent(organization=organization, is_front_desk=True), 2),
            (make_agent(organization=organization, role=Membership.Role.ADMIN), 2),
        ):
            client.force_login(agent)
            response = journal(client, organization, q="garnier")
            assert (response.context["is_too_much"], names_in(response)) == (False, ["Garnier"] * number)

    def test_leaves_other_territories_alone(self, client, organization, make_message):
        stranger = make_motif()
        book(stranger, "Dubois")
        client.force_login(make_agent(organization=stranger.organization, role=Membership.Role.ADMIN))

        assert set(names_in(journal(client, stranger.organization, q="dubois"))) == {"Dubois"}


class TestWhoSeesWhat:
    def test_a_basic_agent_sees_the_messages_of_the_rdvs_of_their_services(self, client, organization):
        here, there = make_unit(territory=organization.territory), make_unit(territory=organization.territory)
        book(make_motif(organization=organization, units=[here]), "Visible")
        book(make_motif(organization=organization, units=[there]), "Secret")
        client.force_login(make_agent(organization=organization, units=[here]))

        response = journal(client, organization)

        assert set(names_in(response)) == {"Visible"}
        assert "SECRET" not in response.content.decode()
        assert response.context["totals"].number == len(response.context["page"].object_list)
        assert names_in(journal(client, organization, q="secret")) == []

    def test_what_is_of_no_rdv_is_the_administrators(self, client, admin, organization, make_message):
        make_message(territory=organization.territory, organization=organization, kind="summary")
        assert journal(client, organization).context["number"] == 1

        client.force_login(make_agent(organization=organization, is_front_desk=True))
        assert journal(client, organization).context["number"] == 0

    def test_costs_are_the_administrators(self, client, admin, organization, motif):
        appointment = book(motif, "Martin")
        detail = reverse("scheduling:appointment_detail", args=[organization.slug, appointment.pk])
        assert "0,0725" in journal(client, organization).content.decode()
        assert "0,0725" in client.get(detail).content.decode()

        client.force_login(make_agent(organization=organization))
        assert "0,0725" not in journal(client, organization).content.decode()
        assert "0,0725" not in client.get(detail).content.decode()

    def test_a_code_is_told_of_and_never_shown(self, client, territory_admin, territory, make_message):
        make_message(territory=territory, kind="code", channel="sms", subject="", body="123456 est votre code")

        page = of_territory(client, territory).content.decode()

        assert "Code de confirmation" in page
        assert "123456 est" not in page

    def test_a_mail_about_an_account_is_nobodys(self, client, territory_admin, territory, make_message):
        Message.objects.create(
            territory=None, audience="agent", kind="account", channel="email", recipient="a@example.org",
            subject="Lien", body="https://secret", created_at=NOW, due_at=NOW,
        )  # fmt: skip

        assert of_territory(client, territory).context["number"] == 0

    def test_the_personal_link_of_a_citizen_is_cut(self, client, admin, organization, motif):
        """Who follows it acts as the citizen."""
        appointment = book(motif, "Martin")
        token = link_token(appointment.participations.get())
        assert token in sms_of(appointment).body

        detail = reverse("scheduling:appointment_detail", args=[organization.slug, appointment.pk])
        for page in (journal(client, organization), client.get(detail)):
            assert token not in page.content.decode()
            assert "/mon-rdv/…" in page.content.decode()

    def test_the_personal_link_in_a_subject_is_cut_too(self, client, admin, organization, motif):
        appointment = book(motif, "Martin")
        token = link_token(appointment.participations.get())
        Message.objects.filter(channel="email").update(subject=f"Votre RDV : https://rdv.example/r/{token}", body="Oui")
        detail = reverse("scheduling:appointment_detail", args=[organization.slug, appointment.pk])

        for page in (journal(client, organization), client.get(detail)):
            assert "Votre RDV : https://rdv.example/r/…" in page.content.decode()
            assert "Le lien personnel n'est pas montré en entier." in unescape(page.content.decode())
            assert token not in page.content.decode()

    def test_a_text_is_shown_as_text(self, client, admin, organization, make_message):
        make_message(territory=organization.territory, organization=organization, body="<script>alert(1)</script>")

        assert "<script>alert(1)" not in journal(client, organization).content.decode()


class TestOfATerritory:
    def test_has_the_messages_of_all_its_organizations_and_filters_one(
        self, client, territory_admin, territory, make_message
    ):
        one, other = make_organization(territory=territory), make_organization(territory=territory)
        make_message(territory=territory, organization=one)
        make_message(territory=territory, organization=other)
        make_message(territory=territory, kind="code")
        make_message()

        def number(**query):
            return of_territory(client, territory, **query).context["number"]

        assert number() == 3
        assert number(organisation=one.pk) == 1
        assert number(organisation=0) == number(evenement="code") == 1
        assert number(organisation="9" * 20) == 3

    def test_says_when_an_rdv_is_by_the_clocks_of_its_organization(self, client, territory_admin, territory):
        reunion = make_organization(territory=territory, time_zone_override="Indian/Reunion")
        book(make_motif(organization=reunion), "Payet", hour=23)  # Of Paris: the day after, there.

        page = of_territory(client, territory).content.decode().replace("\N{NO-BREAK SPACE}", " ")

        there = (MONDAY + timedelta(days=1)).strftime("%d/%m/%Y")
        assert f"{there} à&nbsp;2 h" in page or f"{there} à 2 h" in page

    def test_sends_again_in_the_name_of_its_organization(self, client, territory_admin, territory, motif):
        appointment = book(motif, "Martin")
        Message.objects.update(status=Status.FAILED)
        address = reverse("notifications:territory_message_list", args=[territory.slug], query={"canal": "sms"})
        page = client.get(address).content.decode()
        resend = reverse("notifications:message_resend", args=[motif.organization.slug, sms_of(appointment).pk])
        assert resend in page

        answer = client.post(resend, {"next": address})

        assert (answer.status_code, answer["Location"]) == (302, address)
        assert Message.objects.filter(resends__isnull=False).count() == 1


class TestSendingAgainFromARow:
    def test_comes_back_to_the_list_as_it_was_filtered(self, client, admin, organization, motif):
        appointment = book(motif, "Martin")
        Message.objects.update(status=Status.FAILED)
        address = reverse("notifications:message_list", args=[organization.slug], query={"etat": "failed"})
        assert f'name="next" value="{address}"' in client.get(address).content.decode()

        resend = reverse("notifications:message_resend", args=[organization.slug, sms_of(appointment).pk])

        assert client.post(resend, {"next": address})["Location"] == address
        assert client.post(resend, {"next": "https://elsewhere.example/"})["Location"].endswith("#rdv-messages")

    def test_is_not_offered_for_what_makes_no_sense_any_more(self, client, admin, organization, motif):
        book(motif, "Martin")

        assert "Renvoyer" not in journal(client, organization).content.decode()  # On their way still.


class TestItsCost:
    def test_is_the_same_however_many_rows(self, client, territory_admin, organization, motif, assert_query_count):
        for times in (1, 12):
            for _ in range(times):
                book(make_motif(organization=organization), "Martin")
            Message.objects.update(status=Status.FAILED)
            with assert_query_count("message_list"):
                journal(client, organization, q="martin")
            with assert_query_count("territory_message_list"):
                of_territory(client, organization.territory, q="martin")

    @pytest.mark.parametrize("whose", ["organization", "territory"])
    def test_reads_indexes_and_no_table_from_end_to_end(self, organization, territory, whose):
        """A page of ids in the order of an index, the counters of a period, a search from the words of addresses."""
        fill(organization, 20_000)
        messages = {
            "organization": Message.objects.for_organization(organization),
            "territory": Message.objects.for_territory(territory),
        }[whose]

        def plan(asked, narrow):
            people = participations_of(territory)
            found = asked_messages(messages, asked, participations=people, territory=territory, zone=organization.zone)
            return narrow(found.messages).explain()

        def newest(found):
            return found.order_by("-created_at", "-pk").values_list("pk")[:50]

        day, named = JournalFilter(first_day=NOW.date()), JournalFilter(words="personne777")
        plans = {
            "page": plan(day, newest),
            "counters": plan(day, lambda found: found.order_by().values("status").annotate(number=Count("*"))),
            "search": plan(named, newest),
        }
        assert [name for name, text in plans.items() if "Seq Scan on notifications_message " in text] == []
        assert "Sort" not in plans["page"]
        # By the ids of the few that the words of addresses found.
        assert "notifications_message_pkey" in plans["search"]
        words = Message.objects.filter(pk__in=_sent_to("personne777", messages).values("pk")).explain()
        assert "message_recipient_words" in words

    def test_the_totals_are_of_what_the_provider_took(self, organization, make_message):
        of_here = {"territory": organization.territory, "organization": organization, "channel": "sms", "subject": ""}
        priced = of_here | {"segments": 2, "cost": Decimal("0.145")}
        make_message(**priced, status=Status.SENT, sent_at=NOW)
        make_message(**priced, status=Status.FAILED)
        make_message(**priced, status=Status.FAILED, handed_at=NOW)
        make_message(**priced, status=Status.DROPPED)
        make_message(**of_here, segments=1, status=Status.SENT, sent_at=NOW)

        totals = totals_of(Message.objects.for_organization(organization))

        assert (totals.number, totals.segments, totals.cost) == (5, 5, Decimal("0.29"))


def fill(organization, number):
    """That many messages of the organization, one a minute back from now, and as many of nobody's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notifications_message (territory_id, organization_id, audience, kind, channel, recipient, "
            "subject, body, link, calendar_file, status, created_at, due_at, attempts, error, provider_id, "
            "provider_status, segments) "
            "SELECT %s, CASE WHEN n %% 2 = 0 THEN %s END, 'citizen', 'reminder', 'sms', 'personne' || n || "
            "'@example.org', '', repeat('texte ', 20), '', '', 'sent', %s - n * interval '1 minute', %s, 0, '', '', "
            "'', 1 FROM generate_series(1, %s) n",
            [organization.territory_id, organization.pk, NOW, NOW, 2 * number],
        )
        cursor.execute("ANALYZE notifications_message")
