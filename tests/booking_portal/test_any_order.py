"""Every page of the portal in any order, with any parameters: never a fault, never another tenant, always a way on.

The pages are read from the addresses of the site, so that a new one is tried without being named here.
"""

import re
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scheduling.participation_links import link_token
from tests.conftest import EXAMPLES_IN_A_DATABASE
from tests.factories import (
    MONDAY,
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
NAMES += [
    "ou",
    "pres",
    "tous",
    "atelier",
    "attente",
    "jour",
    "mois",
    "par",
    "code",
    "first_name",
    "last_name",
    "email",
    "phone",
    "birth_date",
    "numero",
    "reponse",
    "jours",
    "moments",
    "pas_avant",
    "pour",
    "next",
    "rdv",
    "structure",
    "partner_type",
]
SPOILT = ["", "0", "-1", "9" * 30, "\x00", "%", "٣", "\ud7ff", "a" * 3000, "<script>alert(1)</script>", "' OR 1=1 --"]
SPOILT += ["2026-02-30", "9999-12-31T23:59-23:59", "0001-01-01", "nan,inf", "../../etc/passwd", "{{7*7}}", "{0}"]
HELPFUL = ["sur-place", "telephone", "1", "3", "2026-03-02T08:30Z", "2026-03-02", "2026-03", "50.29,2.77", "email"]
HELPFUL += ["atelier-sur-place", "sms", "accepter", "matin", "Camille", "camille@example.org", "0612345678"]
HELPFUL += ["12/05/1980", "123456", "autrui", "autrui", "/prendre-rdv/ici/?pour=autrui", "CCAS", "autre"]


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
        call = make_motif(organization=organization, name=f"{mark}Appel", location_kind="phone")
        for_prescribers = make_motif(organization=organization, name=f"{mark}Accès", booking_audience="prescribers")
        make_partner_type(territory=territory, name=f"{mark}Association")
        make_opening(motifs=[for_prescribers], location=place, rrule="FREQ=DAILY")
        for at in (place, other):
            make_opening(motifs=[motif, call], location=at, rrule="FREQ=DAILY")
        desk = make_desk(location=place, name=f"{mark}Guichet")
        make_opening(motifs=[motif, call], location=place, calendar=desk.calendar, rrule="FREQ=DAILY")
        address = make_public_address(desk=desk, slug=f"{mark.strip().lower()}guichet")
        workshop = make_workshop(organization=organization, title=f"{mark}Atelier", calendar=desk.calendar)
        citizen = make_citizen(
            organization=organization, last_name=f"{mark}Durand", email=f"{mark.strip()}d@example.org"
        )
        appointment = make_appointment(motif=call, citizen=citizen, starts_at=paris(MONDAY, 10))
        token = link_token(appointment.participations.get())
        return {
            "territory_slug": territory.slug,
            "organization_slug": organization.slug,
            "motif_slug": motif.slug,
            "slug": address.slug,
            "pk": place.pk,
            "token": token,
            "values": [
                organization.slug, motif.slug, call.slug, workshop.motif.slug, workshop.pk, option.pk, unit.pk,
                place.pk, other.pk, appointment.pk, token, address.slug,
            ],
        }  # fmt: skip

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
        values = st.sampled_from(self.own["values"] * 2 + self.foreign["values"] + SPOILT + HELPFUL)
        return draw(st.lists(st.tuples(st.sampled_from(NAMES), values.map(str)), max_size=8))


@pytest.fixture
def world(now):
    return World()


@given(st.data())
@settings(max_examples=EXAMPLES_IN_A_DATABASE, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_any_requests_in_any_order_are_answered(world, data):
    with transaction.atomic():
        client = Client()
        if data.draw(st.booleans()):
            introduce(client)
        for _ in range(data.draw(st.integers(4, 12))):
            path, is_foreign = world.path(data.draw, data.draw(st.sampled_from(PATTERNS)))
            address = f"{path}?{urlencode(world.fields(data.draw), errors='surrogatepass')}"
            if data.draw(st.integers(0, 2)):
                answer = client.get(address)
            else:
                form = urlencode(world.fields(data.draw), errors="surrogatepass")
                answer = client.post(address, form, content_type="application/x-www-form-urlencoded")
            check(answer, address, is_foreign=is_foreign)
        transaction.set_rollback(True)


def introduce(client):
    """A prescriber, on a device that knows them."""
    jeanne = {"first_name": "Jeanne", "last_name": "Dupont", "structure": "CCAS", "partner_type": "autre"}
    client.post("/prendre-rdv/ici/choisir/prescripteur/", jeanne | {"email": "jeanne@ccas.example"})


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


def test_the_portals_pages_are_all_among_them():
    assert len(PATTERNS) >= 22
    assert "/prendre-rdv/<slug:territory_slug>/reserver/code/" in PATTERNS
