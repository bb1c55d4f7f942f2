"""A service that is deleted while somebody chooses it: whoever is too late is told, and types nothing again."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from organizations.services.territory_lists import delete_entry
from tests.factories import (
    make_agent,
    make_desk,
    make_location,
    make_motif,
    make_organization,
    make_territory_admin,
    make_unit,
)

MOTIF = {
    "name": "Accueil",
    "color": "#1d4f91",
    "duration": "30",
    "maximum": "3m",
    "max_persons": "1",
    "location_kind": "phone",
    "booking_audience": "agents",
    "options-TOTAL_FORMS": "0",
    "options-INITIAL_FORMS": "0",
    "questions-TOTAL_FORMS": "0",
    "questions-INITIAL_FORMS": "0",
}


def motif_add(organization):
    return reverse("scheduling:motif_add", args=[organization.slug]), MOTIF


def motif_edit(organization):
    motif = make_motif(organization=organization)
    return reverse("scheduling:motif_edit", args=[organization.slug, motif.pk]), MOTIF


def first_motifs(organization):
    return reverse("scheduling:first_motifs", args=[organization.slug]), {
        "motifs": ["Carte d'identité ou passeport"],
        "audience": "agents",
    }


def member_edit(organization):
    member = make_agent(organization=organization).memberships.get()
    return reverse("scheduling:member_edit", args=[organization.slug, member.pk]), {"role": "basic"}


def invitation_add(organization):
    return reverse("organizations:invitation_add", args=[organization.slug]), {"emails": "a@b.fr", "role": "basic"}


def territory_invitation_add(organization):
    return reverse("organizations:territory_invitation_add", args=[organization.territory.slug]), {
        "emails": "a@b.fr",
        "organization": organization.pk,
    }


def desk_add(organization):
    place = make_location(organization=organization)
    return reverse("scheduling:desk_add", args=[organization.slug]), {"name": "G1", "location": place.pk}


def desk_edit(organization):
    desk = make_desk(organization=organization)
    address = reverse("scheduling:desk_edit", args=[organization.slug, desk.pk])
    return address, {"name": desk.name, "location": desk.location_id}


def waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "form",
    [
        motif_add,
        motif_edit,
        first_motifs,
        member_edit,
        invitation_add,
        territory_invitation_add,
        desk_add,
        desk_edit,
    ],
)
def test_a_form_that_chose_it_comes_back_as_typed(form):
    organization = make_organization()
    territory = organization.territory
    chosen, _ = make_unit(territory=territory), make_unit(territory=territory)
    admin = make_territory_admin(territory=territory)
    address, typed = form(organization)
    typed = typed | {"unit" if form is first_motifs else "units": chosen.pk}

    def send():
        client = Client()
        client.force_login(admin)
        try:
            return client.post(address, typed)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            delete_entry(entry=chosen)
            sent = pool.submit(send)
            until = time.monotonic() + 10
            while not waits_for_a_lock():
                assert time.monotonic() < until, "the form did not meet the deletion"
                assert not sent.done(), sent.result().content.decode()
                time.sleep(0.005)
        answer = sent.result()

    assert answer.status_code == 422
    assert "être supprimé" in answer.content.decode()
