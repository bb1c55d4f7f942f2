import pytest

from scheduling.models import Calendar, FreeWindow, Opening
from scheduling.services.desks import archive_desk, change_desk, create_desk
from tests.factories import NOW, make_appointment, make_desk, make_location, make_motif, make_opening, make_organization

pytestmark = pytest.mark.django_db


def change(desk, **fields):
    return change_desk(desk=desk, now=NOW, **{"motifs": [], "units": []} | fields)


def test_a_desk_has_a_calendar_from_the_first_second():
    organization = make_organization()
    location = make_location(organization=organization)
    motif = make_motif(organization=organization)

    desk = create_desk(organization=organization, location=location, name="Guichet 1", kind="Accueil", motifs=[motif])

    assert Calendar.objects.get(desk=desk).desk == desk
    assert list(desk.motifs.all()) == [motif]


class TestADeskThatMoves:
    def test_takes_its_openings_along_and_leaves_appointments_where_they_were_agreed(self):
        desk = make_desk()
        former, new = desk.location, make_location(organization=desk.organization)
        motif = make_motif(organization=desk.organization)
        make_opening(calendar=desk.calendar, motifs=[motif], location=former)
        elsewhere = make_location(organization=desk.organization)
        make_opening(calendar=desk.calendar, motifs=[motif], location=elsewhere)
        appointment = make_appointment(motif=motif, calendar=desk.calendar, location=former)

        assert change(desk, location=new) == 1

        assert set(Opening.objects.values_list("location", flat=True)) == {new.pk, elsewhere.pk}
        appointment.refresh_from_db()
        assert appointment.location == former

    def test_by_name_only_moves_nothing(self):
        desk = make_desk()
        make_opening(calendar=desk.calendar, organization=desk.organization, location=desk.location)

        assert change(desk, name="Guichet B") == 0


def test_an_archived_desk_is_archived_once_and_loses_its_windows():
    desk = make_desk()
    make_opening(calendar=desk.calendar, organization=desk.organization)

    archive_desk(desk=desk, now=NOW)
    archive_desk(desk=desk, now=NOW.replace(hour=8))

    desk.refresh_from_db()
    assert desk.archived_at == NOW
    assert not FreeWindow.objects.exists()
    assert Opening.objects.count() == 1
