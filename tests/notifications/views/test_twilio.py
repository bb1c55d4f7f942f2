"""What Twilio posts: nothing counts that it has not signed."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from notifications.models import Message
from notifications.services.delivery import deliver
from notifications.transports.twilio_callbacks import status_callback
from organizations.models import SmsStop
from tests.factories import NOW, make_territory
from tests.notifications.twilio_server import post_as_twilio

pytestmark = pytest.mark.django_db

Status, Channel = Message.Status, Message.Channel
MOBILE, NUMBER = "+33612345678", "+33757590000"
SITE = "https://rdv.example"
ANSWERS = f"{SITE}/twilio/reponse/"


@pytest.fixture(autouse=True)
def _public_site(settings, twilio):
    settings.SITE_URL = SITE


@pytest.fixture
def sent(make_message, twilio):
    message = make_message(channel=Channel.SMS, recipient=MOBILE, subject="", body="RDV à 9 h")
    deliver(message_id=message.pk, now=NOW)
    message.refresh_from_db()
    return message


@pytest.fixture
def callback(sent, twilio):
    """Where Twilio was told to report."""
    return twilio.taken[0]["StatusCallback"]


def form(message, state, **fields):
    return {"MessageSid": message.provider_id, "MessageStatus": state, "AccountSid": "AC", "To": MOBILE} | fields


class TestReports:
    def test_a_signed_one_is_kept(self, client, sent, callback):
        before = timezone.now()

        assert post_as_twilio(client, callback, form(sent, "delivered")).status_code == 204

        sent.refresh_from_db()
        assert (sent.status, sent.provider_status) == (Status.SENT, "delivered")
        assert before <= sent.delivered_at <= timezone.now()

    def test_a_failure_tells_its_reason(self, client, sent, callback):
        post_as_twilio(client, callback, form(sent, "undelivered", ErrorCode="30006"))

        sent.refresh_from_db()
        assert (sent.status, "fixe" in sent.error) == (Status.FAILED, True)

    @pytest.mark.parametrize("headers", [{}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "Zm9yZ2Vk" * 4}])
    def test_without_a_signature_or_with_a_forged_one_nothing_is_written(self, client, sent, callback, headers):
        address = urlsplit(callback)
        answer = client.post(f"{address.path}?{address.query}", form(sent, "failed"), headers=headers)

        assert answer.status_code == 403
        sent.refresh_from_db()
        assert sent.provider_status == ""

    def test_a_signature_of_something_else_does_not_count(self, client, sent, callback, settings):
        assert post_as_twilio(client, callback, form(sent, "failed"), token="another").status_code == 403
        stolen = {}

        class Recorder:
            def post(self, path, form, headers):
                stolen.update(headers)

        post_as_twilio(Recorder(), callback, form(sent, "delivered"))
        address = urlsplit(callback)
        for path in (f"{address.path}?{address.query}", f"{address.path}?m=1", address.path):
            assert client.post(path, form(sent, "failed"), headers=stolen).status_code == 403
        settings.TWILIO_AUTH_TOKEN = ""
        assert post_as_twilio(client, callback, form(sent, "failed"), token="").status_code == 403

    def test_it_is_the_address_that_twilio_knows_which_counts_not_what_a_proxy_shows(self, client, sent, callback):
        behind = {"Host": "10.0.0.7:8000", "X-Forwarded-Host": "elsewhere.example", "X-Forwarded-Proto": "http"}

        assert post_as_twilio(client, callback, form(sent, "delivered"), headers=behind).status_code == 204

    def test_one_that_comes_before_we_know_the_sid_is_not_lost(self, client, make_message):
        message = make_message(
            channel=Channel.SMS, recipient=MOBILE, subject="", status=Status.SENDING, claimed_at=NOW, handed_at=NOW
        )
        url = status_callback(message)["status_callback"]

        sid = "SM" + "e" * 32
        post_as_twilio(client, url, {"MessageSid": sid, "MessageStatus": "sent"})

        message.refresh_from_db()
        assert (message.status, message.provider_id) == (Status.SENT, sid)

    @pytest.mark.parametrize(
        "fields",
        [
            {"MessageSid": "SM" + "9" * 32, "MessageStatus": "delivered"},
            {"MessageSid": "", "MessageStatus": "delivered"},
            {"MessageStatus": "x" * 5000, "MessageSid": "\x00" * 200},
            {"ErrorCode": "9" * 400, "MessageStatus": "failed", "MessageSid": "é"},
            {},
        ],
    )
    def test_what_is_unknown_is_let_be_quietly(self, client, fields):
        for url in (f"{SITE}/twilio/etat/", f"{SITE}/twilio/etat/?m=1%3Aforged", f"{SITE}/twilio/etat/?m=%00"):
            assert post_as_twilio(client, url, fields).status_code == 204

    def test_it_is_posted_without_a_token_against_forgery_and_never_read(self, sent, callback):
        from django.test import Client

        strict = Client(enforce_csrf_checks=True)
        assert post_as_twilio(strict, callback, form(sent, "sent")).status_code == 204
        assert strict.get("/twilio/etat/").status_code == strict.get("/twilio/reponse/").status_code == 405

    def test_the_address_names_neither_a_tenant_nor_a_guessable_message(self, callback):
        assert urlsplit(callback).path == "/twilio/etat/"
        (token,) = parse_qs(urlsplit(callback).query)["m"]
        assert len(token) > 40

    def test_it_costs_two_queries(self, client, sent, callback, django_assert_max_num_queries):
        with django_assert_max_num_queries(4):  # With those around the UPDATE.
            post_as_twilio(client, callback, form(sent, "delivered"))


@pytest.mark.parametrize(
    ("site_url", "is_given"),
    [
        ("https://rdv.example", True),
        ("http://rdv.example", False),
        ("https://localhost:8000", False),
        ("https://192.168.1.4", False),
        ("https://rdv.localhost", False),
        ("https://rdv", False),
    ],
)
def test_twilio_is_told_where_to_report_only_if_it_could_reach_us(settings, make_message, site_url, is_given):
    settings.SITE_URL = site_url

    assert bool(status_callback(make_message())) == is_given


class TestAnswers:
    def post(self, client, body, *, to=NUMBER, sender=MOBILE, **fields):
        return post_as_twilio(client, ANSWERS, {"From": sender, "To": to, "Body": body} | fields)

    def test_stop_is_kept_and_answered_with_nothing(self, client, sent):
        answer = self.post(client, "Stop")

        assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
        assert answer.content.decode() == '<?xml version="1.0" encoding="UTF-8"?><Response />'
        (stop,) = SmsStop.objects.all()
        assert (stop.phone, stop.territory) == (MOBILE, sent.territory)
        assert timezone.now() - stop.at < timedelta(minutes=1)

    def test_forged_it_changes_nothing(self, client, sent):
        assert client.post("/twilio/reponse/", {"From": MOBILE, "To": NUMBER, "Body": "STOP"}).status_code == 403
        assert not SmsStop.objects.exists()

    @pytest.mark.parametrize("sender", ["", "36180", "Orange", "+", "\x00", "+33" + "6" * 300])
    def test_a_sender_that_is_no_number_is_let_be(self, client, sent, sender):
        for to in (NUMBER, "", "\x00", "36180"):
            assert self.post(client, "STOP", sender=sender, to=to).status_code == 200
        assert not SmsStop.objects.exists()

    def test_to_a_number_that_is_nobodys_it_changes_nothing(self, client, sent):
        assert self.post(client, "STOP", to="+33700000000", MessagingServiceSid="\x00").status_code == 200
        assert not SmsStop.objects.exists()

    def test_a_territorys_own_number_or_service_is_enough(self, client):
        numbered = make_territory(sms_number="+33644630000")
        served = make_territory(sms_messaging_service="MG" + "b" * 32)

        self.post(client, "STOP", to="+33644630000")
        self.post(client, "STOP", to="+33700000000", MessagingServiceSid=served.sms_messaging_service)

        assert {stop.territory for stop in SmsStop.objects.all()} == {numbered, served}

    def test_what_a_service_with_words_of_its_own_took_it_for_counts_as_the_word(self, client, sent):
        self.post(client, "Laissez-moi", OptOutType="STOP")
        assert SmsStop.objects.exists()

        self.post(client, "STOP", OptOutType="HELP")
        self.post(client, "Merci", OptOutType="\x00")
        assert SmsStop.objects.exists()

        self.post(client, "Encore", OptOutType="START")
        assert not SmsStop.objects.exists()
        self.post(client, "AIDE STOP", OptOutType="HELP")
        assert not SmsStop.objects.exists()
