"""Which sites may show the portal: what can be typed, and what the database refuses whoever writes it."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from organizations.frame_origins import MOST_ORIGINS, parse_origins
from organizations.models import Territory
from organizations.services.frames import set_frame_ancestors
from tests.factories import make_territory


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", []),
        ("https://www.ville.fr", ["https://www.ville.fr"]),
        ("  HTTPS://Www.Ville.FR/ \n\n", ["https://www.ville.fr"]),
        ("https://ville.fr:8443", ["https://ville.fr:8443"]),
        ("https://ville.fr:443\nhttps://ville.fr", ["https://ville.fr"]),
        ("https://*.ville.fr", ["https://*.ville.fr"]),
        ("https://intranet", ["https://intranet"]),
        ("https://été.fr", ["https://xn--t-9fab.fr"]),
        ("http://localhost:8000", ["http://localhost:8000"]),
        ("https://b.fr\nhttps://a.fr", ["https://b.fr", "https://a.fr"]),
    ],
)
def test_origins_are_read_as_browsers_write_them(typed, meant):
    assert parse_origins(typed) == meant


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("http://www.ville.fr", "en https"),
        ("www.ville.fr", "l'adresse entière"),
        ("https://www.ville.fr/rendez-vous", "sans page"),
        ("https://www.ville.fr?a=1", "sans page"),
        ("*", "l'adresse entière"),
        ("https://*", "l'étoile"),
        ("https://www.*.fr", "l'étoile"),
        ("https://*.fr", "pas l'adresse d'un site"),
        ("https://moi@ville.fr", "pas l'adresse d'un site"),
        ("https://ville.fr:99999", "pas l'adresse d'un site"),
        ("https://ville.fr; script-src x", "pas l'adresse d'un site"),
        ("https://ville.fr,https://autre.fr", "sans page"),
        ("https://192.168.1.4", "pas l'adresse d'un site"),
        ("javascript:alert(1)", "l'adresse entière"),
        ("'self'", "l'adresse entière"),
        ("https://" + "a" * 300 + ".fr", "trop longue"),
    ],
)
def test_what_is_no_origin_is_quoted_with_its_reason(typed, reason):
    with pytest.raises(ValidationError) as refused:
        parse_origins(f"https://www.bon.fr\n{typed}")

    (message,) = refused.value.messages
    assert typed[:20] in message
    assert reason in message


def test_every_bad_line_is_said_at_once_and_there_is_an_end_to_them():
    with pytest.raises(ValidationError) as refused:
        parse_origins("ville.fr\nhttp://ville.fr")
    assert len(refused.value.messages) == 2

    with pytest.raises(ValidationError, match="20 sites au plus"):
        parse_origins("\n".join(f"https://s{number}.fr" for number in range(MOST_ORIGINS + 1)))


@pytest.mark.django_db
def test_the_territory_keeps_them():
    territory = set_frame_ancestors(territory=make_territory(), origins=["https://ville.fr", "https://*.ville.fr:8443"])

    assert Territory.objects.get(pk=territory.pk).frame_ancestors == ["https://ville.fr", "https://*.ville.fr:8443"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "origin", ["'self'", "*", "https://a.fr; script-src *", "https://a.fr\nX: y", "http://a.fr", "https://a.fr/b", ""]
)
def test_nothing_else_can_be_stored(origin):
    territory = make_territory()

    with pytest.raises(IntegrityError, match="territory_frame_ancestors_are_origins"), transaction.atomic():
        Territory.objects.filter(pk=territory.pk).update(frame_ancestors=["https://ville.fr", origin])
