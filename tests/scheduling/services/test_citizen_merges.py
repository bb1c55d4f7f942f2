"""Two records of one person made one: nothing of either is lost, nothing is there twice."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import UniqueConstraint

from notifications.models import Message
from notifications.services.resending import APART, resend_message
from organizations.exceptions import MergeRefused, RecordsChanged, ResponsibleRefused
from organizations.models import Citizen, CitizenAccess, CitizenMerge, CitizensToldApart
from organizations.services.citizens import identify_citizen, update_citizen
from organizations.services.merges import Side, fingerprint, tell_apart
from scheduling.engine.earlier_slots import Wishes
from scheduling.engine.intervals import Interval
from scheduling.exceptions import AppointmentNotChangeable
from scheduling.models import AppointmentEvent, AppointmentStatus, Participation
from scheduling.participation_links import BadLink, link_token, participation_of
from scheduling.services.actors import Actor
from scheduling.services.appointments import move_appointment
from scheduling.services.booking import Attendee, place_appointment
from scheduling.services.citizen_merges import _BETTER_FIRST, REASON, merge_citizens
from scheduling.services.earlier_slots import ask_for_earlier_slot
from scheduling.services.participant_details import edit_participation
from scheduling.services.participants import remove_participant, set_participant_status
from scheduling.services.seats import give_seat
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_motif,
    make_opening,
    make_organization,
    make_participation,
    make_unit,
    make_workshop,
    paris,
)
from tests.scheduling.workshops import seats_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization)


@pytest.fixture
def winner(organization):
    return make_citizen(organization=organization, first_name="Zoé", last_name="Durand", email="zoe@example.org")


@pytest.fixture
def loser(organization):
    return make_citizen(
        organization=organization,
        first_name="Zoe",
        last_name="Durant",
        email="z.durand@example.org",
        phone="+33612345678",
    )


@pytest.fixture
def merge(agent, organization):
    def merge(winner, loser, **choices):
        for record in (winner, loser):
            record.refresh_from_db()
        return merge_citizens(
            winner_id=winner.pk,
            loser_id=loser.pk,
            choices=choices,
            seen=fingerprint(winner=winner, loser=loser),
            agent=agent,
            organization=organization,
            now=NOW,
        )

    return merge


def shared(organization, *citizens, motif=None, days=0, now=NOW):
    """One RDV of all of them."""
    motif = motif or make_motif(organization=organization, location_kind="phone")
    start = paris(MONDAY + timedelta(days=days), 9)
    return place_appointment(
        motif=motif,
        period=Interval(start, start + motif.duration),
        calendar_ids=[make_calendar(organization=organization).pk],
        attendees=[Attendee(citizen) for citizen in citizens],
        actor=Actor.of(make_agent(organization=organization)),
        now=now,
    )


class TestWhatIsPressedOnAfterwards:
    """A page shows a participation that has become one with another since."""

    def test_is_refused_in_words(self, organization, agent, winner, loser, merge):
        appointment = shared(organization, winner, loser)
        gone = appointment.participations.get(citizen=loser)
        merge(winner, loser)
        act = {"participation": gone, "actor": Actor.of(agent), "now": NOW}

        for press in (
            lambda: set_participant_status(status=AppointmentStatus.CANCELLED_BY_CITIZEN, **act),
            lambda: remove_participant(**act),
            lambda: give_seat(**act),
            lambda: edit_participation(notify_by_email=False, notify_by_sms=False, answers=[], **act),
        ):
            with pytest.raises(AppointmentNotChangeable, match="réunies"):
                press()

    def test_sends_a_message_again_to_the_one_record_there_is(self, organization, agent, winner, loser, merge):
        appointment = shared(organization, winner, loser, now=NOW - APART)
        message = appointment.messages.get(participation__citizen=loser, channel="email")
        merge(winner, loser)
        Message.objects.filter(pk=message.pk).update(status=Message.Status.FAILED)

        again = resend_message(message=message, agent=agent, now=NOW)

        assert again.participation.citizen == winner


class TestFollows:
    def test_every_rdv_wherever_it_is(self, organization, winner, loser, merge):
        sister = make_organization(territory=organization.territory)
        own = make_appointment(organization=organization, citizen=winner)
        others = [
            make_appointment(organization=organization, citizen=loser, starts_at=paris(MONDAY, hour))
            for hour in (10, 11)
        ]
        others.append(make_appointment(organization=sister, citizen=loser))
        links = [link_token(each.participations.get()) for each in others]

        log = merge(winner, loser)

        assert set(winner.participations.values_list("appointment", flat=True)) == {own.pk, *(a.pk for a in others)}
        assert [participation_of(link, now=NOW).citizen for link in links] == [winner] * 3
        assert log.followed["participations"] == sorted(
            Participation.objects.exclude(appointment=own).values_list("pk", flat=True)
        )
        assert {event.reason for event in AppointmentEvent.objects.filter(kind="edited")} == {REASON}
        assert AppointmentEvent.objects.filter(kind="edited").count() == 3

    def test_relatives_referents_and_who_knows_the_person(self, organization, winner, loser, merge):
        unit = make_unit(territory=organization.territory)
        sister = make_organization(territory=organization.territory)
        both, one = make_agent(organization=organization), make_agent(organization=sister)
        winner.referents.add(both)
        loser.referents.add(both, one)
        CitizenAccess.objects.create(citizen=loser, organization=sister, unit=unit)
        children = [make_citizen(organization=organization, responsible=responsible) for responsible in (winner, loser)]

        merge(winner, loser)

        assert set(winner.referents.all()) == {both, one}
        assert set(winner.accesses.values_list("organization", "unit")) == {
            (organization.pk, None),
            (sister.pk, unit.pk),
        }
        assert set(winner.relatives.all()) == set(children)
        assert not loser.referents.exists()
        assert not loser.accesses.exists()

    def test_who_was_told_apart_from_the_one_is_from_the_other(self, organization, agent, winner, loser, merge):
        strangers = [make_citizen(organization=organization) for _ in range(2)]
        tell_apart(one=loser, other=strangers[0], agent=agent, now=NOW)
        tell_apart(one=strangers[0], other=winner, agent=agent, now=NOW)
        tell_apart(one=strangers[1], other=loser, agent=agent, now=NOW)
        tell_apart(one=winner, other=loser, agent=agent, now=NOW)

        merge(winner, loser)

        pairs = CitizensToldApart.objects.order_by("pk").values_list("one", "other")
        assert sorted(pairs) == sorted(tuple(sorted([winner.pk, stranger.pk])) for stranger in strangers)

    def test_a_record_merged_before_stands_for_the_last_one(self, organization, winner, loser, merge):
        first = make_citizen(organization=organization)
        merge(loser, first)
        merge(winner, loser)

        assert Citizen.objects.get(pk=first.pk).merged_into == winner
        assert list(Citizen.objects.named(first.pk)) == list(Citizen.objects.named(loser.pk)) == [winner]

    def test_no_table_that_refers_to_a_citizen_would_stop_the_merge(self):
        """Whatever refers to a citizen or a participation follows by an UPDATE, unless a constraint is in the way."""
        known = {"participations", "accesses", "relatives", "absorbed", "merges", "former_ones", "messages"}
        in_the_way = [
            f"{relation.related_model.__name__}.{relation.field.name}"
            for model in (Citizen, Participation)
            for relation in model._meta.related_objects
            if relation.name not in known
            and not relation.many_to_many
            and relation.related_model not in (CitizenMerge, CitizensToldApart)
            and not relation.related_model._meta.auto_created
            for constraint in relation.related_model._meta.constraints
            if isinstance(constraint, UniqueConstraint) and relation.field.name in constraint.fields
        ]
        assert in_the_way == []


class TestOneRdvOfBoth:
    def answers(self, appointment, citizen, *pairs, **fields):
        rows = [{"question": question, "answer": answer} for question, answer in pairs]
        appointment.participations.filter(citizen=citizen).update(answers=rows, **fields)

    def test_keeps_one_participation_with_the_answers_of_both_and_any_no(self, organization, winner, loser, merge):
        appointment = shared(organization, winner, loser)
        self.answers(appointment, winner, ("Étage", "3"), ("Code", ""), notify_by_sms=False)
        self.answers(appointment, loser, ("Étage", "4"), ("Code", "B12"), ("Enfants", "2"), notify_by_email=False)

        log = merge(winner, loser)

        kept = appointment.participations.get()
        assert kept.citizen == winner
        assert {answer["question"]: answer["answer"] for answer in kept.answers} == {
            "Étage": "3",
            "Code": "B12",
            "Enfants": "2",
        }
        assert len(kept.answers) == 3
        assert (kept.notify_by_email, kept.notify_by_sms) == (False, False)
        assert [row["answers"][0]["answer"] for row in log.followed["given_up"]] == ["4"]

    @pytest.mark.parametrize(
        ("of_winner", "of_loser", "kept"),
        [
            ("booked", "fulfilled", "fulfilled"),
            ("no_show", "fulfilled", "fulfilled"),
            ("no_show", "booked", "no_show"),
            ("cancelled_by_citizen", "booked", "booked"),
            ("cancelled_by_citizen", "cancelled_by_agent", "cancelled_by_agent"),
            ("booked", "booked", "booked"),
        ],
    )
    def test_keeps_the_better_status(self, organization, winner, loser, merge, of_winner, of_loser, kept):
        appointment = shared(organization, winner, loser)
        appointment.participations.filter(citizen=winner).update(status=of_winner)
        appointment.participations.filter(citizen=loser).update(status=of_loser)

        merge(winner, loser)

        assert appointment.participations.get().status == kept

    def test_links_sent_for_either_open_it_until_a_newer_one_is_sent(self, organization, winner, loser, merge):
        motif = make_motif(organization=organization, location_kind="phone")
        appointment = shared(organization, winner, loser, motif=motif)
        links = [link_token(each) for each in appointment.participations.order_by("pk")]
        third = make_citizen(organization=organization)

        merge(winner, loser)
        opened = [participation_of(link, now=NOW) for link in links]
        merge(third, winner)

        assert opened == [appointment.participations.get()] * 2
        assert [participation_of(link, now=NOW).citizen for link in links] == [third] * 2

        make_opening(motifs=[motif], calendar=appointment.calendars.get())
        move_appointment(
            appointment=appointment,
            starts_at=paris(MONDAY, 10),
            location_id=None,
            actor=Actor.of(make_agent(organization=organization)),
            for_agent=True,
            now=NOW,
        )
        for link in links:
            with pytest.raises(BadLink):
                participation_of(link, now=NOW)

    def test_a_link_stays_alive_through_two_merges_of_one_rdv(self, organization, winner, loser, merge):
        third = make_citizen(organization=organization)
        appointment = shared(organization, winner, loser, third)
        links = [link_token(each) for each in appointment.participations.order_by("pk")]

        merge(winner, loser)
        merge(third, winner)

        kept = appointment.participations.get()
        assert [participation_of(link, now=NOW) for link in links] == [kept] * 3

    def test_messages_stay_and_none_is_sent_twice(self, organization, winner, loser, merge):
        appointment = shared(organization, winner, loser)
        before = set(Message.objects.values_list("pk", flat=True))
        of_both = appointment.messages.filter(audience="citizen", channel="email")
        assert of_both.count() == 2

        merge(winner, loser)

        kept = appointment.participations.get()
        assert set(Message.objects.values_list("pk", flat=True)) == before
        assert set(of_both.values_list("participation", "status")) == {(kept.pk, "queued"), (kept.pk, "dropped")}
        sms = appointment.messages.get(audience="citizen", channel="sms")
        assert (sms.participation, sms.status) == (kept, "queued")


def test_who_waits_for_an_earlier_slot_waits_on(organization, winner, loser, merge):
    appointment = shared(organization, winner, loser, days=14)
    kept, given_up = (appointment.participations.get(citizen=citizen) for citizen in (winner, loser))
    wait = ask_for_earlier_slot(participation=given_up, wishes=Wishes(), now=NOW)

    merge(winner, loser)

    wait.refresh_from_db()
    assert (wait.participation, wait.is_active) == (kept, True)


class TestTheRecord:
    def test_each_field_is_of_the_side_that_was_chosen(self, winner, loser, merge):
        Citizen.objects.filter(pk=winner.pk).update(notes="Sonner fort", birth_date=date(1980, 5, 12))
        Citizen.objects.filter(pk=loser.pk).update(notes="Chien")

        log = merge(winner, loser, phone=Side.LOSER, last_name=Side.LOSER, notes=Side.BOTH)

        kept = Citizen.objects.get(pk=winner.pk)
        assert (kept.last_name, str(kept.phone), kept.email) == ("Durant", "+33612345678", "zoe@example.org")
        assert kept.notes == "Sonner fort\n\nChien"
        assert kept.birth_date == date(1980, 5, 12)
        assert list(Citizen.objects.for_territory(kept.territory).search("06 12 34 durant")) == [kept]
        assert log.kept["last_name"] == "Durant"
        assert log.dropped["winner"]["last_name"] == "Durand"
        assert log.dropped["loser"] == {
            "first_name": "Zoe",
            "email": "z.durand@example.org",
            "notes": "Chien",
        }

    @pytest.mark.parametrize(
        ("winners_phone", "typed_by_winner", "typed_by_loser", "kept"),
        [
            ("", [], ["+33612345678"], ["+33612345678"]),
            ("", [], [], []),
            ("+33612345678", ["+33612345678"], ["+33612345678"], ["+33612345678"]),
            ("+33612345678", ["+33612345678"], [], []),
            ("+33612345678", [], ["+33612345678"], []),
        ],
    )
    def test_a_contact_is_only_typed_where_neither_had_it_for_sure(
        self, winner, loser, merge, winners_phone, typed_by_winner, typed_by_loser, kept
    ):
        Citizen.objects.filter(pk=winner.pk).update(phone=winners_phone, only_typed=typed_by_winner)
        Citizen.objects.filter(pk=loser.pk).update(only_typed=typed_by_loser)

        merge(winner, loser, phone=Side.LOSER)

        assert Citizen.objects.get(pk=winner.pk).only_typed == kept

    def test_who_was_merged_is_out_of_sight_and_leads_to_the_other(self, organization, winner, loser, merge):
        merge(winner, loser)

        assert list(Citizen.objects.for_organization(organization)) == [winner]
        assert not Citizen.objects.for_organization(organization).search("durant").exists()
        assert Citizen.objects.for_organization(organization).named(loser.pk).get() == winner

    def test_a_contact_that_was_not_kept_still_recognises_the_person(self, organization, winner, loser, merge):
        merge(winner, loser)

        known = identify_citizen(
            organization=organization, first_name="ZOE", last_name="Durant", proven_email="z.durand@example.org"
        )

        assert known == winner
        assert Citizen.objects.get(pk=winner.pk).email == "zoe@example.org"

    def test_of_two_of_whom_one_answers_for_the_other_nobody_does(self, winner, loser, merge):
        Citizen.objects.filter(pk=winner.pk).update(responsible=loser)

        merge(winner, loser, responsible=Side.WINNER)

        assert Citizen.objects.get(pk=winner.pk).responsible is None

    def test_relatives_and_somebody_responsible_at_once_are_refused(self, organization, winner, loser, merge):
        parent = make_citizen(organization=organization)
        make_citizen(organization=organization, responsible=winner)
        Citizen.objects.filter(pk=loser.pk).update(responsible=parent)

        with pytest.raises(MergeRefused, match="responsable"):
            merge(winner, loser, responsible=Side.LOSER)
        merge(winner, loser, responsible=Side.NEITHER)

    def test_values_that_changed_since_they_were_shown_are_looked_at_again(self, organization, agent, winner, loser):
        seen = fingerprint(winner=winner, loser=loser)
        update_citizen(citizen=loser, address="3 rue Haute")

        with pytest.raises(RecordsChanged):
            merge_citizens(
                winner_id=winner.pk,
                loser_id=loser.pk,
                choices={},
                seen=seen,
                agent=agent,
                organization=organization,
                now=NOW,
            )
        assert Citizen.objects.get(pk=loser.pk).merged_into is None

    def test_a_second_merge_of_the_same_a_record_with_itself_or_of_elsewhere_are_refused(self, winner, loser, merge):
        with pytest.raises(MergeRefused):
            merge(winner, winner)
        with pytest.raises(MergeRefused):
            merge(winner, make_citizen(organization=make_organization()))
        merge(winner, loser)
        with pytest.raises(MergeRefused):
            merge(winner, loser)
        assert CitizenMerge.objects.count() == 1


class TestTheDatabase:
    def refused(self, name, write):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            write()
            connection.check_constraints()

    def test_somebody_who_answers_for_others_is_nobodys_relative(self, organization, winner, loser):
        child = make_citizen(organization=organization, responsible=winner)

        self.refused("answer", lambda: Citizen.objects.filter(pk=winner.pk).update(responsible=loser))
        self.refused("answer", lambda: make_citizen(organization=organization, responsible=child))
        with pytest.raises(ResponsibleRefused):
            update_citizen(citizen=winner, responsible=loser)

    def test_a_person_responsible_or_a_merge_of_another_territory(self, winner):
        stranger = make_citizen(organization=make_organization())

        self.refused("of_their_territory", lambda: Citizen.objects.filter(pk=winner.pk).update(responsible=stranger))
        self.refused("in_their_territory", lambda: Citizen.objects.filter(pk=winner.pk).update(merged_into=stranger))

    def test_what_is_written_for_a_merged_record_is_of_the_one_it_stands_for(self, organization, winner, loser, merge):
        merge(winner, loser)
        appointment = shared(organization, make_citizen(organization=organization))

        participation = Participation.objects.create(
            organization=organization,
            territory=organization.territory,
            appointment=appointment,
            citizen=loser,
            created_at=NOW,
        )
        loser.referents.add(make_agent(organization=organization))
        child = make_citizen(organization=organization, responsible=loser)

        assert Participation.objects.get(pk=participation.pk).citizen == winner
        assert winner.referents.count() == 1
        assert Citizen.objects.get(pk=child.pk).responsible == winner

    def test_the_log_is_only_added_to_but_may_forget_the_person(self, winner, loser, merge):
        log = merge(winner, loser)
        logged = CitizenMerge.objects.filter(pk=log.pk)

        self.refused("only added to", lambda: logged.update(at=NOW + timedelta(days=1)))
        self.refused("only added to", lambda: logged.update(kept={"first_name": "X"}))
        self.refused("only added to", logged.delete)
        logged.update(kept={}, dropped={})


def test_booking_for_a_record_that_was_merged_books_for_the_person_once(organization, winner, loser, merge):
    merge(winner, loser)

    appointment = shared(organization, loser, winner)

    assert [each.citizen for each in appointment.participations.all()] == [winner]
    assert not CitizenAccess.objects.filter(citizen=loser).exists()


def test_statuses_are_all_ranked():
    assert set(_BETTER_FIRST) == set(AppointmentStatus)


class TestWhoHadLeft:
    """One record of the person had left an RDV that the other takes part in."""

    def test_a_place_that_is_held_counts_before_one_that_was_given_up(self, organization, agent, winner, loser, merge):
        rdv = shared(organization, winner, loser, make_citizen(organization=organization))
        remove_participant(participation=rdv.participations.get(citizen=winner), actor=Actor.of(agent), now=NOW)

        merge(winner, loser)

        kept = rdv.participations.get(citizen=winner)
        assert (kept.status, kept.left_at, kept.is_removed) == (AppointmentStatus.BOOKED, None, False)
        assert AppointmentEvent.objects.filter(participation=kept, kind="participant_removed").exists()

    def test_the_rdv_follows_what_is_known_of_the_person(self, organization, agent, winner, loser, merge):
        rdv = shared(organization, winner, loser)
        set_participant_status(
            participation=rdv.participations.get(citizen=loser),
            status=AppointmentStatus.NO_SHOW,
            actor=Actor.of(agent),
            now=NOW + timedelta(hours=4),
        )

        merge(winner, loser)

        rdv.refresh_from_db()
        assert (rdv.status, rdv.participations.get().status) == (AppointmentStatus.NO_SHOW, AppointmentStatus.NO_SHOW)


class TestAWorkshop:
    """Both records are registered for it, or wait for a seat."""

    @pytest.fixture
    def workshop(self, organization):
        return make_workshop(organization=organization, seats=2)

    def test_that_both_had_a_seat_in_lets_the_queue_move_up(self, merge, winner, loser, workshop):
        kept, _, waiting = (make_participation(workshop=workshop, citizen=each) for each in (winner, loser, None))

        merge(winner, loser)

        assert seats_of(workshop) == {1: kept, 2: waiting}
        assert not workshop.participations.waiting().exists()

    def test_gives_the_seat_of_one_record_to_the_person_who_waited_under_the_other(
        self, merge, winner, loser, workshop
    ):
        for citizen in (loser, None, winner):
            make_participation(workshop=workshop, citizen=citizen)

        merge(winner, loser)

        assert seats_of(workshop)[1].citizen == winner
        assert workshop.participations.count() == 2

    def test_keeps_the_earlier_place_in_the_queue(self, merge, winner, loser, workshop):
        for citizen in (None, None, loser, None, winner):
            make_participation(workshop=workshop, citizen=citizen)

        merge(winner, loser)

        assert workshop.participations.waiting()[0].citizen == winner
        assert workshop.participations.waiting().count() == 2
