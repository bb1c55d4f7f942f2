"""The morning's summary: to whom, when, of what, and once."""

from datetime import datetime, time, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection

from notifications.models import Message, MorningSummary
from notifications.services.delivery import deliver
from notifications.services.summaries import KEPT, queue_summaries
from organizations.models import Agent
from scheduling.engine.intervals import Interval
from scheduling.models import AppointmentStatus
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment, record_outcome
from scheduling.services.hand_moves import Destination, move_by_hand
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    TUESDAY,
    WEDNESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_closure,
    make_location,
    make_membership,
    make_motif,
    make_opening,
    make_organization,
    make_participation,
    make_territory,
    make_unavailability,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

# Of the day before yesterday: nothing that was placed then is news.
LONG_AGO = NOW - timedelta(days=4)

QUERIES = 17


@pytest.fixture
def organization():
    return make_organization(name="Maison des solidarités", territory=make_territory(name="Arrageois"))


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization, wants_summary=True)


def place(agent, organization, *, starts_at=None, now=LONG_AGO, **fields):
    appointment = make_appointment(
        organization=organization, calendar=agent.calendar, starts_at=starts_at or paris(MONDAY, 9), now=now, **fields
    )
    Message.objects.all().delete()
    return appointment


def summaries():
    return list(Message.objects.filter(kind=Message.Kind.SUMMARY).order_by("pk"))


def words(message):
    return message.subject.replace("\u00a0", " "), message.body.replace("\u00a0", " ")


def test_it_says_when_whom_what_for_and_where(organization, agent):
    location = make_location(organization=organization, name="Annexe")
    motif = make_motif(organization=organization, name="Consultation")
    camille = make_citizen(organization=organization, first_name="Camille", last_name="Durand")
    place(agent, organization, motif=motif, location=location, citizen=camille)
    phone = make_motif(organization=organization, name="Appel", location_kind="phone")
    sacha = make_citizen(organization=organization, first_name="Sacha", last_name="Leroy")
    place(agent, organization, motif=phone, citizen=sacha, starts_at=paris(MONDAY, 10, 30))

    assert queue_summaries(now=NOW) == [message.pk for message in summaries()]

    (message,) = summaries()
    subject, body = words(message)
    assert subject == "Votre journée du lundi 2 mars 2026 : 2 rendez-vous"
    assert body == (
        "Bonjour,\n\n"
        "Vos rendez-vous du lundi 2 mars 2026, Arrageois :\n\n"
        "9 h – 9 h 30 : Camille DURAND\n"
        "Consultation, Annexe\n\n"
        "10 h 30 – 11 h : Sacha LEROY\n"
        "Appel, Par téléphone\n\n"
        f"Ouvrir ma journée :\nhttp://testserver/o/{organization.slug}/aujourd-hui/\n\n"
        "Ce résumé se règle dans « Mon compte », « Mes notifications »."
    )
    assert message.recipient == agent.email
    assert (message.territory, message.agent, message.audience) == (organization.territory, agent, "agent")


def test_the_mail_leads_to_the_day(organization, agent):
    place(agent, organization)

    (pk,) = queue_summaries(now=NOW)

    assert summaries()[0].link == f"http://testserver/o/{organization.slug}/aujourd-hui/"
    assert deliver(message_id=pk, now=NOW)


class TestWhen:
    def test_at_the_hour_of_each_agent(self, organization):
        early = make_agent(organization=organization, wants_summary=True, summary_time=time(6, 30))
        late = make_agent(organization=organization, wants_summary=True, summary_time=time(8))
        for number, agent in enumerate([early, late]):
            place(agent, organization, starts_at=paris(MONDAY, 14 + number))

        told = {}
        for hour, minute in [(6, 15), (6, 30), (7, 45), (8, 0), (8, 15)]:
            queue_summaries(now=paris(MONDAY, hour, minute))
            told[hour, minute] = {message.agent for message in summaries()}

        assert told == {
            (6, 15): set(), (6, 30): {early}, (7, 45): {early}, (8, 0): {early, late}, (8, 15): {early, late},
        }  # fmt: skip

    def test_by_the_clocks_of_the_territory(self, agent, organization):
        there = make_organization(territory=make_territory(time_zone="Indian/Reunion"))
        make_membership(agent=agent, organization=there)
        place(agent, there, starts_at=datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Indian/Reunion")))
        seven = datetime(2026, 3, 2, 7, tzinfo=ZoneInfo("Indian/Reunion"))

        assert queue_summaries(now=seven - timedelta(minutes=15)) == []
        assert len(queue_summaries(now=seven)) == 1
        assert words(summaries()[0])[1].count("9 h – 9 h 30") == 1

    @pytest.mark.parametrize(("hour", "minute", "is_sent"), [(11, 59, True), (12, 0, False), (18, 0, False)])
    def test_after_an_outage_until_noon(self, hour, minute, is_sent, organization, agent):
        place(agent, organization, starts_at=paris(MONDAY, 19))

        assert bool(queue_summaries(now=paris(MONDAY, hour, minute))) == is_sent

    def test_what_could_not_leave_until_noon_does_not_leave(self, organization, agent):
        place(agent, organization, starts_at=paris(MONDAY, 15))
        (pk,) = queue_summaries(now=NOW)

        assert not deliver(message_id=pk, now=paris(MONDAY, 12))

        assert Message.objects.get(pk=pk).status == Message.Status.DROPPED
        assert Message.objects.get(pk=pk).error == "La matinée était passée."

    def test_a_summary_after_noon_cannot_be_chosen(self, agent):
        with pytest.raises(IntegrityError, match="agent_summary_in_the_morning"):
            Agent.objects.filter(pk=agent.pk).update(summary_time=time(12))


class TestOnce:
    def test_a_day_whatever_runs_twice(self, organization, agent):
        place(agent, organization, starts_at=paris(MONDAY, 15))

        assert len(queue_summaries(now=NOW)) == 1
        assert queue_summaries(now=NOW) == queue_summaries(now=NOW + timedelta(hours=2)) == []
        assert len(summaries()) == 1

    def test_every_day(self, organization, agent):
        for day in (MONDAY, TUESDAY):
            place(agent, organization, starts_at=paris(day, 9))
        for day in (MONDAY, TUESDAY):
            queue_summaries(now=paris(day, 7))

        assert [words(message)[0][:28] for message in summaries()] == [
            "Votre journée du lundi 2 mar",
            "Votre journée du mardi 3 mar",
        ]

    def test_nothing_to_say_at_its_hour_is_nothing_all_the_morning(self, organization, agent):
        assert queue_summaries(now=NOW) == []
        place(agent, organization, starts_at=paris(MONDAY, 11), now=paris(MONDAY, 8))

        assert queue_summaries(now=paris(MONDAY, 8, 15)) == []
        assert MorningSummary.objects.get().message is None

    def test_the_database_has_the_last_word(self, organization, agent):
        fields = {"agent": agent, "territory": organization.territory, "day": MONDAY}
        MorningSummary.objects.create(**fields)

        with pytest.raises(IntegrityError, match="morning_summary_once"):
            MorningSummary.objects.create(**fields)

    def test_mornings_of_last_month_are_forgotten_and_their_mails_are_not(self, organization, agent):
        place(agent, organization)
        (pk,) = queue_summaries(now=NOW)

        queue_summaries(now=NOW + KEPT + timedelta(days=1))

        assert not MorningSummary.objects.filter(day=MONDAY).exists()
        assert pk in [message.pk for message in summaries()]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_each_summary_once():
    organization = make_organization()
    for number in range(6):
        agent = make_agent(organization=organization, wants_summary=True)
        place(agent, organization, starts_at=paris(MONDAY, 9 + number))
    start, written = Barrier(3), []

    def work():
        start.wait()
        try:
            written.extend(queue_summaries(now=NOW))
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    written += queue_summaries(now=NOW)  # What one of them left to another that was quicker.

    assert len(written) == len(summaries()) == 6
    assert {message.agent for message in summaries()} == set(Agent.objects.filter(wants_summary=True))


class TestWho:
    def test_only_those_who_want_it(self, organization, agent):
        other = make_agent(organization=organization)
        for number, each in enumerate([agent, other]):
            place(each, organization, starts_at=paris(MONDAY, 9 + number))
        queue_summaries(now=NOW)

        assert [message.agent for message in summaries()] == [agent]

    def test_not_whose_account_is_closed(self, organization, agent):
        place(agent, organization)
        Agent.objects.update(is_active=False)

        assert queue_summaries(now=NOW) == []

    def test_one_mail_for_all_organizations_of_a_territory(self, organization, agent):
        sister = make_organization(name="Mairie", territory=organization.territory)
        make_membership(agent=agent, organization=sister)
        place(agent, organization)
        for number in (10, 11):
            place(agent, sister, starts_at=paris(MONDAY, number))

        queue_summaries(now=NOW)

        (message,) = summaries()
        subject, body = words(message)
        assert subject.endswith(": 3 rendez-vous")
        assert body.count(", Mairie\n") == 2
        assert body.count(", Maison des solidarités\n") == 1
        # Where most of the day is.
        assert message.link == f"http://testserver/o/{sister.slug}/aujourd-hui/"

    def test_one_mail_for_each_territory_that_says_nothing_of_the_other(self, organization, agent):
        elsewhere = make_organization(name="Hôpital", territory=make_territory(name="Ailleurs"))
        make_membership(agent=agent, organization=elsewhere)
        here, there = make_citizen(organization=organization), make_citizen(organization=elsewhere)
        place(agent, organization, citizen=here)
        place(agent, elsewhere, citizen=there, starts_at=paris(MONDAY, 11))

        queue_summaries(now=NOW)

        by_territory = {message.territory: message.body for message in summaries()}
        assert by_territory.keys() == {organization.territory, elsewhere.territory}
        assert str(here) in by_territory[organization.territory]
        assert str(there) not in by_territory[organization.territory]
        assert str(there) in by_territory[elsewhere.territory]
        assert str(here) not in by_territory[elsewhere.territory]

    def test_nothing_of_a_colleague(self, organization, agent):
        place(make_agent(organization=organization), organization)

        assert queue_summaries(now=NOW) == []


class TestWhat:
    def test_what_was_booked_moved_or_cancelled_since_the_last_evening_is_marked(self, organization, agent):
        sunday_night = NOW - timedelta(hours=9)
        names = {}
        for hour, name in enumerate(["Ancien", "Nouveau", "Deplace", "Annule"], start=9):
            citizen = make_citizen(organization=organization, first_name="X", last_name=name)
            now = sunday_night if name == "Nouveau" else LONG_AGO
            names[name] = place(agent, organization, citizen=citizen, starts_at=paris(MONDAY, hour), now=now)
        to = Destination.of(names["Deplace"], period=Interval(paris(MONDAY, 14), paris(MONDAY, 14, 30)))
        move_by_hand(appointment=names["Deplace"], to=to, actor=CITIZEN, now=sunday_night)
        cancelled = AppointmentStatus.CANCELLED_BY_CITIZEN
        cancel_appointment(appointment=names["Annule"], status=cancelled, actor=CITIZEN, now=sunday_night)

        queue_summaries(now=NOW)

        body = words(summaries()[0])[1]
        assert "9 h – 9 h 30 : X ANCIEN\n" in body
        assert "10 h – 10 h 30 : X NOUVEAU (nouveau)\n" in body
        assert "14 h – 14 h 30 : X DEPLACE (déplacé ou repris)\n" in body
        # Sunday was closed: the last evening was Saturday's.
        assert "Annulés depuis le samedi 28 février 2026 au soir :\n\n12 h – 12 h 30 : X ANNULE\n" in body

    def test_what_was_cancelled_before_is_not_news(self, organization, agent):
        appointment = place(agent, organization)
        cancelled = AppointmentStatus.CANCELLED_BY_CITIZEN
        cancel_appointment(appointment=appointment, status=cancelled, actor=CITIZEN, now=NOW - timedelta(days=3))

        assert queue_summaries(now=NOW) == []

    def test_what_is_over_is_not_to_come(self, organization, agent):
        place(agent, organization, starts_at=paris(MONDAY, 8))
        place(agent, organization, starts_at=paris(MONDAY, 11))

        queue_summaries(now=paris(MONDAY, 9))

        assert words(summaries()[0])[0].endswith(": 1 rendez-vous")

    def test_a_workshop_by_its_title_and_how_full_it_is(self, organization, agent):
        workshop = make_workshop(organization=organization, calendar=agent.calendar, title="Premiers pas", now=LONG_AGO)
        make_participation(workshop=workshop)

        queue_summaries(now=NOW)

        assert "9 h – 10 h : Premiers pas, 1/3 inscrits" in words(summaries()[0])[1]

    def test_what_waits_for_an_outcome_and_what_is_to_be_settled_are_counted(self, organization, agent):
        motif, location = make_motif(organization=organization), make_location(organization=organization)
        opened = {"motifs": [motif], "location": location, "calendar": agent.calendar, "now": LONG_AGO}
        make_opening(first_day=WEDNESDAY, **opened)
        placed = {"motif": motif, "location": location, "now": LONG_AGO}
        for day, hour in [(FRIDAY - timedelta(days=7), 9), (FRIDAY - timedelta(days=7), 10), (WEDNESDAY, 9)]:
            place(agent, organization, starts_at=paris(day, hour), **placed)
        said = place(agent, organization, starts_at=paris(FRIDAY - timedelta(days=7), 11), **placed)
        record_outcome(appointment=said, status=AppointmentStatus.FULFILLED, actor=CITIZEN, now=NOW)
        make_unavailability(calendar=agent.calendar, organization=organization, first_day=WEDNESDAY, now=LONG_AGO)

        queue_summaries(now=NOW)

        subject, body = words(summaries()[0])
        assert subject == "Votre journée du lundi 2 mars 2026 : aucun rendez-vous"
        assert "Aucun rendez-vous dans votre agenda le lundi 2 mars 2026, Arrageois." in body
        assert "2 RDV des jours passés à renseigner.\n1 conflit à régler dans votre agenda." in body

    def test_none_when_there_is_nothing(self, organization, agent):
        place(agent, organization, starts_at=paris(TUESDAY, 9))

        assert queue_summaries(now=NOW) == []


class TestClosedDays:
    def test_stay_quiet(self, organization, agent):
        make_closure(organization=organization)
        place(agent, organization, starts_at=paris(FRIDAY - timedelta(days=7), 9))

        assert queue_summaries(now=NOW) == []

    def test_unless_somebody_comes(self, organization, agent):
        make_closure(organization=organization)
        place(agent, organization)

        queue_summaries(now=NOW)

        assert "Vos rendez-vous du lundi 2 mars 2026 (jour fermé), Arrageois :" in words(summaries()[0])[1]

    def test_a_day_on_which_a_sister_is_open_is_a_working_day(self, organization, agent):
        make_closure(organization=organization)
        make_membership(agent=agent, organization=make_organization(territory=organization.territory))
        place(agent, organization, starts_at=paris(FRIDAY - timedelta(days=7), 9))

        assert len(queue_summaries(now=NOW)) == 1


def test_more_agents_cost_no_more_queries(organization, django_assert_num_queries):
    for number in range(12):
        agent = make_agent(organization=organization, wants_summary=True)
        place(agent, organization, starts_at=paris(MONDAY, 9))
        if number == 0:
            with django_assert_num_queries(QUERIES):
                queue_summaries(now=NOW)

    with django_assert_num_queries(QUERIES):
        assert len(queue_summaries(now=NOW)) == 11
