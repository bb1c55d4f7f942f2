"""What a mail says of itself in its headers, and in its parts."""

import pytest

from notifications.models import Message
from notifications.services.delivery import deliver
from notifications.services.reminders import queue_due_reminders
from notifications.unsubscribing import leave_url
from scheduling.models import AppointmentStatus, Participation
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import record_outcome
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_territory,
    paris,
)

pytestmark = pytest.mark.django_db

Status = Message.Status


@pytest.fixture
def sent(smtp_server):
    """`sent(message)` sends it and gives the mail as it arrived."""

    def send(message):
        deliver(message_id=message.pk, now=max(NOW, message.due_at))
        message.refresh_from_db()
        assert message.status == Status.SENT, message.error
        return smtp_server.messages[-1]

    return send


def to_citizen(**fields):
    return Message.objects.get(audience="citizen", channel="email", **fields)


class TestWhoWritesToWhom:
    def test_in_the_name_of_the_organization_from_the_address_of_the_installation(self, sent, make_message):
        organization = make_organization(name='Centre « social » d\'Arras, dit "Le Phare"', email="phare@arras.example")

        mail = sent(make_message(organization=organization, territory=organization.territory))

        (sender,) = mail["From"].addresses
        assert sender.display_name == "Centre « social » d'Arras, dit Le Phare"
        assert sender.addr_spec == "ne-pas-repondre@permanence.example"
        assert mail["Reply-To"] == "phare@arras.example"
        assert mail["X-MailFrom"] == "ne-pas-repondre@permanence.example"

    def test_a_code_comes_in_the_name_of_the_territory(self, sent, make_message):
        mail = sent(make_message(territory=make_territory(name="Arrageois")))

        assert mail["From"] == "Arrageois <ne-pas-repondre@permanence.example>"
        assert mail["Reply-To"] is None

    def test_an_organization_whose_address_is_none_writes_all_the_same(self, sent, make_message):
        organization = make_organization(email="accueil@", name="Mairie")

        mail = sent(make_message(organization=organization, territory=organization.territory))

        assert mail["Reply-To"] is None

    def test_a_long_name_leaves_a_whole_address(self, sent, make_message):
        organization = make_organization(name="Maison départementale des solidarités " * 3)

        mail = sent(make_message(organization=organization, territory=organization.territory))

        assert mail["From"].addresses[0].addr_spec == "ne-pas-repondre@permanence.example"
        # Python's own reader puts a space where two encoded words meet in a name; RFC 2047 has none there.
        name = mail["From"].addresses[0].display_name
        assert name.replace(" ", "") == organization.name.replace(" ", "")

    def test_a_domain_with_accents_is_reached_by_its_other_name(self, sent, make_message):
        mail = sent(make_message(recipient="camille@mairie-été.fr"))

        assert mail["To"] == mail["X-RcptTo"] == "camille@xn--mairie-t-h1ab.fr"

    @pytest.mark.parametrize(
        "address", ["rené@example.org", "camille", "camille@", "@example.org", "a b@example.org", "a@exa..mple.org"]
    )
    def test_what_no_server_would_take_fails_for_good_and_says_so(self, smtp_server, make_message, address):
        message = make_message(recipient=address)

        deliver(message_id=message.pk, now=NOW)

        message.refresh_from_db()
        assert (message.status, smtp_server.connections) == (Status.FAILED, 0)
        assert message.error.startswith("Cette adresse n'est pas valable")


class TestHeaders:
    def test_it_says_that_a_program_wrote_it_and_when(self, sent, make_message):
        mail = sent(make_message())

        assert mail["Auto-Submitted"] == "auto-generated"  # Nobody's « out of the office » answers it (RFC 3834).
        assert mail["Date"] is not None
        assert mail["Message-ID"].startswith("<permanence-message-")

    @pytest.mark.parametrize(
        "subject",
        [
            "Votre rendez-vous du 2 mars",
            "Votre rendez-vous du lundi 2\u00a0mars 2026 à 9\u00a0h",
            "Rendez-vous à la maison départementale des solidarités, « été » : " + "très " * 30 + "long",
            "📅 Rendez-vous",
        ],
    )
    def test_a_subject_arrives_as_it_was_written_and_begins_on_its_line(self, smtp_server, sent, make_message, subject):
        mail = sent(make_message(subject=subject))

        assert mail["Subject"] == subject

    def test_it_is_all_seven_bits_in_short_lines(self, smtp_server, make_message):
        raw = []

        async def keep(server, session, envelope):
            raw.append(envelope.original_content)
            return "250 OK"

        smtp_server.handle_DATA = keep
        message = make_message(subject="Été " * 60, body="À bientôt, " * 300 + "\nhttps://example.org/" + "a" * 1200)

        deliver(message_id=message.pk, now=NOW)

        (mail,) = raw
        assert mail.isascii()
        assert max(len(line) for line in mail.split(b"\r\n")) <= 78
        assert not any(line.rstrip() == b"Subject:" for line in mail.split(b"\r\n"))


class TestPage:
    def test_the_button_takes_the_place_of_the_bare_link(self, sent):
        make_appointment()
        message = to_citizen()
        mail = sent(message)

        page = mail.get_body(("html",)).get_content()
        assert page.count(message.link) == 1
        assert page.index("Voir, déplacer ou annuler") < page.index(message.link)
        assert message.link in mail.get_body(("plain",)).get_content()

    def test_it_loads_nothing_from_anywhere(self, sent):
        make_appointment()
        page = sent(to_citizen()).get_body(("html",)).get_content()

        assert not {"<img", "<link", "src=", "url("} & {
            word for word in ("<img", "<link", "src=", "url(") if word in page
        }

    def test_a_name_is_text_and_nothing_else(self, sent):
        organization = make_organization(name="<b>Mairie</b>")
        make_appointment(motif=make_motif(organization=organization, name='"><script>alert(1)</script>'))
        page = sent(to_citizen()).get_body(("html",)).get_content()

        assert "<script" not in page
        assert "<b>Mairie" not in page


class TestLeave:
    def test_a_reminder_says_how_to_get_no_more_of_them(self, sent):
        reminder = _reminder()
        mail = sent(reminder)

        url = mail["List-Unsubscribe"].strip("<> ")
        assert url.startswith("http://testserver/courriel/desabonnement/")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
        assert text.rstrip().endswith(f"Ne plus recevoir d'e-mails pour ces rendez-vous\u00a0:\n{url}")
        assert f'href="{url}"' in mail.get_body(("html",)).get_content()
        assert "desabonnement" not in reminder.body  # It is nobody's who reads the journal.

    def test_it_says_so_in_the_language_of_the_person(self, sent):
        reminder = _reminder()
        Participation.objects.update(language="en")

        assert "No more e-mails about these appointments:" in sent(reminder).get_body(("plain",)).get_content()

    def test_so_does_the_mail_of_an_absence(self, sent):
        appointment = make_appointment()
        record_outcome(appointment=appointment, status=AppointmentStatus.NO_SHOW, actor=CITIZEN, now=paris(MONDAY, 12))

        assert sent(to_citizen(kind=Message.Kind.NO_SHOW))["List-Unsubscribe"]

    def test_what_they_asked_for_or_must_know_does_not(self, sent):
        make_appointment()

        mail = sent(to_citizen())
        assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (None, None)
        assert "desabonnement" not in mail.as_string()

    def test_agents_have_their_own_page_for_that(self, sent):
        agent = make_agent(organization=make_organization())
        make_appointment(organization=agent.memberships.get().organization, calendar=agent.calendar)

        assert sent(Message.objects.get(audience="agent"))["List-Unsubscribe"] is None

    def test_nobody_is_spoken_for_at_an_address_that_is_no_longer_theirs(self, sent):
        reminder = _reminder()
        citizen = reminder.participation.citizen
        citizen.email = "other@example.org"
        citizen.save(update_fields=["email"])

        assert leave_url(reminder) == ""
        assert sent(reminder)["To"] == "other@example.org"  # Written anew, to where they read now.


def _reminder():
    organization = make_organization()
    make_appointment(
        organization=organization,
        citizen=make_citizen(organization=organization),
        starts_at=paris(MONDAY, 18),
    )
    queue_due_reminders(now=paris(MONDAY, 13))
    return to_citizen(kind=Message.Kind.REMINDER)
