"""A workshop is moved by hand, with everybody told, and never through slots, which it has none of."""

from datetime import timedelta

import pytest
from django.urls import reverse

from notifications.models import Message
from scheduling.exceptions import WorkshopHasNoSlots
from scheduling.models import Appointment, AppointmentStatus
from scheduling.services.actors import Actor
from scheduling.services.appointments import move_appointment
from scheduling.services.participants import set_participant_status
from tests.factories import (
    NOW,
    TUESDAY,
    make_agent,
    make_citizen,
    make_motif,
    make_organization,
    make_participation,
    make_unavailability,
    make_unit,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

AFTERNOON = paris(TUESDAY, 14)


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def unit(organization):
    return make_unit(territory=organization.territory)


@pytest.fixture
def agent(organization, unit):
    return make_agent(organization=organization, units=[unit])


@pytest.fixture
def client(client, agent, time_machine):
    time_machine.move_to(NOW, tick=False)
    client.force_login(agent)
    return client


@pytest.fixture
def workshop(organization, unit, agent):
    """Two are registered, one waits, one has left."""
    motif = make_motif(organization=organization, units=[unit], is_collective=True, duration=timedelta(hours=1))
    workshop = make_workshop(
        motif=motif, calendar=agent.calendar, seats=2, title="Tenir son budget", starts_at=paris(TUESDAY, 9)
    )
    people = [
        make_participation(workshop=workshop, citizen=make_citizen(organization=organization, email=f"{number}@x.fr"))
        for number in range(4)
    ]
    set_participant_status(
        participation=people[3], status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=Actor.of(agent), now=NOW
    )
    Message.objects.all().delete()
    return workshop


def address(name, workshop):
    return reverse(f"scheduling:appointment_{name}", args=[workshop.organization.slug, workshop.pk])


def told():
    moved = Message.objects.filter(kind=Message.Kind.MOVED, participation__isnull=False)
    return sorted(moved.values_list("recipient", flat=True))


def confirmed(client, url, sent):
    """Sent, and once more with the warnings that it is about confirmed."""
    answer = client.post(url, sent)
    if answer.status_code != 422:
        return answer
    is_json = answer["Content-Type"] == "application/json"
    seen = answer.json()["confirmed"] if is_json else answer.context["form"].fingerprint
    return client.post(url, sent | {"confirmed": seen})


def assert_moved_and_everybody_told(workshop):
    workshop.refresh_from_db()
    assert (workshop.starts_at, workshop.ends_at) == (AFTERNOON, AFTERNOON + timedelta(hours=1))
    assert told() == ["0@x.fr", "1@x.fr", "2@x.fr"]
    moved = Appointment.objects.for_list().get(pk=workshop.pk)
    assert moved.occupancy.in_words == "2/2 inscrits, 1 en attente"


def test_it_is_dragged_to_another_time(client, workshop):
    sent = {"debut": "2026-03-03T14:00:00", "sequence": sequence_of(workshop)}

    answer = confirmed(client, address("drag", workshop), sent)

    assert "Déplacé à 14" in answer.json()["done"]
    assert_moved_and_everybody_told(workshop)


def sequence_of(workshop):
    return Appointment.objects.get(pk=workshop.pk).ics_sequence


def test_it_is_placed_at_another_time_by_its_page(client, workshop, agent):
    page = client.get(address("shift", workshop)).text
    assert "Tenir son budget" in page
    assert "2/2 inscrits" in page
    assert "3 personnes sont prévenues" in page.replace("\u00a0", " ")
    assert address("move", workshop) not in page

    sent = {"agenda": agent.calendar.pk, "jour": "2026-03-03", "debut": "14h", "fin": "", "adresse": ""}
    sent |= {"lieu": workshop.location_id, "sequence": sequence_of(workshop)}
    assert confirmed(client, address("shift", workshop), sent).status_code == 302

    assert_moved_and_everybody_told(workshop)


def test_moving_it_through_slots_is_refused_in_words_and_leads_to_moving_it_by_hand(client, workshop, agent):
    slot = {"starts_at": AFTERNOON.isoformat(), "calendar": agent.calendar.pk, "location": workshop.location_id}

    for answer in (
        client.get(address("move", workshop), {"next": "/o/x/conflits/"}, follow=True),
        client.post(address("move", workshop), slot | {"next": "/o/x/conflits/"}, follow=True),
    ):
        assert answer.request["PATH_INFO"] == address("shift", workshop)
        assert answer.context["back"] == "/o/x/conflits/"
        assert "Un atelier n'a pas de créneaux" in answer.text.replace("&#x27;", "'")
    assert told() == []
    with pytest.raises(WorkshopHasNoSlots):
        move_appointment(
            appointment=workshop, starts_at=AFTERNOON, location_id=None, actor=Actor.of(agent), now=NOW, for_agent=True
        )


def test_who_does_not_see_all_of_its_calendars_is_told_so(client, organization, unit, workshop, agent):
    elsewhere = make_agent(organization=organization, units=[make_unit(territory=organization.territory)])
    theirs = make_workshop(motif=workshop.motif, calendar=elsewhere.calendar, starts_at=paris(TUESDAY, 16))

    answer = client.get(address("move", theirs), follow=True)

    assert answer.request["PATH_INFO"] == address("detail", theirs)
    assert "un agenda que vous ne voyez pas" in answer.text
    assert address("shift", theirs) not in answer.text
    assert address("shift", workshop) in client.get(address("detail", workshop)).text


@pytest.mark.parametrize("method", ["get", "post"])
def test_editing_it_leads_to_the_page_that_knows_of_seats(client, workshop, method):
    answer = getattr(client, method)(address("edit", workshop), {"title": "", "seen": "0"})

    assert answer.status_code == 302
    assert answer.url == reverse("scheduling:workshop_edit", args=[workshop.organization.slug, workshop.pk])
    assert Appointment.objects.get(pk=workshop.pk).title == "Tenir son budget"


def test_one_that_lost_its_hours_is_settled_like_any_other_but_for_slots(client, organization, workshop, agent):
    make_unavailability(calendar=agent.calendar, organization=organization, first_day=TUESDAY, now=NOW)
    conflicts = reverse("scheduling:conflict_list", args=[organization.slug])

    page = client.get(conflicts)

    (row,) = page.context["sheet"].rows
    assert row.appointment == workshop
    assert row.moves == []
    assert "2/2 inscrits, 1 en attente" in page.text
    assert "Placer à une autre heure" in page.text

    decided = {f"rdv-{workshop.pk}": "deprogrammer", f"vu-{workshop.pk}": row.seen}
    signature = client.post(conflicts, decided).context["signature"]
    client.post(conflicts, decided | {"confirme": signature})

    assert Appointment.objects.get(pk=workshop.pk).status == AppointmentStatus.UNSCHEDULED
    assert Message.objects.filter(kind=Message.Kind.UNSCHEDULED, participation__isnull=False).count() == 3
