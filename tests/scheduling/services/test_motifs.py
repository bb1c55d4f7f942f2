from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from organizations.models import Motif, MotifQuestion
from scheduling.exceptions import MotifRefused
from scheduling.models import Appointment
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.motifs import archive_motif, change_motif, create_motif, unarchive_motif
from tests.factories import (
    NOW,
    make_appointment,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_unit,
)

pytestmark = pytest.mark.django_db


def create(organization, name="Accueil", **fields):
    return create_motif(organization=organization, name=name, now=NOW, **fields)


def change(motif, **fields):
    return change_motif(
        motif=motif, now=NOW, **{"options": [], "questions": [], "units": [], "partner_types": []} | fields
    )


def option(name, duration=None, **fields):
    return {"name": name, "duration": duration} | fields


def question(label, kind=MotifQuestion.Kind.SHORT, choices=(), **fields):
    return {"label": label, "kind": kind, "choices": list(choices), "is_required": False} | fields


def names(motif):
    return list(motif.options.filter(archived_at=None).values_list("name", flat=True))


class TestTheAddressOfAMotif:
    def test_is_made_from_its_name_and_is_the_only_one_in_the_organization(self):
        organization = make_organization()

        slugs = [create(organization, name).slug for name in ("État civil", "Etat-Civil", "État  civil")]

        assert slugs == ["etat-civil", "etat-civil-2", "etat-civil-3"]
        assert create(make_organization(), "État civil").slug == "etat-civil"

    @pytest.mark.parametrize(("name", "slug"), [("???", "motif"), ("預約", "motif"), ("a" * 120, "a" * 74)])
    def test_exists_and_fits_whatever_the_name(self, name, slug):
        assert create(make_organization(), name).slug == slug

    def test_stays_when_the_name_changes(self):
        motif = create(make_organization(), "Accueil")

        assert change(motif, name="Premier accueil").slug == "accueil"


class TestOptions:
    def test_are_written_in_their_order_and_changed_in_place(self):
        motif = create(make_organization(), options=[option("CNI"), option("Passeport")])
        cni, passport = motif.options.all()

        change(motif, options=[option("Passeport", timedelta(minutes=40), id=passport.pk), option("Carte", id=cni.pk)])

        assert names(motif) == ["Passeport", "Carte"]
        passport.refresh_from_db()
        assert passport.duration == timedelta(minutes=40)

    def test_may_exchange_their_names(self):
        motif = create(make_organization(), options=[option("CNI"), option("Passeport")])
        cni, passport = motif.options.all()

        change(motif, options=[option("Passeport", id=cni.pk), option("CNI", id=passport.pk)])

        cni.refresh_from_db()
        assert cni.name == "Passeport"

    def test_that_go_are_archived_and_come_back_by_their_name(self):
        motif = create(make_organization(), options=[option("CNI")])
        first = motif.options.get()

        change(motif, options=[])
        assert names(motif) == []
        change(motif, options=[option("CNI")])

        assert motif.options.get() == first
        assert names(motif) == ["CNI"]

    def test_of_another_motif_are_not_touched_whatever_id_is_sent(self):
        theirs = make_option(name="Passeport")
        motif = create(make_organization())

        change(motif, options=[option("CNI", id=theirs.pk)])

        theirs.refresh_from_db()
        assert theirs.name == "Passeport"
        assert names(motif) == ["CNI"]


def test_questions_are_written_changed_and_deleted():
    choice = MotifQuestion.Kind.CHOICE
    motif = create(make_organization(), questions=[question("Nom"), question("Quartier", choice, ["Nord", "Sud"])])
    first, second = motif.questions.all()

    change(motif, questions=[question("Quartier", id=first.pk), question("Étage")])

    assert [(q.label, q.choices) for q in motif.questions.all()] == [("Quartier", []), ("Étage", [])]
    assert not MotifQuestion.objects.filter(pk=second.pk).exists()


class TestOnceAnAppointmentExists:
    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"location_kind": Motif.LocationKind.PHONE}, "le type de lieu ne peut plus changer"),
            ({"is_collective": True}, "le caractère collectif ne peut plus changer"),
        ],
    )
    def test_its_kind_of_place_and_its_collective_character_are_frozen(self, fields, sentence):
        motif = make_motif()
        make_appointment(motif=motif)

        with pytest.raises(MotifRefused, match=sentence):
            change(motif, **fields)
        motif.refresh_from_db()
        change(motif, name="Autre nom", location_kind=motif.location_kind, is_collective=motif.is_collective)

        motif.refresh_from_db()
        assert (motif.name, motif.location_kind) == ("Autre nom", Motif.LocationKind.ON_SITE)

    def test_before_it_anything_may_change(self):
        motif = change(make_motif(), location_kind=Motif.LocationKind.PHONE, is_collective=True)

        assert motif.is_collective


class TestAnArchivedMotif:
    def test_is_offered_no_more_and_its_appointments_stay(self):
        motif = make_motif()
        make_opening(motifs=[motif])
        make_appointment(motif=motif)

        archive_motif(motif=motif, now=NOW)

        assert offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=1), now=NOW) == []
        assert Appointment.objects.upcoming(NOW).count() == 1

    def test_is_archived_once(self):
        motif = archive_motif(motif=make_motif(), now=NOW)

        archive_motif(motif=motif, now=NOW + timedelta(days=1))

        motif.refresh_from_db()
        assert motif.archived_at == NOW

    def test_is_offered_again_when_it_is_put_back(self):
        motif = make_motif()
        make_opening(motifs=[motif])

        archive_motif(motif=motif, now=NOW)
        unarchive_motif(motif=motif, now=NOW)

        assert offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=1), now=NOW)

    def test_stays_archived_when_it_is_edited(self):
        motif = make_motif()
        stale = Motif.objects.get(pk=motif.pk)
        archive_motif(motif=motif, now=NOW)

        change(stale, name="Nouveau nom")

        assert Motif.objects.get().archived_at == NOW


def test_units_are_replaced():
    organization = make_organization()
    first, second = (make_unit(territory=organization.territory) for _ in range(2))
    motif = create(organization, units=[first])

    change(motif, units=[second])

    assert list(motif.units.all()) == [second]


@pytest.mark.django_db(transaction=True)
def test_two_motifs_of_one_name_added_at_once_get_two_addresses():
    organization = make_organization()
    barrier = Barrier(2)

    def add(_):
        try:
            barrier.wait()
            return create(organization, "Accueil").slug
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(add, range(2))) == ["accueil", "accueil-2"]
