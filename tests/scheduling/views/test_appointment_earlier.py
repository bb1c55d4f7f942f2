"""What agents see of who waits for an earlier slot."""

import pytest
import time_machine
from django.urls import reverse

from scheduling.engine.earlier_slots import Wishes
from scheduling.services.slot_offers import leave_waiting_list, take_offer
from tests.booking_portal.conftest import text_of
from tests.factories import MONDAY, WEDNESDAY, make_agent, make_citizen, make_motif, make_organization, paris
from tests.scheduling.earlier_slots import TEN, free_and_offer, make_full, make_waiting, only_offer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(TEN, tick=False):
        yield


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


@pytest.fixture
def wait(motif):
    citizen = make_citizen(organization=motif.organization, first_name="Camille", last_name="Dupont")
    wishes = Wishes(weekdays=frozenset({0, 2}), afternoons=False, not_before=WEDNESDAY)
    return make_waiting(motif=motif, citizen=citizen, wishes=wishes)


@pytest.fixture
def seen(client, motif, wait):
    """The page of the RDV as an agent reads it."""
    client.force_login(make_agent(organization=motif.organization))
    url = reverse("scheduling:appointment_detail", args=[motif.organization.slug, wait.appointment_id])
    return lambda: text_of(client.get(url))


def test_since_when_and_what_they_wish(seen):
    text = seen()

    assert "est sur la liste d'attente depuis le lundi 2 mars 2026 à 10 h" in text
    assert "lundis et mercredis, le matin, pas avant le 4 mars 2026" in text
    assert "Aucune proposition pour le moment" in text


def test_what_was_offered_and_what_became_of_it(seen, motif, wait):
    (taken,) = make_full(motif=motif)
    free_and_offer(taken)

    text = seen()
    assert "en attente de réponse jusqu'à 12 h" in text
    assert "Créneau plus tôt proposé : Camille Dupont" in text.replace("DUPONT", "Dupont")
    assert "par la liste d'attente" in text

    take_offer(offer=only_offer(wait), now=TEN)
    text = seen()
    assert "acceptée" in text
    assert "Plus sur la liste d'attente" in text
    assert "Créneau plus tôt, proposé par la liste d'attente" in text


def test_that_they_have_left(seen, wait):
    leave_waiting_list(participation=wait.participation, now=paris(MONDAY, 11))

    assert "depuis le lundi 2 mars 2026 à 11 h : sorti de la liste" in seen()
