from datetime import date, time, timedelta

import pytest

from scheduling.selectors.availability import core_rows
from tests.factories import NOW, make_motif, make_opening, make_organization, make_territory

pytestmark = pytest.mark.django_db


def test_the_windows_of_a_day_do_not_depend_on_how_many_days_are_computed():
    """In Nuuk the last hour of this Saturday is skipped: what would end on the Sunday, closed, ends at midnight."""
    saturday = date(2026, 3, 28)
    organization = make_organization(territory=make_territory(time_zone="America/Nuuk", country="GL"))
    opening = make_opening(
        motifs=[make_motif(organization=organization)],
        first_day=saturday,
        start_time=time(20),
        end_time=time(23, 30),
    )

    def windows(last_day):
        return list(core_rows([opening.calendar_id], first_day=saturday, last_day=last_day, now=NOW))

    assert windows(saturday) == windows(saturday + timedelta(days=1))
