"""What comes back of our mails: by a mail server's pipe, or signed over HTTP."""

import io
import os
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from notifications.bounce_addresses import bounce_address, message_id_in
from notifications.bounces import LONGEST, Action, Bounce, read_bounce
from notifications.models import Message
from notifications.services.bounces import take_bounce
from notifications.services.delivery import deliver
from notifications.views.bounces import FRESH_FOR, signature_of
from organizations.models import Citizen
from tests.conftest import EXAMPLES_IN_A_DATABASE
from tests.factories import NOW, make_agent, make_appointment, make_citizen, make_organization

pytestmark = pytest.mark.django_db

Status = Message.Status
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _bounces(settings):
    settings.BOUNCE_ADDRESS = "retours@permanence.example"
    settings.BOUNCE_SECRET = "shared"


@pytest.fixture
def message(make_message):
    return make_message(status=Status.SENT, sent_at=NOW)


def report(message, *, action="failed", status="5.1.1", diagnostic="", recipient=None, to=None):
    """As Postfix and others write it (RFC 3464), with our mail at its end."""
    fields = [f"Final-Recipient: rfc822; {recipient or message.recipient}", f"Action: {action}", f"Status: {status}"]
    if diagnostic:
        fields.append(f"Diagnostic-Code: smtp; {diagnostic}")
    returned = "Subject: Votre rendez-vous\r\nFrom: x@example.org\r\n\r\nAction: failed\r\n"
    parts = [
        ("text/plain", "Votre e-mail n'a pas pu être remis."),
        ("message/delivery-status", "Reporting-MTA: dns; mx.example.org\r\n\r\n" + "\r\n".join(fields) + "\r\n"),
        ("message/rfc822", returned),
    ]
    body = "".join(f"--BOUND\r\nContent-Type: {kind}\r\n\r\n{content}\r\n" for kind, content in parts)
    return (
        "From: MAILER-DAEMON@mx.example.org\r\n"
        f"To: {bounce_address(message.pk) if to is None else to}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="BOUND"\r\n'
        f"MIME-Version: 1.0\r\n\r\n{body}--BOUND--\r\n"
    ).encode()


def out_of_office(message):
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = message.recipient, bounce_address(message.pk)
    mail["Subject"], mail["Auto-Submitted"] = "Absent du bureau", "auto-replied"
    mail.set_content("Je suis absent. Action: failed\nStatus: 5.1.1\n")
    return mail.as_bytes()


def taken(message, raw=None, now=LATER, **fields):
    bounce = read_bounce(report(message, **fields) if raw is None else raw)
    is_news = bounce is not None and take_bounce(bounce=bounce, now=now)
    message.refresh_from_db()
    return is_news


class TestWhatIsRead:
    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"status": "5.1.1"}, "adresse inconnue (5.1.1)"),
            ({"status": "5.2.2"}, "boîte pleine (5.2.2)"),
            ({"status": "5.2.1"}, "boîte désactivée (5.2.1)"),
            ({"status": "5.1.2"}, "ce domaine ne reçoit pas d'e-mails (5.1.2)"),
            ({"status": "5.7.26"}, "refusé par le filtre du destinataire (5.7.26)"),
            ({"status": "4.4.7"}, "serveur du destinataire injoignable depuis plusieurs jours (4.4.7)"),
            ({"status": "5.9.9"}, "refusé par le serveur du destinataire (5.9.9)"),
            ({"status": "whatever"}, "refusé par le serveur du destinataire."),
            # The other server was more exact than ours.
            ({"status": "5.0.0", "diagnostic": "552 5.2.2 Over quota"}, "boîte pleine (5.2.2)"),
            ({"status": "5.0.0 (permanent failure)", "action": "Failed (really)"}, "adresse inconnue"),
        ],
    )
    def test_a_mail_that_came_back_has_failed_and_says_why(self, message, fields, reason):
        if reason == "adresse inconnue":
            reason = "refusé par le serveur du destinataire (5.0.0)"

        assert taken(message, **fields)

        assert message.status == Status.FAILED
        assert message.error.startswith(f"E-mail revenu\u00a0: {reason}")
        assert (message.provider_status_at, message.sent_at) == (LATER, NOW)

    def test_one_that_waits_is_only_noted(self, message):
        assert taken(message, action="delayed", status="4.4.1")

        assert (message.status, message.error) == (Status.SENT, "")
        assert (message.provider_status, message.provider_status_at) == ("delayed 4.4.1", LATER)

    @pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "", "élan"])
    def test_what_went_well_or_says_nothing_changes_nothing(self, message, action):
        assert not taken(message, action=action, status="2.0.0")

        assert (message.status, message.provider_status) == (Status.SENT, "")

    def test_who_is_out_of_the_office_is_not_unknown_there(self, message):
        assert not taken(message, raw=out_of_office(message))

        assert message.status == Status.SENT

    def test_again_or_in_another_order_it_is_the_same(self, message):
        assert taken(message)
        first = message.error

        assert not taken(message, now=LATER + timedelta(days=1))
        assert not taken(message, action="delayed", status="4.4.1")
        assert not taken(message, status="5.2.2")
        assert (message.status, message.error, message.provider_status_at) == (Status.FAILED, first, LATER)

    def test_delayed_then_failed_it_has_failed(self, message):
        taken(message, action="delayed", status="4.4.1")

        assert taken(message, status="4.4.7")
        assert (message.status, message.provider_status) == (Status.FAILED, "failed 4.4.7")

    def test_a_doubt_is_lifted_by_what_comes_back(self, make_message):
        message = make_message(status=Status.FAILED, error="Envoi incertain")

        assert taken(message)
        assert message.error.startswith("E-mail revenu")

    def test_one_that_comes_back_before_its_line_has_ended_stays_failed(self, make_message):
        """The worker that sent it holds its claim still."""
        message = make_message(status=Status.SENDING, claimed_at=NOW)

        assert taken(message)
        assert not Message.objects.filter(pk=message.pk, claimed_at=NOW).exists()
        assert message.status == Status.FAILED

    @pytest.mark.parametrize("status", [Status.QUEUED, Status.DROPPED])
    def test_what_never_left_cannot_come_back(self, make_message, status):
        message = make_message(status=status)

        assert not taken(message)
        assert message.status == status

    def test_an_sms_has_no_mail_server(self, make_message):
        message = make_message(status=Status.SENT, channel="sms", recipient="+33612345678")

        assert not taken(message)


class TestWhoseItIs:
    def test_each_mail_leaves_from_an_address_of_its_own(self, smtp_server, make_message):
        messages = [make_message(), make_message()]
        for each in messages:
            deliver(message_id=each.pk, now=NOW)

        senders = [mail["X-MailFrom"] for mail in smtp_server.messages]
        assert senders == [bounce_address(each.pk) for each in messages]
        assert senders[0].startswith(f"retours+{messages[0].pk}-")
        assert {mail["From"].addresses[0].addr_spec for mail in smtp_server.messages} == {
            "ne-pas-repondre@permanence.example"
        }

    def test_without_an_address_none_is_made_and_none_is_read(self, message, settings):
        raw = report(message)
        settings.BOUNCE_ADDRESS = ""

        assert bounce_address(message.pk) == ""
        assert not taken(message, raw=raw)

    def test_a_forged_address_reaches_nobody(self, message, make_message):
        other = make_message(status=Status.SENT)
        signature = bounce_address(message.pk).partition("-")[2]
        for to in [
            f"retours+{other.pk}-{signature}",
            f"retours+{other.pk}-{'0' * 16}@permanence.example",
            "retours@permanence.example",
            bounce_address(other.pk).replace("permanence", "elsewhere"),
            "",
        ]:
            assert not taken(other, to=to)
        assert other.status == Status.SENT

    def test_a_mail_server_may_write_it_elsewhere_and_in_capitals(self, message):
        address = bounce_address(message.pk).upper()
        raw = b"Delivered-To: " + address.encode() + b"\r\n" + report(message, to="undisclosed-recipients:;")

        assert message_id_in(address) == message.pk
        assert read_bounce(raw) == Bounce(message.pk, Action.FAILED, "5.1.1")
        assert read_bounce(report(message, to="x"), recipient=address) == Bounce(message.pk, Action.FAILED, "5.1.1")

    def test_what_is_quoted_inside_is_no_address_and_no_report(self, message):
        """Somebody forwards a report they got: that is a letter to us, not a report."""
        letter = EmailMessage(policy=SMTP)
        letter["To"] = bounce_address(message.pk)
        letter.set_content("Voyez ci-joint.")
        letter.add_attachment(report(message), maintype="application", subtype="octet-stream")

        assert not taken(message, raw=letter.as_bytes())
        assert not taken(message, raw=report(message, to="someone@example.org"))


class TestWhereItShows:
    @pytest.fixture
    def appointment(self):
        organization = make_organization()
        agent = make_agent(organization=organization)
        citizen = make_citizen(organization=organization, email="camille@example.org")
        return make_appointment(organization=organization, calendar=agent.calendar, citizen=citizen)

    def test_on_the_day_on_the_rdv_and_on_the_record(self, client, appointment):
        message = Message.objects.get(recipient="camille@example.org")
        deliver(message_id=message.pk, now=NOW)
        taken(message, status="5.2.2")
        client.force_login(appointment.calendars.get().agent)
        slug, citizen = appointment.organization.slug, Citizen.objects.get()

        with time_machine.travel(NOW, tick=False):
            today = client.get(reverse("scheduling:today", args=[slug])).content.decode()
            page = client.get(reverse("scheduling:appointment_detail", args=[slug, appointment.pk])).content.decode()
            record = client.get(reverse("scheduling:citizen_detail", args=[slug, citizen.pk])).content.decode()

        assert "boîte pleine" in today
        assert "boîte pleine" in page
        assert "Un e-mail à cette adresse est revenu" in record
        assert "boîte pleine" in record

    def test_a_record_with_another_address_since_is_not_blamed(self, appointment):
        message = Message.objects.get(recipient="camille@example.org")
        deliver(message_id=message.pk, now=NOW)
        taken(message)
        citizen = Citizen.objects.get()
        assert citizen.is_email_returned

        citizen.email = "new@example.org"
        assert not citizen.is_email_returned

    @pytest.mark.parametrize(("status", "blamed"), [("5.1.1", 1), ("5.2.2", 1), ("5.7.1", 0), ("4.4.7", 0)])
    def test_only_what_is_about_the_address_is_held_against_it(self, appointment, status, blamed):
        message = Message.objects.get(recipient="camille@example.org")
        deliver(message_id=message.pk, now=NOW)
        taken(message, status=status)

        assert Citizen.objects.exclude(returned_email="").count() == blamed

    def test_nobody_of_another_territory_hears_of_it(self, appointment):
        elsewhere = make_citizen(email="camille@example.org")
        message = Message.objects.get(recipient="camille@example.org")
        deliver(message_id=message.pk, now=NOW)
        taken(message)

        elsewhere.refresh_from_db()
        assert not elsewhere.is_email_returned


class TestPipe:
    def pipe(self, raw, monkeypatch, *arguments):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
        with pytest.raises(SystemExit) as ended:
            call_command("take_bounce", *arguments, stderr=io.StringIO())
        return ended.value.code

    def test_it_takes_what_came_back(self, message, monkeypatch):
        assert self.pipe(report(message), monkeypatch) == os.EX_OK

        message.refresh_from_db()
        assert message.status == Status.FAILED

    def test_the_servers_word_for_whom_it_is_counts(self, message, monkeypatch):
        raw = report(message, to="x@example.org")

        assert self.pipe(raw, monkeypatch, "--recipient", bounce_address(message.pk)) == os.EX_OK

        message.refresh_from_db()
        assert message.status == Status.FAILED

    def test_what_is_of_no_concern_is_taken_too(self, message, monkeypatch):
        for raw in (out_of_office(message), b"hello", b"\x00\xff" * 50, report(message, to="forged@example.org")):
            assert self.pipe(raw, monkeypatch) == os.EX_OK

        message.refresh_from_db()
        assert message.status == Status.SENT

    @pytest.mark.parametrize("raw", [b"", b" \n", b"x" * (LONGEST + 1)], ids=["nothing", "blank", "too long"])
    def test_no_mail_is_said_to_the_server(self, monkeypatch, raw):
        assert self.pipe(raw, monkeypatch) == os.EX_DATAERR

    def test_an_installation_without_an_address_says_so(self, message, monkeypatch, settings):
        settings.BOUNCE_ADDRESS = ""

        assert self.pipe(report(message, to="x"), monkeypatch) == os.EX_CONFIG


class TestOverHttp:
    def post(self, raw, *, now=LATER, signed=None, recipient="", **headers):
        timestamp = str(int(now.timestamp()))
        signature = signature_of(timestamp=timestamp, recipient=recipient, body=raw if signed is None else signed)
        given = {
            "X-Permanence-Timestamp": timestamp,
            "X-Permanence-Recipient": recipient,
            "X-Permanence-Signature": f"sha256={signature}",
        }
        with time_machine.travel(LATER, tick=False):
            return Client(enforce_csrf_checks=True).post(
                reverse("notifications:mail_bounce"),
                raw,
                content_type="message/rfc822",
                headers={name.replace("_", "-"): value for name, value in (given | headers).items()},
            )

    def test_what_is_signed_is_taken_and_again_is_no_harm(self, message):
        assert self.post(report(message)).status_code == 204
        assert self.post(report(message)).status_code == 204

        message.refresh_from_db()
        assert message.status == Status.FAILED

    def test_the_envelope_is_signed_with_it(self, message, make_message):
        other = make_message(status=Status.SENT)
        raw = report(message, to="x@example.org")
        forged = {"X-Permanence-Recipient": bounce_address(other.pk)}

        assert self.post(raw, recipient=bounce_address(message.pk), **forged).status_code == 403
        assert self.post(raw, recipient=bounce_address(message.pk)).status_code == 204
        for each in (message, other):
            each.refresh_from_db()
        assert (message.status, other.status) == (Status.FAILED, Status.SENT)

    @pytest.mark.parametrize(
        "forged",
        [
            {"X-Permanence-Signature": "sha256=" + "0" * 64},
            {"X-Permanence-Signature": ""},
            {"X-Permanence-Signature": "é"},
            {"X-Permanence-Timestamp": ""},
            {"X-Permanence-Timestamp": "9" * 400},
            {"X-Permanence-Timestamp": "²"},
            {"X-Permanence-Timestamp": "1"},
        ],
    )
    def test_a_forged_signature_changes_nothing(self, message, forged):
        assert self.post(report(message), **forged).status_code == 403

        message.refresh_from_db()
        assert message.status == Status.SENT

    def test_neither_does_another_body_under_a_signature_of_ours(self, message, make_message):
        assert self.post(report(message), signed=report(make_message())).status_code == 403

    @pytest.mark.parametrize("seconds", [FRESH_FOR + 1, -FRESH_FOR - 1])
    def test_what_was_kept_for_later_is_refused(self, message, seconds):
        assert self.post(report(message), now=LATER - timedelta(seconds=seconds)).status_code == 403

    def test_without_a_secret_there_is_no_such_page(self, message, settings):
        settings.BOUNCE_SECRET = ""

        assert self.post(report(message)).status_code == 404

    def test_it_is_not_read_and_too_much_is_too_much(self, client):
        assert client.get(reverse("notifications:mail_bounce")).status_code == 405
        assert self.post(b"x" * (LONGEST + 1)).status_code == 413

    def test_its_queries(self, message, assert_query_count):
        with assert_query_count("mail_bounce"):
            self.post(report(message))


@given(
    raw=st.one_of(
        st.binary(max_size=400),
        st.lists(
            st.sampled_from(
                [
                    "Content-Type: multipart/report; boundary=B",
                    "Content-Type: message/delivery-status",
                    "Content-Type: message/rfc822",
                    "Content-Type: multipart/report; boundary*=utf-8''%FF",
                    "To: =?utf-8?b?////?=",
                    "Action: =?x?q?=00?=",
                    "Status: 5.1.",
                    "--B",
                    "--B--",
                    "",
                    "é\x00\ud800",
                ]
            ),
            max_size=25,
        ).map(lambda lines: "\r\n".join(lines).encode(errors="surrogatepass")),
    )
)
@hypothesis_settings(
    max_examples=EXAMPLES_IN_A_DATABASE * 4, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_somebody_sends_is_read_without_a_fault(message, raw):
    for mail in (raw, b"To: " + bounce_address(message.pk).encode() + b"\r\n" + raw):
        bounce = read_bounce(mail)
        assert bounce is None or bounce.message_id == message.pk


def test_parts_in_parts_in_parts_are_no_fault_either(message):
    deep = b"".join(b"Content-Type: multipart/report; boundary=B%d\r\n\r\n--B%d\r\n" % (n, n) for n in range(5000))

    assert read_bounce(b"To: " + bounce_address(message.pk).encode() + b"\r\n" + deep) is None
