"""What is told on which channel, at which level: the settings and their precedence. What leaves: test_who_is_told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import time
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from notifications.exceptions import SwitchesChanged
from notifications.levels import Level
from notifications.models import SWITCHABLE, Message, MessageSwitch
from notifications.selectors.switches import switches_of_appointments, switches_of_level
from notifications.services.switches import set_switches, set_territory
from notifications.texts import EVENTS
from organizations.models import Territory
from tests.factories import NOW, make_agent, make_appointment, make_motif, make_organization, make_territory

pytestmark = pytest.mark.django_db

Kind = Message.Kind
MAIL, SMS = Message.Channel.EMAIL, Message.Channel.SMS
CELL = (Kind.REMINDER, SMS)


@pytest.fixture
def levels():
    motif = make_motif()
    organization, territory = motif.organization, motif.organization.territory
    return {
        "territory": Level(territory),
        "organization": Level(territory, organization),
        "motif": Level(territory, organization, motif),
    }


def put(level, value, *, seen=None, cell=CELL, agent=None, now=NOW):
    return set_switches(level=level, wanted={cell: value}, seen={cell: seen}, agent=agent, now=now)


def at(level, cell=CELL):
    setting = switches_of_level(level).of_level(level, kind=cell[0], channel=cell[1])
    return setting.is_on, setting.source


class TestPrecedence:
    def test_without_any_all_is_on(self, levels):
        assert at(levels["motif"]) == (True, "default")

    @pytest.mark.parametrize(
        ("set_to", "seen_from_the_motif"),
        [
            ({"territory": False}, (False, "territory")),
            ({"organization": False}, (False, "organization")),
            ({"motif": False}, (False, "motif")),
            ({"territory": False, "organization": True}, (True, "organization")),
            ({"territory": False, "motif": True}, (True, "motif")),
            ({"territory": True, "organization": False, "motif": True}, (True, "motif")),
            ({"territory": False, "organization": True, "motif": False}, (False, "motif")),
        ],
    )
    def test_the_narrowest_that_decides_wins(self, levels, set_to, seen_from_the_motif):
        for name, value in set_to.items():
            put(levels[name], value)

        assert at(levels["motif"]) == seen_from_the_motif

    def test_a_level_does_not_see_what_is_under_it(self, levels):
        put(levels["motif"], False)
        assert at(levels["organization"]) == at(levels["territory"]) == (True, "default")

    def test_sisters_and_other_events_and_channels_stay_as_they_are(self, levels):
        put(levels["organization"], False)
        sister = make_organization(territory=levels["territory"].territory)

        assert at(Level(sister.territory, sister)) == (True, "default")
        assert (
            at(levels["motif"], (Kind.REMINDER, MAIL)) == at(levels["motif"], (Kind.BOOKED, SMS)) == (True, "default")
        )

    def test_one_query_whatever_the_number_of_appointments(self, django_assert_num_queries):
        appointments = [make_appointment() for _ in range(3)]
        put(Level(appointments[1].organization.territory, appointments[1].organization), False)

        with django_assert_num_queries(1):
            switches = switches_of_appointments(appointments)
            found = [switches.of_appointment(each, kind=Kind.REMINDER, channel=SMS).is_on for each in appointments]
        assert found == [True, False, True]


class TestSetting:
    def test_says_who_and_when(self, levels):
        agent = make_agent()
        put(levels["organization"], False, agent=agent)

        row = MessageSwitch.objects.get()
        assert (row.changed_by, row.changed_at, row.is_on) == (agent, NOW, False)

    def test_many_at_once_and_back_again(self, levels):
        level = levels["organization"]
        wanted = {(kind, channel): False for kind in SWITCHABLE for channel in Message.Channel}
        nothing = dict.fromkeys(wanted)

        assert set_switches(level=level, wanted=wanted, seen=nothing, agent=None, now=NOW) == len(wanted)
        assert set_switches(level=level, wanted=wanted, seen=nothing, agent=None, now=NOW) == 0
        assert set_switches(level=level, wanted=nothing, seen=wanted, agent=None, now=NOW) == len(wanted)
        assert not MessageSwitch.objects.exists()

    def test_on_then_off_is_one_row(self, levels):
        put(levels["territory"], True)
        put(levels["territory"], False, seen=True)
        assert MessageSwitch.objects.get().is_on is False

    def test_two_queries_and_two_to_write_whatever_the_number(self, levels, django_assert_num_queries):
        put(levels["motif"], True)
        wanted = {(kind, channel): False for kind in SWITCHABLE for channel in Message.Channel} | {CELL: None}
        with django_assert_num_queries(6):  # With the savepoint and its release.
            set_switches(
                level=levels["motif"], wanted=wanted, seen=dict.fromkeys(wanted) | {CELL: True}, agent=None, now=NOW
            )

    @pytest.mark.parametrize("stored", [True, False])
    def test_who_did_not_see_the_latest_changes_nothing(self, levels, stored):
        put(levels["motif"], stored)
        others = (Kind.BOOKED, MAIL)

        with pytest.raises(SwitchesChanged) as refusal:
            set_switches(
                level=levels["motif"],
                wanted={CELL: not stored, others: False},
                seen={CELL: None, others: None},
                agent=None,
                now=NOW,
            )

        assert refusal.value.cells == {CELL}
        assert MessageSwitch.objects.get().is_on is stored

    def test_a_territory_changes_all_or_nothing(self, levels):
        level = levels["territory"]
        put(level, True)
        change = {"level": level, "agent": None, "now": NOW}
        change |= {"fields": {"quiet_from": time(21)}, "fields_seen": {"quiet_from": time(20)}}

        with pytest.raises(SwitchesChanged):
            set_territory(wanted={CELL: False}, seen={CELL: None}, **change)
        assert Territory.objects.get().quiet_from == time(20)

        set_territory(wanted={CELL: False}, seen={CELL: True}, **change)
        assert Territory.objects.get().quiet_from == time(21)
        assert at(level) == (False, "territory")


class TestTheDatabase:
    """What must never be, whatever the code does."""

    def refuses(self, **fields):
        defaults = {"kind": Kind.BOOKED, "channel": SMS, "is_on": False, "changed_at": NOW}
        with pytest.raises(IntegrityError), transaction.atomic():
            MessageSwitch.objects.create(**defaults | fields)
            connection.check_constraints()

    @pytest.mark.parametrize("name", ["territory", "organization", "motif"])
    def test_one_of_a_kind_at_each_level(self, levels, name):
        put(levels[name], True)
        self.refuses(**levels[name].columns, kind=CELL[0], channel=CELL[1])

    def test_of_exactly_one_level(self, levels):
        columns = levels["motif"].columns
        self.refuses(**columns | {"level": "territory"})
        self.refuses(**columns | {"organization": None})
        self.refuses(**columns | {"level": "organization"})

    def test_of_one_tenant(self, levels):
        stranger = make_motif()
        self.refuses(**levels["organization"].columns | {"organization": stranger.organization})
        self.refuses(**levels["motif"].columns | {"motif": stranger})

    @pytest.mark.parametrize("kind", [Kind.CODE, Kind.ACCOUNT])
    def test_a_code_is_never_switched_off(self, levels, kind):
        self.refuses(**levels["territory"].columns, kind=kind)

    @pytest.mark.parametrize(
        ("quiet_from", "quiet_until", "is_allowed"),
        [
            (time(20), time(8), True),
            (time(0), time(0), True),
            (time(12), time(12), True),
            (time(1), time(17), True),
            (time(1), time(17, 1), False),
            (time(18), time(10), True),
            (time(18), time(10, 1), False),
            (time(8), time(7, 59), False),
            (time(0), time(23, 59), False),
        ],
    )
    def test_quiet_hours_leave_eight_hours_of_the_day(self, quiet_from, quiet_until, is_allowed):
        if is_allowed:
            make_territory(quiet_from=quiet_from, quiet_until=quiet_until).full_clean()
            return
        with pytest.raises(IntegrityError), transaction.atomic():
            make_territory(quiet_from=quiet_from, quiet_until=quiet_until)


def test_whatever_has_a_text_has_a_switch_but_what_somebody_asked_for():
    assert set(EVENTS) - set(SWITCHABLE) == {Kind.EARLIER_SLOT}
    assert set(SWITCHABLE) <= set(EVENTS)


@pytest.mark.django_db(transaction=True)
def test_two_who_set_one_at_once_do_not_overwrite_each_other():
    organization = make_organization()
    level, barrier = Level(organization.territory, organization), Barrier(2)

    def attempt(value):
        try:
            barrier.wait()
            return put(level, value)
        except SwitchesChanged as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(attempt, [True, False]))

    assert sum(isinstance(result, SwitchesChanged) for result in results) == 1
    assert MessageSwitch.objects.get().is_on is (results[0] == 1)


@pytest.mark.django_db(transaction=True)
def test_two_who_set_different_ones_at_once_both_have_their_way():
    organization = make_organization()
    level, barrier = Level(organization.territory, organization), Barrier(2)

    def attempt(cell):
        try:
            barrier.wait()
            return put(level, False, cell=cell)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(attempt, [(Kind.BOOKED, SMS), (Kind.BOOKED, MAIL)])) == [1, 1]
    assert MessageSwitch.objects.count() == 2
