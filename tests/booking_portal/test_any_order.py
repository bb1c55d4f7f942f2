"""Every page of the portal in any order, with any parameters: never a fault, never another tenant, always a way on.

The pages are read from the addresses of the site, so that a new one is tried without being named here.
"""

import re
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings as site
from django.test import Client
from django.urls import URLPattern, get_resolver
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from notifications.models import Message
from scheduling.models import EarlierSlotRequest
from scheduling.participation_links import link_token
from tests.booking_portal.enumeration import undone
from tests.conftest import EXAMPLES_IN_A_DATABASE
from tests.factories import (
    MONDAY,
    TUESDAY,
    make_appointment,
    make_citizen,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_partner_type,
    make_public_address,
    make_territory,
    make_unit,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

SECRET = "Zzyzx"

NAMES = ["service", "motif", "mode", "option", "personnes", "lieu", "aupres", "debut", "organisation", "site", "avec"]
NAMES += ["pour", "next", "rdv", "ou", "pres", "tous", "atelier", "attente", "jour", "mois", "page", "par", "code"]
NAMES += ["contact", "website", "first_name", "last_name", "email", "phone", "address", "birth_date", "numero"]
NAMES += ["reponse", "jours", "moments", "pas_avant", "autres_lieux", "etape", "for_whom", "relative_first_name"]
NAMES += ["relative_last_name", "structure", "partner_type"]
SPOILT = ["", "0", "-1", "9" * 30, "\x00", "%", "٣", "\ud7ff", "a" * 3000, "<script>alert(1)</script>", "' OR 1=1 --"]
SPOILT += ["2026-02-30", "9999-12-31T23:59-23:59", "0001-01-01", "nan,inf", "../../etc/passwd", "{{7*7}}", "{0}"]
HELPFUL = ["sur-place", "telephone", "1", "3", "2026-03-02T08:30Z", "2026-03-02", "2026-03", "50.29,2.77", "email"]
HELPFUL += ["atelier-sur-place", "sms", "accepter", "matin", "Camille", "camille@example.org", "0612345678"]
HELPFUL += ["12/05/1980", "123456", "autrui", "autre", "relative", "/prendre-rdv/ici/choisir/motif/?pour=autrui"]


def portal_patterns():
    """(template of the path, names of its arguments) of each page open to everybody, or to whom has its link."""

    def walk(patterns, prefix):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if not isinstance(pattern, URLPattern):
                yield from walk(pattern.url_patterns, route)
            elif getattr(pattern.callback, "access", "") in {"public", "signed_link"}:
                yield route

    resolver = next(
        each for each in get_resolver().url_patterns if getattr(each, "namespace", None) == "booking_portal"
    )
    return sorted(walk(resolver.url_patterns, "/"))


PATTERNS = portal_patterns()


# What the sessions of a booking are about; one that has begun nothing may begin with anything.
ABOUT = {"held": "slot", "told": "slot", "told by phone": "call", "seat chosen": "workshop", "in the queue": "workshop"}
ABOUT |= {"introduced": "aid", "prescribing": "aid"}


class World:
    """A territory with a bit of everything, and another one of which nothing may be seen through it."""

    def __init__(self):
        here, elsewhere = make_territory(slug="ici"), make_territory(slug="ailleurs", name=f"{SECRET} territoire")
        self.own = self._furnish(here, "")
        self.foreign = self._furnish(elsewhere, f"{SECRET} ")

    def _furnish(self, territory, mark):
        organization = make_organization(territory=territory, name=f"{mark}Mairie")
        unit = make_unit(territory=territory, name=f"{mark}État civil")
        place = make_location(organization=organization, name=f"{mark}Hôtel de ville", latitude=50.3, longitude=2.8)
        other = make_location(organization=organization, name=f"{mark}Annexe")
        motif = make_motif(
            organization=organization,
            name=f"{mark}Passeport",
            units=[unit],
            max_persons=3,
            instructions_before="Lisez.",
        )
        option = make_option(motif=motif, name=f"{mark}Urgent")
        call = make_motif(
            organization=organization, name=f"{mark}Appel", location_kind="phone", change_deadline=timedelta(0)
        )
        aid = make_motif(organization=organization, name=f"{mark}Accès", booking_audience="prescribers")
        make_partner_type(territory=territory, name=f"{mark}Association")
        for at in (place, other):
            make_opening(motifs=[motif, call, aid], location=at, rrule="FREQ=DAILY")
        desk = make_desk(location=place, name=f"{mark}Guichet")
        make_opening(motifs=[motif, call], location=place, calendar=desk.calendar, rrule="FREQ=DAILY")
        address = make_public_address(desk=desk, slug=f"{mark.strip().lower()}guichet")
        workshop = make_workshop(organization=organization, title=f"{mark}Atelier", starts_at=paris(TUESDAY, 9))
        citizen = make_citizen(
            organization=organization, last_name=f"{mark}Durand", email=f"{mark.strip()}d@example.org"
        )
        appointment = make_appointment(motif=call, citizen=citizen, starts_at=paris(MONDAY, 10))
        token = link_token(appointment.participations.get())
        late = make_appointment(motif=call, citizen=citizen, starts_at=paris(MONDAY + timedelta(days=14), 10))
        return {
            "territory_slug": territory.slug,
            "organization_slug": organization.slug,
            "motif_slug": motif.slug,
            "slug": address.slug,
            "pk": place.pk,
            "token": token,
            "late_token": link_token(late.participations.get()),
            "dead_token": f"{token[:-24]}{'0' * 24}",
            "contact": citizen.email,
            "call": call.slug,
            "aid": aid.slug,
            "workshop": workshop,
            "values": [
                organization.slug, motif.slug, call.slug, workshop.motif.slug, workshop.pk, option.pk, unit.pk,
                place.pk, other.pk, appointment.pk, token, citizen.email, address.slug, aid.slug,
            ],
        }  # fmt: skip

    def begin(self):
        """Sessions in the middle of something, with the digits that were sent on the way."""
        self.chosen = self._chosen(self.own)
        self.sessions = {"nothing": {}}
        self.codes = []
        slot, workshop, call, aid = (self.chosen[name] for name in ("slot", "workshop", "call", "aid"))
        person = {"first_name": "Camille", "last_name": "Dupont", "email": "camille@example.org"}
        person |= {"phone": "0612345678"}
        held = [("choisir/instructions", slot, {}), ("choisir/creneau", slot, {"debut": slot["debut"]})]
        jeanne = {"first_name": "Jeanne", "last_name": "Dupont", "structure": "CCAS", "partner_type": "autre"}
        introduced = [("choisir/prescripteur", {}, jeanne | {"email": "jeanne@ccas.example"})]
        prescribed = [("choisir/creneau", aid, {"debut": aid["debut"]}), ("reserver/beneficiaire", aid, person)]
        queued = ("choisir/atelier", workshop, {"attente": workshop["atelier"]})
        for name, steps in {
            "held": held,
            "told": [*held, ("reserver/vous", slot, person)],
            "told by phone": [("choisir/creneau", call, {"debut": call["debut"]}), ("reserver/vous", call, person)],
            "seat chosen": [("choisir/atelier", workshop, {"atelier": workshop["atelier"]})],
            "in the queue": [queued, ("reserver/vous", workshop | {"attente": 1}, person)],
            "introduced": introduced,
            "prescribing": [*introduced, *prescribed],
        }.items():
            self._walk(name, [(f"/prendre-rdv/ici/{path}/?{urlencode(query)}", data) for path, query, data in steps])
        asked = ("/mes-rdv/ici/contact/", {"contact": self.own["contact"]})
        self._walk("asked for a code", [asked])
        proven = [asked, ("/mes-rdv/ici/code/", None)]
        self._walk("proven", proven)
        correction = (f"/mon-rdv/{self.own['token']}/contact/", {"contact": "nouvelle@example.org"})
        self._walk("half corrected", [*proven, correction])
        waiting = {"jours": ["0", "1", "2", "3", "4"], "moments": ["matin", "apres-midi"]}
        Client().post(f"/mon-rdv/{self.own['late_token']}/plus-tot/", waiting)
        assert EarlierSlotRequest.objects.exists()

    def _walk(self, name, steps):
        """By posts; the code that has just been sent is typed where a form is None."""
        client = Client()
        for address, data in steps:
            answer = client.post(address, {"code": self.codes[-1]} if data is None else data)
            assert answer.status_code == 302, (name, address)
            sent = Message.objects.filter(kind=Message.Kind.CODE).order_by("-pk").first()
            if sent is not None:
                self.codes.append(re.search(r"\b\d{6}\b", sent.body)[0])
        self.sessions[name] = {each.key: each.value for each in client.cookies.values()}

    @staticmethod
    def _chosen(rows):
        """What fits together of each kind of motif."""
        slot = {"motif": rows["motif_slug"], "mode": "sur-place", "personnes": 1, "lieu": rows["pk"]}
        call = {"motif": rows["call"], "mode": "telephone", "debut": "2026-03-02T09:00Z"}
        workshop = {"motif": rows["workshop"].motif.slug, "mode": "atelier-sur-place", "atelier": rows["workshop"].pk}
        aid = {"motif": rows["aid"], "mode": "sur-place", "lieu": rows["pk"], "debut": "2026-03-02T08:30Z"}
        aid["pour"] = "autrui"
        return {"slot": slot | {"debut": "2026-03-02T08:00Z"}, "call": call, "workshop": workshop, "aid": aid}

    def fitting_addresses(self, name):
        """Of each page that the session called `name` is about, those of nobody's with all kinds of links."""
        is_booking = name == "nothing" or name in ABOUT
        kinds = list(self.chosen) if name == "nothing" else [ABOUT[name]] if is_booking else []
        for pattern in PATTERNS:
            is_of_booking = pattern.startswith("/prendre-rdv/")
            if name != "nothing" and is_booking != is_of_booking:
                continue
            tokens = ("token", "late_token", "dead_token") if name == "nothing" and "token" in pattern else ("token",)
            for token in tokens:
                arguments = self.own | {"token": self.own[token]}
                path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part, of=arguments: str(of[part[1]]), pattern)
                for chosen in map(self.chosen.get, kinds) if is_of_booking else [{}]:
                    yield f"{path}?{urlencode(chosen)}"

    def client(self, name):
        client = Client()
        client.cookies = SimpleCookie(self.sessions[name])
        return client

    def path(self, draw, pattern):
        """Its arguments, mostly of here; whether any of them is the other territory's."""
        is_foreign = False
        path = pattern
        for whole, name in re.findall(r"(<(?:\w+:)?(\w+)>)", pattern):
            source = draw(st.sampled_from(["own"] * 6 + ["foreign", "spoilt"]))
            value = "x9-x9" if source == "spoilt" else getattr(self, source).get(name, "x9")
            if "int:" in whole and source == "spoilt":
                value = 987654
            is_foreign |= source == "foreign"
            path = path.replace(whole, str(value))
        return path, is_foreign

    def fields(self, draw):
        """Some that fit together, mostly, and others that spoil them."""
        helpful = HELPFUL + self.codes + [self.own["contact"], self.foreign["contact"]]
        values = st.sampled_from(self.own["values"] * 2 + self.foreign["values"] + SPOILT + helpful)
        fitting = draw(st.sampled_from([{}, *self.chosen.values()]))
        return [*fitting.items(), *draw(st.lists(st.tuples(st.sampled_from(NAMES), values.map(str)), max_size=6))]


@pytest.fixture
def world(now):
    world = World()
    world.begin()
    return world


@given(st.data())
@settings(max_examples=EXAMPLES_IN_A_DATABASE, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_any_requests_in_any_order_are_answered(world, data):
    with undone():
        client = world.client(data.draw(st.sampled_from(sorted(world.sessions))))
        for _ in range(data.draw(st.integers(4, 12))):
            path, is_foreign = world.path(data.draw, data.draw(st.sampled_from(PATTERNS)))
            address = f"{path}?{urlencode(world.fields(data.draw), errors='surrogatepass')}"
            if data.draw(st.integers(0, 2)):
                answer = client.get(address)
            else:
                form = urlencode(world.fields(data.draw), errors="surrogatepass")
                answer = client.post(address, form, content_type="application/x-www-form-urlencoded")
            check(answer, address, is_foreign=is_foreign)


def check(answer, address, *, is_foreign):
    assert answer.status_code in {200, 302, 400, 404, 405, 422, 429}, (answer.status_code, address)
    if answer.status_code == 302:
        assert not re.match(r"(?:\w+:|//)", answer["Location"]), address
        return
    page = answer.content.decode(errors="replace")
    assert "<script>alert" not in page, address
    # The front doors name every territory.
    assert is_foreign or address.startswith(("/?", "/mes-rdv/?")) or SECRET not in page, address
    if answer["Content-Type"].startswith("text/html") and answer.status_code != 405:
        main = page[page.index("<main") :]
        assert re.search(r"<(?:a\s[^>]*href|button|input|select)", main), f"no way on from {address}"


# Pages that take somebody else, or another browser, and the tests that come to them.
ELSEWHERE = {
    "calendar_entry",
    "prescriber_booked",
    "upcoming_limit",
    "my_appointment_offer",
    "slot_taken",
    "workshop_full",
    "my_appointments_territory",
    "outside_frame",
}
WITH_A_FORM = {"who", "code", "my_appointments_contact", "my_appointments_code", "my_appointment_contact"}
WITH_A_FORM |= {
    "prescriber_identity",
    "beneficiary",
    "prescriber_code",
    "my_appointment_contact_code",
    "my_appointment_earlier",
    "my_appointment_move",
}
OF_AGENTS = {"online_booking", "online_booking_addresses", "poster", "frame_ancestors"}
OF_AGENTS |= {"calendar_address_list", "calendar_address_edit"}


def test_from_the_middle_of_anything_every_page_is_reached_and_answered(world):
    """Every address in each of the sessions, read and posted to, with what fits: what the walk above comes to."""
    form = {"first_name": "Camille", "last_name": "Dupont", "email": "camille@example.org", "phone": "0612345678"}
    form |= {"contact": "nouvelle@example.org", "jours": "1", "moments": "matin", "debut": "2026-03-03T08:00Z"}
    form |= {"code": world.codes[-1]}
    reached = set()
    for name in world.sessions:
        for address in world.fitting_addresses(name):
            with undone():
                client = world.client(name)
                for answer in (client.get(address), client.post(address, {"code": "x"}), client.post(address, form)):
                    check(answer, address, is_foreign=False)
                    reached |= {(template.name, answer.status_code) for template in answer.templates if template.name}
    templates = {path.stem for path in (Path(site.BASE_DIR) / "templates/booking_portal").glob("[a-z]*.html")}
    seen = {name.removeprefix("booking_portal/").removesuffix(".html") for name, _ in reached}
    assert templates - seen - ELSEWHERE - OF_AGENTS == set()
    refused = {name.removeprefix("booking_portal/").removesuffix(".html") for name, status in reached if status == 422}
    assert refused >= WITH_A_FORM


def test_the_portals_pages_are_all_among_them():
    assert len(PATTERNS) >= 22
    assert "/prendre-rdv/<slug:territory_slug>/reserver/code/" in PATTERNS
