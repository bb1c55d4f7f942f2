"""One motif added to many organizations: everywhere or nowhere, and never twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from organizations.models import Motif
from scheduling.exceptions import PreviewOutdated
from scheduling.services.motif_creations import create_motifs, preview_creations
from scheduling.services.motifs import create_motif
from tests.factories import NOW, make_organization, make_territory

FIELDS = {"name": "Accueil social", "duration": timedelta(minutes=30)}


@pytest.fixture
def territory(db):
    return make_territory()


@pytest.fixture
def towns(territory):
    return [make_organization(territory=territory) for _ in range(6)]


def create(territory, towns, expected=None):
    expected = expected or preview_creations(organizations=towns, **FIELDS).fingerprint
    return create_motifs(territory=territory, organizations=towns, expected=expected, now=NOW, **FIELDS)


@pytest.mark.django_db
def test_an_organization_of_another_territory_gets_nothing(territory, towns):
    with pytest.raises(PreviewOutdated):
        create(territory, [*towns, make_organization()])

    assert not Motif.objects.exists()


@pytest.mark.django_db
def test_whoever_has_it_already_is_left_out(territory, towns):
    create_motif(organization=towns[0], now=NOW, **FIELDS)

    made = create(territory, towns)

    assert [motif.organization for motif in made] == towns[1:]
    assert create(territory, towns) == []


@pytest.mark.django_db(transaction=True)
def test_two_people_who_add_it_at_once_make_it_once():
    territory = make_territory()
    towns = [make_organization(territory=territory) for _ in range(6)]
    ways = tuple(towns), tuple(towns[::-1])
    seen = {way: preview_creations(organizations=way, **FIELDS).fingerprint for way in ways}
    barrier = Barrier(2)

    def add(way):
        try:
            barrier.wait()
            return len(create(territory, list(way), seen[way]))
        except PreviewOutdated:
            return "outdated"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(add, seen))

    assert sorted(outcomes, key=str) == [6, "outdated"]
    assert Motif.objects.count() == 6
