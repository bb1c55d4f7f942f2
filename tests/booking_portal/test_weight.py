"""What a first visit transfers, as an installation serves it: compressed, named by content, kept for ever."""

import gzip
import re
from datetime import time
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from scheduling.participation_links import link_token
from tests.booking_portal.conftest import slot_url_of, step_url
from tests.factories import MONDAY, make_appointment, make_opening, make_organization, paris

pytestmark = pytest.mark.django_db

MOST_BYTES = 100_000  # Of a first visit, whichever page it begins with.
OVERHEAD = 500  # The headers of an answer, at most.

# What a browser fetches at once; what only a printer or another page needs is not among it.
_FETCHED = re.compile(
    r'<(?:link rel="stylesheet"|link rel="icon"[^>]*|script[^>]*|img[^>]*|use)[^>]*? (?:href|src)="([^"#]+)'
)


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The static files as `collectstatic` leaves them, and settings that serve them."""
    served = {
        "STATIC_ROOT": str(tmp_path_factory.mktemp("static")),
        "STORAGES": settings.STORAGES
        | {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}},
        "WHITENOISE_USE_FINDERS": False,
        "WHITENOISE_AUTOREFRESH": False,
    }
    with override_settings(**served):
        call_command("collectstatic", interactive=False, verbosity=0)
    return served


@pytest.fixture
def browser(collected):
    with override_settings(**collected):
        yield Client(headers={"Accept-Encoding": "gzip, br"})


@pytest.fixture
def pages(motif, opening):
    territory = motif.organization.territory
    all_day = {"start_time": time(8), "end_time": time(19), "rrule": "FREQ=DAILY"}
    make_opening(motifs=[motif], location=opening.location, **all_day)  # A week of some hundred slots.
    make_opening(organization=make_organization(), rrule="FREQ=WEEKLY;BYDAY=MO")
    participation = make_appointment(motif=motif, starts_at=paris(MONDAY, 9)).participations.get()
    return [
        reverse("booking_portal:home"),
        step_url("service_choice", territory),
        slot_url_of(motif),
        slot_url_of(motif).replace("creneau/", "creneau/mois/"),
        step_url("my_appointments_contact", territory),
        reverse("booking_portal:my_appointment", args=[link_token(participation)]),
        reverse("booking_portal:my_appointment_move", args=[link_token(participation)]),
    ]


def parts_of(page):
    html = re.sub(r'<link[^>]*media="print"[^>]*>', "", gzip.decompress(page.content).decode())
    return sorted(set(_FETCHED.findall(html)))


def weight_of(browser, address):
    """Bytes of what a visitor fetches who was never here: the page with all its parts."""
    page = browser.get(address, follow=True)
    return len(page.content) + OVERHEAD + sum(len(fetched(browser, part)[1]) + OVERHEAD for part in parts_of(page))


def fetched(browser, part):
    response = browser.get(part)
    assert response.status_code == 200, part
    # Read to its end, a file is closed.
    return response, b"".join(response.streaming_content) if response.streaming else response.content


def test_a_first_visit_stays_below_100_kb(browser, pages):
    week = gzip.decompress(browser.get(pages[2], follow=True).content)
    assert week.count(b'class="slot"') > 80  # As full as weeks come.
    weights = {address: weight_of(browser, address) for address in pages}

    assert {address: weight for address, weight in weights.items() if weight > MOST_BYTES} == {}
    assert min(weights.values()) > 30_000  # Bootstrap alone: else the parts were not found.


def test_what_a_page_is_made_of_is_kept_for_ever(browser, pages):
    """Its name changes with its content."""
    parts = [part for part in parts_of(browser.get(pages[2], follow=True)) if part.startswith(settings.STATIC_URL)]
    assert len(parts) > 5

    for part in parts:
        response, _ = fetched(browser, part)
        assert response["Cache-Control"] == "max-age=315360000, public, immutable", part
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", urlsplit(part).path), part
        assert response["Content-Encoding"] in {"gzip", "br"}, part


def test_the_colours_of_a_territory_are_kept_under_their_version(browser, pages):
    colours = next(part for part in parts_of(browser.get(pages[2], follow=True)) if "?v=" in part)

    assert browser.get(colours)["Cache-Control"] == "public, max-age=3600"
