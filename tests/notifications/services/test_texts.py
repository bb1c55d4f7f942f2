"""Texts that administrators write: precedence, history, what is refused, and what is then sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from notifications.exceptions import TextChanged, TextRefused
from notifications.levels import Level
from notifications.models import Message, MessageText
from notifications.selectors.texts import texts_of_appointments, texts_of_level, versions_of
from notifications.services.reminders import queue_due_reminders
from notifications.services.texts import restore_text, withdraw_text, write_text
from notifications.texts import default_text
from scheduling.models import AppointmentEvent
from scheduling.services.actors import CITIZEN
from scheduling.services.events import record_event
from tests.factories import (
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    paris,
)

pytestmark = pytest.mark.django_db

NBSP = "\N{NO-BREAK SPACE}"
Kind, MAIL, SMS = Message.Kind, Message.Channel.EMAIL, Message.Channel.SMS


@pytest.fixture
def motif():
    return make_motif()


@pytest.fixture
def levels(motif):
    """By name, the narrowest first."""
    organization = motif.organization
    territory = organization.territory
    return {
        "motif": Level(territory, organization, motif),
        "organization": Level(territory, organization),
        "territory": Level(territory),
    }


def write(level, body="Bonjour", *, kind=Kind.BOOKED, channel=SMS, subject="", seen=None, now=NOW, agent=None):
    subject = subject or ("Objet" if channel == MAIL else "")
    return write_text(
        level=level, kind=kind, channel=channel, subject=subject, body=body, seen=seen, agent=agent, now=now
    )


def in_force(level, kind=Kind.BOOKED, channel=SMS):
    found = texts_of_level(level).of_level(level, kind=kind, channel=channel)
    return found.source, str(found.text.body)


class TestPrecedence:
    @pytest.mark.parametrize("written", list(product([False, True], repeat=3)))
    def test_the_narrowest_level_that_has_a_text_speaks(self, levels, written):
        for (name, level), is_written in zip(levels.items(), written, strict=True):
            if is_written:
                write(level, f"Texte de {name}")
        default = default_text(Kind.BOOKED, audience="citizen", channel=SMS).body
        names = list(levels)
        for place, level in enumerate(levels.values()):
            speaking = next((name for name, is_in in zip(names[place:], written[place:], strict=True) if is_in), None)

            expected = (speaking, f"Texte de {speaking}") if speaking else ("default", str(default))
            assert in_force(level) == expected

    def test_an_event_or_channel_says_nothing_of_another(self, levels):
        write(levels["motif"], "Le nôtre")

        assert in_force(levels["motif"], Kind.REMINDER)[0] == "default"
        assert in_force(levels["motif"], Kind.BOOKED, MAIL)[0] == "default"

    def test_a_sister_and_another_motif_and_another_territory_keep_their_own(self, levels, motif):
        write(levels["motif"]), write(levels["organization"])
        territory = motif.organization.territory
        sister, stranger = make_organization(territory=territory), make_organization()
        other = make_motif(organization=motif.organization)

        assert in_force(Level(territory, sister))[0] == "default"
        assert in_force(Level(stranger.territory, stranger))[0] == "default"
        assert in_force(Level(territory, motif.organization, other))[0] == "organization"

    def test_it_costs_one_query_whatever_the_number(self, django_assert_num_queries):
        motifs = [make_motif() for _ in range(3)]
        for each in motifs:
            write(Level(each.organization.territory, each.organization, each), each.name)
        appointments = [make_appointment(motif=each) for each in motifs]

        with django_assert_num_queries(1):
            texts = texts_of_appointments(appointments)
            for each in appointments:
                found = texts.of_appointment(each, kind=Kind.BOOKED, channel=SMS)
                assert (found.source, found.text.body) == ("motif", each.motif.name)


class TestHistory:
    def test_each_version_stays_and_says_who_and_when(self, levels):
        level, agent, later = levels["organization"], make_agent(), NOW + timedelta(days=1)
        first = write(level, "Un", agent=agent)
        second = write(level, "Deux", seen=first.pk, agent=agent, now=later)

        assert [version.body for version in versions_of(level, kind=Kind.BOOKED, channel=SMS)] == ["Deux", "Un"]
        first.refresh_from_db()
        assert (first.withdrawn_at, first.withdrawn_by) == (later, agent)
        assert (first.is_in_force, second.is_in_force) == (False, True)

    def test_an_older_one_is_restored_as_a_new_one(self, levels):
        level = levels["organization"]
        first = write(level, "Un")
        second = write(level, "Deux", seen=first.pk)
        restore_text(level=level, version=first, seen=second.pk, agent=None, now=NOW)

        assert in_force(level) == ("organization", "Un")
        assert versions_of(level, kind=Kind.BOOKED, channel=SMS).count() == 3

    def test_the_level_above_speaks_again_and_the_text_can_come_back(self, levels):
        level = levels["organization"]
        write(levels["territory"], "Le territoire")
        text = write(level, "Nous")
        withdraw_text(level=level, kind=Kind.BOOKED, channel=SMS, seen=text.pk, agent=None, now=NOW)
        assert in_force(level) == ("territory", "Le territoire")

        restore_text(level=level, version=text, seen=None, agent=None, now=NOW)
        assert in_force(level) == ("organization", "Nous")

    def test_the_same_text_or_the_same_click_twice_is_one_version(self, levels):
        level = levels["organization"]
        first = write(level, "Un")

        assert write(level, "Un\r\n") == first
        text = {"level": level, "kind": Kind.BOOKED, "channel": SMS, "seen": first.pk, "agent": None, "now": NOW}
        withdraw_text(**text)
        withdraw_text(**text)
        assert MessageText.objects.count() == 1

    def test_who_has_not_seen_the_one_in_force_does_not_replace_it(self, levels):
        level = levels["organization"]
        first = write(level, "Un")
        write(level, "Deux", seen=first.pk)

        for seen in (None, first.pk):
            with pytest.raises(TextChanged):
                write(level, "Trois", seen=seen)
            with pytest.raises(TextChanged):
                withdraw_text(level=level, kind=Kind.BOOKED, channel=SMS, seen=seen, agent=None, now=NOW)
        assert in_force(level) == ("organization", "Deux")


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("kind", "channel", "body"),
        [
            (Kind.BOOKED, SMS, "{inconnu}"),
            (Kind.BOOKED, SMS, "{7}"),
            (Kind.REMINDER, MAIL, "{ancienne_date}"),
            (Kind.BOOKED, SMS, "{motif}"),
            (Kind.BOOKED, MAIL, "{code}"),
            (Kind.BOOKED, SMS, " \n\x00 "),
        ],
    )
    def test_a_field_that_does_not_exist_here_and_an_empty_text(self, levels, kind, channel, body):
        with pytest.raises(TextRefused):
            write(levels["territory"], body, kind=kind, channel=channel)
        assert not MessageText.objects.exists()

    def test_a_field_in_the_subject_and_a_mail_without_one(self, levels):
        for subject in ("{inconnu}", "\n"):
            with pytest.raises(TextRefused):
                write(levels["territory"], channel=MAIL, subject=subject)

    def test_a_previous_date_is_for_a_change_of_date(self, levels):
        assert write(levels["territory"], "{7} {ancienne_date}", kind=Kind.MOVED).pk

    @pytest.mark.parametrize(
        "wrong",
        [
            {"level": "territory"},
            {"level": "organization"},
            {"motif": None},
            {"organization": None},
            {"level": "other"},
            {"body": ""},
            {"channel": "email"},
            {"subject": "Objet"},
        ],
    )
    def test_the_database_holds_one_level_exactly(self, levels, wrong):
        row = levels["motif"].columns | {"kind": Kind.BOOKED, "channel": SMS, "body": "Texte", "written_at": NOW}

        with pytest.raises(IntegrityError), transaction.atomic():
            MessageText.objects.create(**row | wrong)

    def test_the_database_holds_a_text_within_its_tenant(self, levels):
        stranger = make_motif()
        for columns in (
            Level(stranger.organization.territory, levels["organization"].organization).columns,
            Level(levels["motif"].territory, levels["motif"].organization, stranger).columns,
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                MessageText.objects.create(**columns, kind=Kind.BOOKED, channel=SMS, body="Texte", written_at=NOW)
                connection.check_constraints()


class TestWhatIsSent:
    def book(self, motif, **fields):
        citizen = make_citizen(
            organization=motif.organization,
            first_name="Camille",
            last_name="Dupont",
            phone="+33612345678",
            email="camille@example.org",
        )
        return make_appointment(motif=motif, citizen=citizen, starts_at=paris(TUESDAY, 9), **fields)

    def sent(self, channel, kind=Kind.BOOKED):
        return Message.objects.get(audience="citizen", channel=channel, kind=kind)

    def test_the_text_in_force_with_its_fields_by_digit_and_by_name(self, levels, motif):
        write(levels["organization"], "RDV {1} ({date})")
        write(levels["motif"], "Pour {0} : {duree}", channel=MAIL, subject="Le {date}")
        self.book(motif)

        assert self.sent(SMS).body == "RDV mardi 3 mars à 9 h (mardi 3 mars à 9 h)"
        mail = self.sent(MAIL)
        assert mail.body == f"Pour Camille DUPONT{NBSP}: 30{NBSP}min"
        assert mail.subject.startswith(f"Le mardi 3{NBSP}mars 2026")

    def test_agents_are_told_as_before(self, levels, motif):
        write(levels["motif"], "Pour l'usager", channel=MAIL)
        self.book(motif)

        agents = Message.objects.filter(audience="agent")
        assert "Pour l'usager" not in [message.body for message in agents]

    def test_a_text_that_would_say_nothing_gives_way_to_the_default(self, levels, motif):
        write(levels["motif"], "{instructions}", channel=MAIL, subject="{instructions}")
        write(levels["motif"], "{instructions}")
        self.book(motif)

        assert "est confirmé" in self.sent(MAIL).body
        assert self.sent(MAIL).subject.startswith("Votre rendez-vous")
        assert self.sent(SMS).body.startswith("RDV confirmé")

    def test_a_previous_date_where_there_is_one(self, levels, motif):
        appointment = self.book(motif)
        write(levels["motif"], "Avant : {7}", kind=Kind.MOVED)
        record_event(
            appointment=appointment,
            kind=AppointmentEvent.Kind.MOVED,
            actor=CITIZEN,
            now=NOW,
            previous_starts_at=paris(TUESDAY, 9),
        )

        assert self.sent(SMS, Kind.MOVED).body == "Avant : mardi 3 mars à 9 h"

    def test_a_reminder_at_the_same_cost_whatever_the_number_of_motifs(self, django_assert_max_num_queries):
        for place in range(3):
            motif = make_motif()
            write(Level(motif.organization.territory, motif.organization, motif), f"Numero {place}", kind=Kind.REMINDER)
            self.book(motif)

        # Two for the lead times, one for the only one of them, seven for the batch, and two of the savepoint.
        with django_assert_max_num_queries(12):
            queue_due_reminders(now=paris(TUESDAY, 8))

        bodies = Message.objects.filter(channel=SMS, kind=Kind.REMINDER).values_list("body", flat=True)
        assert sorted(bodies) == ["Numero 0", "Numero 1", "Numero 2"]


@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_once_do_not_overwrite_each_other():
    organization = make_organization()
    level, barrier = Level(organization.territory, organization), Barrier(2)

    def attempt(body):
        try:
            barrier.wait()
            write(level, body)
        except TextChanged:
            return "refused"
        else:
            return body
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(attempt, ["Un", "Deux"]))

    assert answers.count("refused") == 1
    assert MessageText.objects.in_force().get().body in answers
