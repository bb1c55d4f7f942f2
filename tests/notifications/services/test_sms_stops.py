"""STOP is an opt-out, whoever hears of it first."""

import pytest

from notifications.models import Message
from notifications.services.citizen_messages import recipient_on
from notifications.services.delivery import deliver
from notifications.services.sms_stops import read_answer
from notifications.services.writing import with_what_messages_show
from organizations.models import SmsStop
from scheduling.models import Appointment, Participation
from tests.factories import NOW, make_appointment, make_citizen, make_organization, make_territory

pytestmark = pytest.mark.django_db

Status, Channel, Kind = Message.Status, Message.Channel, Message.Kind
MOBILE, OTHER, SHARED, OWN = "+33612345678", "+33698765432", "+33757590000", "+33644630000"


@pytest.fixture(autouse=True)
def _shared_number(settings):
    settings.TWILIO_FROM = SHARED


def has_stopped(*, territory, phone):
    return SmsStop.objects.filter(territory=territory, phone=phone).exists()


def answer(body, *, to=SHARED, sender=MOBILE):
    read_answer(sender=sender, written_to=to, body=body, now=NOW)


@pytest.fixture
def territory():
    return make_territory(sms_number=OWN)


@pytest.mark.parametrize(
    "body",
    ["STOP", "stop", " Stop ! ", "S T O P", "ARRÊT", "arrêt", "Arret.", "ARRE\u0302T", "FIN", "Unsubscribe", "STOP SMS",
     "désabonner", "Désinscription", "QUIT", "optout", "«\u00a0stop\u00a0»"],
)  # fmt: skip
def test_the_word_counts_however_it_is_written(territory, body):
    answer(body, to=OWN)

    assert has_stopped(territory=territory, phone=MOBILE)
    assert not has_stopped(territory=territory, phone=OTHER)


@pytest.mark.parametrize("body", ["", "Merci", "Je ne peux pas", "annuler", "stop moi ce rdv svp", "non", "\x00", "🛑"])
def test_another_text_does_not(territory, body):
    answer(body, to=OWN)

    assert not SmsStop.objects.exists()


@pytest.mark.parametrize("body", ["START", "reprendre", " Reprise.", "UNSTOP"])
def test_it_can_be_taken_back(territory, body):
    answer("STOP", to=OWN)
    answer(body, to=OWN)

    assert not has_stopped(territory=territory, phone=MOBILE)


def test_said_twice_it_is_kept_once(territory):
    answer("STOP", to=OWN)
    answer("ARRET", to=OWN)

    assert SmsStop.objects.count() == 1


def test_to_the_shared_number_it_counts_for_whoever_wrote_to_that_phone(twilio, make_message, territory):
    for phone in (MOBILE, OTHER):
        message = make_message(channel=Channel.SMS, recipient=phone, subject="")
        deliver(message_id=message.pk, now=NOW)
    silent = make_territory()

    answer("STOP", sender=OTHER)

    assert {stop.territory for stop in SmsStop.objects.all()} == {message.territory}
    assert not has_stopped(territory=silent, phone=OTHER)
    answer("START", sender=OTHER)
    assert not SmsStop.objects.exists()


def test_to_the_shared_number_it_does_not_count_for_who_writes_from_a_number_of_their_own(make_message, territory):
    make_message(territory=territory, channel=Channel.SMS, recipient=MOBILE, subject="", handed_at=NOW)
    named = make_territory(sms_sender_name="MAIRIE")
    make_message(territory=named, channel=Channel.SMS, recipient=MOBILE, subject="", handed_at=NOW)

    answer("STOP")

    assert not SmsStop.objects.exists()
    answer("STOP", to=OWN)
    answer("START")
    assert has_stopped(territory=territory, phone=MOBILE)


@pytest.mark.parametrize("to", [OWN, "", "+33700000000"])
def test_where_no_number_is_shared_nobody_else_is_meant(settings, make_message, territory, to):
    settings.TWILIO_FROM = ""
    other = make_message(channel=Channel.SMS, recipient=MOBILE, subject="", handed_at=NOW).territory

    answer("STOP", to=to)
    assert not has_stopped(territory=other, phone=MOBILE)

    SmsStop.objects.create(territory=other, phone=MOBILE, at=NOW)
    answer("START", to=to)
    assert has_stopped(territory=other, phone=MOBILE)


def test_what_the_provider_knows_of_is_kept_too(twilio, make_message):
    twilio.answers = [(400, 21610)]
    message = make_message(channel=Channel.SMS, recipient=MOBILE, subject="")

    deliver(message_id=message.pk, now=NOW)

    assert has_stopped(territory=message.territory, phone=MOBILE)


@pytest.mark.parametrize(("kind", "status"), [(Kind.BOOKED, Status.FAILED), (Kind.WAITING, Status.DROPPED)])
def test_what_was_written_before_does_not_leave(twilio, make_message, territory, kind, status):
    message = make_message(territory=territory, kind=kind, channel=Channel.SMS, recipient=MOBILE, subject="")
    answer("STOP", to=OWN)

    deliver(message_id=message.pk, now=NOW)

    message.refresh_from_db()
    assert (message.status, "STOP" in message.error) == (status, True)
    assert twilio.taken == []


class TestNewMessages:
    def told(self, citizen):
        Message.objects.all().delete()
        make_appointment(organization=citizen.accesses.get().organization, citizen=citizen)
        return {(message.channel, message.recipient) for message in Message.objects.filter(audience="citizen")}

    @pytest.fixture
    def citizen(self, territory):
        organization = make_organization(territory=territory)
        return make_citizen(organization=organization, phone=MOBILE, email="camille@example.org")

    def test_are_mails_only(self, citizen):
        assert self.told(citizen) == {(Channel.SMS, MOBILE), (Channel.EMAIL, "camille@example.org")}
        answer("STOP", to=OWN)
        assert self.told(citizen) == {(Channel.EMAIL, "camille@example.org")}

    def test_it_is_the_phone_of_who_answers_for_them_that_counts(self, citizen):
        answer("STOP", to=OWN)
        child = make_citizen(organization=citizen.accesses.get().organization, responsible=citizen, phone=OTHER)

        assert self.told(child) == {(Channel.EMAIL, "camille@example.org")}
        answer("START", to=OWN)
        answer("STOP", to=OWN, sender=OTHER)
        assert self.told(child) == {(Channel.SMS, MOBILE), (Channel.EMAIL, "camille@example.org")}

    def test_another_territory_still_writes(self, citizen):
        answer("STOP", to=OWN)
        elsewhere = make_citizen(organization=make_organization(), phone=MOBILE, email="")

        assert self.told(elsewhere) == {(Channel.SMS, MOBILE)}

    def test_knowing_it_costs_no_query_for_each(self, citizen, django_assert_num_queries):
        answer("STOP", to=OWN)
        make_appointment(organization=citizen.accesses.get().organization, citizen=citizen)
        (appointment,) = with_what_messages_show(Appointment.objects.all())

        with django_assert_num_queries(0):
            assert [recipient_on(each, channel=Channel.SMS) for each in appointment.participations.all()] == [""]
        assert Participation.objects.get().sms_stopped_at == NOW == citizen.sms_stopped_at
