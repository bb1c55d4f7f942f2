"""Who types somebody else's contact learns nothing of it before the code that goes there: not whether it is known, not
by a word, a cookie, a redirect or a message, nor by what the database is asked, which is what takes its time.
"""

from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from notifications.models import Message
from organizations.models import Citizen, SmsStop
from scheduling.participation_links import link_token
from tests.booking_portal.conftest import slot_url_of, step_url
from tests.booking_portal.enumeration import ask, code_messages, undone
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_participation,
    make_prescriber,
    make_workshop,
    paris,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

UNKNOWN = {"email": "personne@example.org", "phone": "+33699999999"}

# Whose contacts are known, one way or another, and by which: who asks must not see that from the answers.
KNOWN = {
    "with an RDV": {"email": "camille@example.org", "phone": "+33611111111"},
    "in the workshop": {"email": "inscrite@example.org", "phone": "+33611111112"},
    "in its queue": {"email": "attend@example.org", "phone": "+33611111113"},
    "without messages": {"email": "muette@example.org", "phone": "+33611111114"},
    "said STOP": {"phone": "+33611111115"},
    "bounced": {"email": "revenue@example.org"},
    "relative": {"email": "enfant@example.org", "phone": "+33611111117"},
    "answers for one": {"email": "parent@example.org", "phone": "+33611111118"},
    "of an agent": {"email": "agente@example.org"},
    "of a prescriber": {"email": "prescriptrice@example.org"},
    "merged": {"email": "fusionnee@example.org", "phone": "+33611111116"},
    "elsewhere": {"email": "ailleurs@example.org", "phone": "+33611111119"},
}
CONTACTS = [(who, kind) for who, contacts in KNOWN.items() for kind in contacts]
# Where it takes long, those that a way could know of.
SOME = [("with an RDV", "email"), ("in the workshop", "email"), ("in its queue", "phone"), ("said STOP", "phone")]


@pytest.fixture
def workshop(organization):
    collective = make_motif(organization=organization, slug="atelier", is_collective=True)
    return make_workshop(motif=collective, seats=2, starts_at=paris(MONDAY, 14))


@pytest.fixture
def known(organization, motif, opening, workshop):
    """All of them. The workshop is full."""

    def citizen(who, **fields):
        return make_citizen(
            organization=organization, first_name="Camille", last_name="Dupont", **{"email": ""} | KNOWN[who] | fields
        )

    make_appointment(motif=motif, citizen=citizen("with an RDV"), starts_at=paris(TUESDAY, 9))
    make_participation(workshop=workshop, citizen=citizen("in the workshop"))
    make_participation(workshop=workshop)
    make_participation(workshop=workshop, citizen=citizen("in its queue"))
    citizen("without messages", notify_by_email=False, notify_by_sms=False)
    stopped = citizen("said STOP")
    SmsStop.objects.create(territory=organization.territory, phone=str(stopped.phone), at=NOW)
    bounced, merged = citizen("bounced"), citizen("merged")
    Citizen.objects.filter(pk=merged.pk).update(merged_into=bounced)
    citizen("relative", responsible=citizen("answers for one"))
    make_agent(organization=organization, **KNOWN["of an agent"])
    make_prescriber(territory=organization.territory, **KNOWN["of a prescriber"])
    elsewhere = make_organization()
    there = make_citizen(organization=elsewhere, **KNOWN["elsewhere"])
    make_appointment(organization=elsewhere, citizen=there, starts_at=paris(TUESDAY, 9))


def spelled(contact):
    """All ways in which a page may write it."""
    national = "0" + contact[3:] if contact.startswith("+33") else contact
    spaced = " ".join(national[i : i + 2] for i in range(0, len(national), 2))
    return [contact, spaced, national] if national != contact else [contact]


class Stranger:
    """Types one contact wherever the portal asks for one, and keeps what is answered."""

    def __init__(self, kind, contact):
        self.kind, self.contact = kind, contact
        self.client = Client()
        self.answers = []

    def go(self, method, address, **data):
        """On to wherever it is led. The addresses themselves are compared with the answers."""
        answer = ask(self.client, method, address, data, hide=spelled(self.contact))
        self.answers.append(answer)
        return self.go("get", answer.location) if answer.location else answer

    def type_codes(self, code_url, send_url):
        """Wrong ones, a new one, until neither is left."""
        self.go("get", code_url)
        for code in ("12345", "000000"):
            self.go("post", code_url, code=code)
        for par in ("sms", "email", "", "", ""):
            self.go("post", send_url, **{"par": par} if par else {})
        for n in range(6):
            ask(self.client, "post", code_url, {"code": f"22222{n}"})
        self.go("post", code_url, code="222222")

    def seen(self):
        return self.answers, code_messages(hide=spelled(self.contact))

    # --- The ways ---------------------------------------------------------------------------------------------------

    def my_appointments(self, world):
        contact, code, send, leave = (
            reverse(f"booking_portal:my_appointments_{page}", args=[world.territory.slug])
            for page in ("contact", "code", "code_send", "leave")
        )
        self.go("get", contact)
        self.go("post", contact, contact=self.contact, website="spam")
        self.go("post", contact, contact=self.contact)
        self.type_codes(code, send)
        self.go("post", leave)
        self.go("post", contact, contact=self.contact)

    def booking(self, world):
        slots = slot_url_of(world.motif)
        self.go("post", slots, debut=paris(MONDAY, 9).isoformat())
        self._say_who(slots.replace("/choisir/creneau/", "/reserver/vous/") + "&debut=2026-03-02T08%3A00Z")

    def waiting_list(self, world):
        dates = step_url("workshop_choice", world.territory, motif="atelier", mode="atelier-sur-place")
        pk = world.workshop.pk
        self.go("post", dates, attente=pk)
        self._say_who(dates.replace("/choisir/atelier/", "/reserver/vous/") + f"&atelier={pk}&attente=1")

    def _say_who(self, who):
        person = {"first_name": "Camille", "last_name": "Dupont", "birth_date": "12/05/1980", self.kind: self.contact}
        self.go("post", who, **person | {"last_name": ""})
        self.go("post", who, **person)
        self.go("get", who)
        self.type_codes(who.replace("/vous/", "/code/"), who.replace("/vous/", "/code/envoyer/"))
        self.go("post", who, **person)

    def correction(self, world):
        contact, code, send = (
            reverse(f"booking_portal:my_appointment_{page}", args=[world.token])
            for page in ("contact", "contact_code", "contact_code_send")
        )
        self.go("get", contact)
        self.go("post", contact, contact=self.contact)
        self.type_codes(code, send)
        self.go("post", contact, contact=self.contact)


@pytest.fixture
def world(territory, motif, workshop, known):
    """Where a stranger is, with the link of an RDV whose person gave no contact."""
    citizen = make_citizen(organization=motif.organization, email="")
    appointment = make_appointment(motif=motif, citizen=citizen, starts_at=paris(TUESDAY, 11))
    Message.objects.all().delete()
    token = link_token(appointment.participations.get())
    return SimpleNamespace(territory=territory, motif=motif, workshop=workshop, token=token)


WAYS = ["my_appointments", "booking", "waiting_list", "correction"]


def seen_by(way, kind, contact, world):
    with undone():
        stranger = Stranger(kind, contact)
        getattr(stranger, way)(world)
        return stranger.seen()


@pytest.mark.parametrize("way", WAYS)
def test_known_and_unknown_contacts_are_answered_alike_to_the_letter_and_to_the_query(way, world):
    unknown = {kind: seen_by(way, kind, contact, world) for kind, contact in UNKNOWN.items()}

    for kind, (answers, messages) in unknown.items():
        assert {answer.status for answer in answers} == {200, 302, 422}, kind
        assert len(messages) >= 3  # Codes were on their way, and asked for again.
    for who, kind in CONTACTS if way == "my_appointments" else SOME:
        (answers, messages), (expected, sent) = seen_by(way, kind, KNOWN[who][kind], world), unknown[kind]
        for number, (answer, of_unknown) in enumerate(zip(answers, expected, strict=True)):
            assert answer == of_unknown, (who, kind, number)
            assert answer.statements == of_unknown.statements, (who, kind, number)
        assert messages == sent, (who, kind)


@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_looked_up_before_the_code(way, world):
    with undone():
        stranger = Stranger("email", KNOWN["with an RDV"]["email"])
        getattr(stranger, way)(world)

        for answer in stranger.answers:
            for sql in answer.statements:
                # By its link an RDV shows whose it is: that one is there already.
                is_of_the_link = way == "correction" and '"scheduling_participation"' in sql
                assert is_of_the_link or f'FROM "{Citizen._meta.db_table}"' not in sql, sql
                assert "JOIN" in sql or "search_text" not in sql
