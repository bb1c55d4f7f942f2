from datetime import time

import pytest
from django.db import IntegrityError, transaction

from scheduling.engine.notation import parse_hours
from scheduling.exceptions import ReferenceWeekRefused
from scheduling.models import ReferenceRange, ReferenceWeek
from scheduling.services.reference_weeks import change_reference_week, create_reference_week, delete_reference_week
from tests.factories import make_organization, make_reference_week

pytestmark = pytest.mark.django_db

CLOSED = [[]] * 7


def test_a_week_gives_back_the_notation_that_was_typed():
    week = make_reference_week(monday="14h-17h30\n9h-12h", saturday="20h-24h")

    week = ReferenceWeek.objects.for_list().get(pk=week.pk)

    assert week.notation == ["09h00-12h00\n14h00-17h30", "", "", "", "", "20h00-24h00", ""]
    assert week.total.total_seconds() == 10.5 * 3600


def test_changing_a_week_replaces_its_hours():
    week = make_reference_week(monday="9h-12h", tuesday="9h-12h")

    change_reference_week(reference_week=week, name="Été", hours=[parse_hours("8h-10h"), *CLOSED[1:]])

    week.refresh_from_db()
    assert (week.name, week.notation) == ("Été", ["08h00-10h00", "", "", "", "", "", ""])


def test_a_name_is_taken_once_in_an_organization_whatever_its_case():
    organization = make_organization()
    make_reference_week(organization=organization, name="Hiver", monday="9h-12h")
    other = make_reference_week(organization=organization, name="Été")

    with pytest.raises(ReferenceWeekRefused, match="porte déjà ce nom"):
        create_reference_week(organization=organization, name="HIVER", hours=CLOSED)
    with pytest.raises(ReferenceWeekRefused, match="porte déjà ce nom"):
        change_reference_week(reference_week=other, name="hiver", hours=CLOSED)

    create_reference_week(organization=make_organization(), name="Hiver", hours=CLOSED)
    assert sorted(ReferenceWeek.objects.values_list("name", flat=True)) == ["Hiver", "Hiver", "Été"]


def test_a_refused_change_leaves_the_hours_that_were_there():
    organization = make_organization()
    make_reference_week(organization=organization, name="Hiver")
    week = make_reference_week(organization=organization, name="Été", monday="9h-12h")

    with pytest.raises(ReferenceWeekRefused):
        change_reference_week(reference_week=week, name="Hiver", hours=CLOSED)

    assert ReferenceWeek.objects.get(pk=week.pk).notation[0] == "09h00-12h00"


def test_a_week_deleted_meanwhile_cannot_be_changed_and_may_be_deleted_again():
    week = make_reference_week(monday="9h-12h")
    delete_reference_week(reference_week=week)

    delete_reference_week(reference_week=week)
    with pytest.raises(ReferenceWeekRefused, match="supprimée"):
        change_reference_week(reference_week=week, name="Été", hours=CLOSED)

    assert not ReferenceRange.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"weekday": 0, "start_time": time(11), "end_time": time(13)},  # Crosses 9 h to 12 h.
        {"weekday": 0, "start_time": time(8), "end_time": time(0)},  # Until midnight, over everything.
        {"weekday": 0, "start_time": time(9), "end_time": time(12)},
        {"weekday": 7, "start_time": time(9), "end_time": time(12)},
        {"weekday": 1, "start_time": time(12), "end_time": time(12)},
    ],
)
def test_the_database_refuses_hours_that_cannot_be(fields):
    week = make_reference_week(monday="9h-12h\n22h-24h")

    with pytest.raises(IntegrityError), transaction.atomic():
        ReferenceRange.objects.create(organization=week.organization, reference_week=week, **fields)


def test_ranges_that_touch_and_those_of_other_days_or_weeks_live_together():
    week = make_reference_week(monday="9h-12h\n12h-14h", tuesday="9h-12h")
    make_reference_week(organization=week.organization, monday="9h-12h")

    assert ReferenceRange.objects.count() == 4


def test_the_database_keeps_a_range_in_the_organization_of_its_week():
    week = make_reference_week()

    with pytest.raises(IntegrityError), transaction.atomic():
        ReferenceRange.objects.create(
            organization=make_organization(),
            reference_week=week,
            weekday=0,
            start_time=time(9),
            end_time=time(12),
        )
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
