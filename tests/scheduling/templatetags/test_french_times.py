from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone

from tests.factories import MONDAY, paris


def rendered(expression, value):
    template = Template("{% load french_times %}{{ value|" + expression + " }}")
    return template.render(Context({"value": value})).replace("\u00a0", "~")


@pytest.mark.parametrize(
    ("expression", "value", "written"),
    [
        ("french_day", date(2026, 11, 23), "lundi 23~novembre 2026"),
        ("french_day", date(2026, 3, 1), "dimanche 1er~mars 2026"),
        ("french_day", None, ""),
        ("french_day_without_year", date(2026, 11, 23), "lundi 23~novembre"),
        ("french_time", time(9, 30), "9~h~30"),
        ("french_time", time(0), "0~h"),
        ("french_end_time", time(0), "24~h"),
        ("french_moment", paris(MONDAY, 14, 5), "lundi 2~mars 2026 à~14~h~05"),
        ("french_duration", timedelta(minutes=90), "1~h~30"),
        ('french_count:"heure"', 1, "1~heure"),
        ('french_count:"rendez-vous|rendez-vous"', 2, "2~rendez-vous"),
    ],
)
def test_back_office_writes_days_and_times_in_french(expression, value, written):
    assert rendered(expression, value) == written


def test_an_instant_is_shown_by_the_active_clock():
    late = paris(MONDAY, 23, 30)

    with timezone.override(ZoneInfo("Pacific/Noumea")):
        assert rendered("french_moment", late) == "mardi 3~mars 2026 à~9~h~30"
