"""The page of one's own exports: nobody else's, whatever one's role."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from organizations.models import Membership
from scheduling.models import Export
from scheduling.selectors.appointment_list import AppointmentFilter
from scheduling.services.exports import KEPT_FOR, request_export, write_export
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_membership,
    make_motif,
    make_organization,
    make_territory_admin,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_clock_of_the_tests():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def agent(client, organization):
    agent = make_agent(organization=organization)
    client.force_login(agent)
    return agent


def address(organization, name="list", pk=None, **query):
    args = [organization.slug] if pk is None else [organization.slug, pk]
    return reverse(f"scheduling:export_{name}", args=args, query=query)


def asked(agent, organization, *, now=NOW, **filters):
    return request_export(
        membership=Membership.objects.of(agent, organization.slug),
        kind=Export.Kind.APPOINTMENTS,
        asked=AppointmentFilter(**filters),
        description="tous les rendez-vous",
        now=now,
    )


@pytest.fixture
def ready(agent, organization):
    make_appointment(organization=organization)
    export = asked(agent, organization)
    assert write_export(export_id=export.pk, now=NOW)
    return export


def test_the_button_of_the_list_asks_for_what_the_list_shows(client, agent, organization):
    motif = make_motif(organization=organization, name="Accès aux droits")
    wanted = make_appointment(motif=motif, starts_at=paris(TUESDAY, 9))
    make_appointment(organization=organization, starts_at=paris(TUESDAY, 9))
    query = {"motif": motif.pk, "du": MONDAY, "au": TUESDAY, "statut": "upcoming", "tri": "-date", "page": 3}

    response = client.post(address(organization, "add", **query), {"kind": "appointments"})

    assert response["Location"] == address(organization)
    export = Export.objects.get()
    assert export.description == "du 2 au 3\u00a0mars 2026 · à venir · motif\u00a0: Accès aux droits"
    write_export(export_id=export.pk, now=NOW)
    content = client.get(address(organization, "download", export.pk)).getvalue()
    rows = list(load_workbook(BytesIO(content)).active.iter_rows(min_row=2, max_col=1, values_only=True))
    assert rows == [(wanted.pk,)]


def test_what_is_shown_without_an_address_begins_today(client, agent, organization):
    client.post(address(organization, "add"), {"kind": "appointments"})

    assert Export.objects.get().filters == {"first_day": "2026-03-02", "order": "date"}


@pytest.mark.parametrize("kind", ["", "tout", "participations"])
def test_a_forged_kind_is_the_plain_one(client, agent, organization, kind):
    client.post(address(organization, "add"), {"kind": kind})

    assert Export.objects.get().kind == ("participations" if kind == "participations" else "appointments")


def test_too_many_at_once_are_refused_with_a_word(client, agent, organization):
    for motif in range(6):
        response = client.post(address(organization, "add", motif=motif), follow=True)

    assert Export.objects.count() == 5
    assert "Plusieurs de vos exports" in response.content.decode()


def test_the_file_comes_as_a_file(client, ready, organization):
    response = client.get(address(organization, "download", ready.pk))

    assert response.streaming
    assert response["Content-Disposition"].startswith('attachment; filename="rendez-vous-organisation-')
    assert response["Cache-Control"].find("no-store") >= 0
    assert len(response.getvalue()) == int(response["Content-Length"])


def test_nobody_else_sees_it_whatever_their_role(ready, organization):
    sister = make_organization(territory=organization.territory)
    others = [
        make_agent(organization=organization),
        make_agent(organization=organization, is_front_desk=True),
        make_agent(organization=organization, role=Membership.Role.ADMIN),
        make_territory_admin(territory=organization.territory),
        make_agent(organization=sister, role=Membership.Role.ADMIN),
        make_agent(organization=organization, is_superuser=True),
    ]
    for other in others:
        client = Client()
        client.force_login(other)
        assert client.get(address(organization, "download", ready.pk)).status_code == 404
        assert client.post(address(organization, "delete", ready.pk)).status_code == 404
        listed = client.get(address(organization))
        assert listed.status_code == 404 or listed.context["exports"] == []
    assert Client().get(address(organization, "download", ready.pk)).status_code == 302
    assert Export.objects.filter(pk=ready.pk).exists()


def test_its_owner_does_not_find_it_through_another_organization(client, agent, ready):
    elsewhere = make_membership(agent=agent, role=Membership.Role.ADMIN).organization

    assert client.get(address(elsewhere, "download", ready.pk)).status_code == 404
    assert client.get(address(elsewhere)).context["exports"] == []


def test_its_owner_does_not_get_it_any_more_once_they_left(client, agent, ready, organization):
    Membership.objects.filter(agent=agent).delete()

    assert client.get(address(organization, "download", ready.pk)).status_code == 404


def test_after_a_week_it_is_gone_before_the_night_takes_it(client, ready, organization):
    with time_machine.travel(NOW + KEPT_FOR, tick=False):
        assert client.get(address(organization, "download", ready.pk)).status_code == 404
        assert client.get(address(organization)).context["exports"] == []


def test_before_it_is_ready_there_is_no_file_and_the_page_asks_again(client, agent, organization):
    export = asked(agent, organization)

    assert client.get(address(organization, "download", export.pk)).status_code == 404
    content = client.get(address(organization)).content.decode()
    assert 'hx-trigger="every 2s"' in content
    assert "En attente" in content
    Export.objects.update(status="writing", claim="0" * 32, seen_at=NOW, done=2000, total=12400)
    assert "2\u00a0000 sur 12\u00a0400" in client.get(address(organization)).content.decode()


def test_it_asks_no_more_once_all_is_said(client, ready, organization):
    content = client.get(address(organization), headers={"HX-Request": "true"}).content.decode()

    assert content.lstrip().startswith('<section id="exports"')
    assert "hx-trigger" not in content
    assert "Télécharger" in content


def test_deleting_takes_the_file_away(client, ready, organization):
    client.post(address(organization, "delete", ready.pk))

    assert not Export.objects.exists()


def test_the_list_costs_the_same_queries_however_many(client, agent, ready, organization, assert_query_count):
    with assert_query_count("export_list"):
        client.get(address(organization))
    for motif in range(4):
        asked(agent, organization, motif=motif, now=NOW + timedelta(minutes=motif))
    with assert_query_count("export_list"):
        client.get(address(organization))


def test_an_empty_list_says_what_to_do(client, agent, organization):
    assert "Ouvrir la liste des RDV" in client.get(address(organization)).content.decode()
