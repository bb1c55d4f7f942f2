"""What the gauge of a form says is what saving it says."""

from datetime import time, timedelta

import pytest

from scheduling.exceptions import QuotaExceeded
from scheduling.selectors.quota import gauge_of_draft
from scheduling.services.allowances import set_weekly_allowance
from scheduling.services.openings import change_opening
from tests.factories import MONDAY, NOW, make_calendar, make_motif, make_opening, make_organization

pytestmark = pytest.mark.django_db

FOUR_WEEKS_AGO = MONDAY - timedelta(weeks=4)


@pytest.fixture
def opening():
    """Three hours every Monday for four weeks, and eight hours more in the first of them; four hours since."""
    motif = make_motif(organization=make_organization())
    calendar = make_calendar(organization=motif.organization)
    make_opening(
        calendar=calendar,
        motifs=[motif],
        first_day=FOUR_WEEKS_AGO + timedelta(days=1),
        start_time=time(8),
        end_time=time(16),
    )
    opening = make_opening(calendar=calendar, motifs=[motif], first_day=FOUR_WEEKS_AGO, rrule="FREQ=WEEKLY;BYDAY=MO")
    set_weekly_allowance(calendar=calendar, allowance=timedelta(hours=4), now=NOW)
    opening.calendar.refresh_from_db()
    return opening


def test_a_past_week_that_was_opened_under_an_earlier_allowance_stands_in_no_way(opening):
    opening.end_time = time(11)

    assert gauge_of_draft(opening, now=NOW).refusal == ""
    change_opening(opening=opening, motifs=opening.motifs.all(), now=NOW, end_time=time(11))


def test_unless_it_would_be_opened_for_longer(opening):
    opening.end_time = time(13)

    assert "semaine 6 de 2026" in gauge_of_draft(opening, now=NOW).refusal
    with pytest.raises(QuotaExceeded, match="semaine 6 de 2026"):
        change_opening(opening=opening, motifs=opening.motifs.all(), now=NOW, end_time=time(13))
