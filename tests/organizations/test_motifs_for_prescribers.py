"""Which motifs a prescriber may book: their audience, and the types of partners they name."""

import pytest
from django.utils import timezone

from organizations.models import Motif
from tests.factories import make_motif, make_organization, make_partner_type

pytestmark = pytest.mark.django_db

AGENTS, PRESCRIBERS, LINK, EVERYONE = Motif.BookingAudience


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def kinds(organization):
    return [make_partner_type(territory=organization.territory) for _ in range(2)]


def names(motifs):
    return sorted(motifs.values_list("name", flat=True))


def test_the_audience_says_whether_they_may_and_where_it_is_listed(organization):
    for audience in (AGENTS, PRESCRIBERS, LINK, EVERYONE):
        make_motif(organization=organization, name=audience, booking_audience=audience)
    make_motif(organization=organization, booking_audience=PRESCRIBERS, archived_at=timezone.now())

    assert names(Motif.objects.listed_for_prescribers(None)) == sorted([PRESCRIBERS, EVERYONE])
    assert names(Motif.objects.open_to_prescribers(None)) == sorted([PRESCRIBERS, LINK, EVERYONE])


@pytest.mark.parametrize("audience", [PRESCRIBERS, EVERYONE])
def test_a_motif_that_names_types_is_for_these_alone(organization, kinds, audience):
    make_motif(organization=organization, name="Libre", booking_audience=audience)
    for name, named in (("Premier", kinds[:1]), ("Les deux", kinds)):
        make_motif(organization=organization, name=name, booking_audience=audience).partner_types.set(named)

    found = {kind and kind.pk: names(Motif.objects.listed_for_prescribers(kind and kind.pk)) for kind in (*kinds, None)}

    assert found == {
        kinds[0].pk: ["Les deux", "Libre", "Premier"],
        kinds[1].pk: ["Les deux", "Libre"],
        None: ["Libre"],
    }


def test_citizens_are_not_asked_what_partner_they_are(organization, kinds):
    make_motif(organization=organization, name="Pour tous", booking_audience=EVERYONE).partner_types.set(kinds)

    assert names(Motif.objects.on_portal()) == ["Pour tous"]
