import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db.models import Max
from django.utils import timezone

from booking_portal.demo.agents import AGENTS, PASSWORD
from booking_portal.demo.by_hand import FEATURED, FEWEST_TODAY
from booking_portal.demo.load import load
from notifications.models import Message
from organizations.models import Agent, Citizen, Desk, Location, Motif, Organization, Territory
from scheduling.engine.wall_clock import day_interval, local_day
from scheduling.models import (
    AgendaView,
    Appointment,
    AppointmentEvent,
    AppointmentStatus,
    Calendar,
    Closure,
    CreatedBy,
    FreeWindow,
    Opening,
    Unavailability,
)
from scheduling.selectors.availability import WindowRow, core_rows
from scheduling.selectors.registrations import open_workshops
from scheduling.selectors.slots import Demand, next_slots
from scheduling.services.windows import first_kept_day
from tests.conftest import ROOT
from tests.factories import make_territory

PARIS = ZoneInfo("Europe/Paris")

# Each weekday once, at all hours; a public holiday, and both Sundays on which clocks change.
MOMENTS = {
    "monday before anybody is up": datetime(2026, 3, 2, 6, 30, tzinfo=PARIS),
    "tuesday morning": datetime(2026, 11, 24, 10, 12, tzinfo=PARIS),
    "wednesday at noon": datetime(2026, 6, 17, 12, 0, tzinfo=PARIS),
    "thursday, the first of January": datetime(2026, 1, 1, 15, 40, tzinfo=PARIS),
    "friday evening": datetime(2026, 9, 4, 20, 5, tzinfo=PARIS),
    "saturday morning": datetime(2026, 4, 11, 9, 50, tzinfo=PARIS),
    "sunday of the spring change": datetime(2026, 3, 29, 14, 0, tzinfo=PARIS),
    "sunday of the autumn change, in the hour that comes twice": datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=PARIS),
}


ON_EVERY_RUN = {"sunday of the spring change"}

# A quiet one is as much in order, and loads several times faster.
QUIET = 0.2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment",
    [moment if moment in ON_EVERY_RUN else pytest.param(moment, marks=pytest.mark.nightly) for moment in MOMENTS],
)
def test_the_demonstration_is_in_order_and_nobodys_day_is_empty_whatever_the_day(moment):
    now = MOMENTS[moment].astimezone(UTC)
    load(now=now, share=QUIET)

    assert motifs_for_everyone_without_a_slot(now) == []
    assert stored_windows() == windows_of_the_core(now)
    assert featured_with_an_empty_day(now) == []
    for organization in Organization.objects.order_by("pk"):
        assert Appointment.objects.for_organization(organization).upcoming(now).exists()
    assert_every_row_would_pass_a_form()
    assert_organizations_are_apart()
    assert_nothing_waits_about_the_past(now)
    assert_events_are_in_order(now)


@pytest.mark.django_db
@time_machine.travel(MOMENTS["tuesday morning"], tick=False)
def test_the_command_loads_once_and_says_who_may_sign_in(capsys, client):
    call_command("load_demo", if_empty=True)
    said = capsys.readouterr().out
    assert PASSWORD in said
    assert all(person.email in said for person in AGENTS.values())
    agent = Agent.objects.get(email="nadege.wiart@arrageois.example")
    assert client.login(email=agent.email, password=PASSWORD)
    validate_password(PASSWORD, agent)
    assert_every_screen_has_something_to_show(timezone.now())

    before = everything()
    call_command("load_demo", if_empty=True)
    assert "n'a pas été chargée" in capsys.readouterr().out
    with pytest.raises(CommandError, match="contient déjà un territoire"):
        call_command("load_demo")
    assert everything() == before


@pytest.mark.django_db
def test_with_a_real_mail_server_nothing_leaves_and_nothing_waits(settings, mailoutbox):
    settings.LOCAL_OUTBOX = False
    load(now=MOMENTS["tuesday morning"], share=0.05)
    assert mailoutbox == []
    assert set(Message.objects.order_by().values_list("status", flat=True)) == {Message.Status.DROPPED}


@pytest.mark.django_db
def test_a_database_in_use_is_left_alone(capsys):
    make_territory()
    call_command("load_demo", if_empty=True)
    said = capsys.readouterr().out
    assert "n'a pas été chargée" in said
    assert PASSWORD not in said
    assert Territory.objects.count() == 1


@pytest.mark.django_db
def test_sign_ins_are_shown_without_loading_anything(capsys):
    call_command("load_demo", show_sign_ins=True)
    assert PASSWORD in capsys.readouterr().out
    assert not Territory.objects.exists()


@pytest.mark.django_db
def test_it_is_refused_where_it_is_not_allowed(settings):
    settings.DEMO_ALLOWED = False
    with pytest.raises(CommandError, match="installation réelle"):
        call_command("load_demo", if_empty=True)
    assert not Territory.objects.exists()


def test_it_is_refused_under_production_settings():
    """A real process with the settings of production, which allow it only if somebody says so."""
    environment = {name: value for name, value in os.environ.items() if name not in {"DEMO_ALLOWED", "LOCAL_OUTBOX"}}
    process = subprocess.run(
        [sys.executable, "manage.py", "load_demo"],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "config.settings.base", "PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert "installation réelle" in process.stderr


def motifs_for_everyone_without_a_slot(now):
    motifs = Motif.objects.on_portal().select_related("organization__territory").order_by("pk")
    assert len(motifs) >= 10
    free = {each.workshop.motif_id for each in open_workshops(motifs, now=now) if each.free}
    return [motif.name for motif in motifs if motif.pk not in free and not next_slots([Demand(motif)], now=now)]


def stored_windows():
    return {WindowRow(*values) for values in FreeWindow.objects.values_list(*WindowRow._fields)}


def windows_of_the_core(now):
    until = dict(Calendar.objects.exclude(windows_until=None).values_list("pk", "windows_until"))
    assert not Calendar.objects.exclude(windows_stale_since=None).exists()
    rows = core_rows(until, first_day=first_kept_day(now), last_day=max(until.values()), now=now)
    return {row for row in rows if row.local_day <= until[row.calendar_id]}


def assert_every_row_would_pass_a_form():
    for model in (Territory, Organization, Location, Desk, Motif, Citizen, Opening, Unavailability, Closure):
        for row in model.objects.order_by("pk"):
            row.full_clean()


def assert_every_screen_has_something_to_show(now):
    for organization in Organization.objects.order_by("pk"):
        appointments = Appointment.objects.for_organization(organization)
        assert appointments.awaiting_outcome(now).exists()
        assert appointments.upcoming(now).exists()
        assert appointments.filter(status=AppointmentStatus.FULFILLED).exists()
        assert Message.objects.filter(organization=organization, status=Message.Status.FAILED).count() == 1
    assert set(Appointment.objects.order_by().values_list("status", flat=True)) == set(AppointmentStatus.values)
    kinds = set(AppointmentEvent.objects.order_by().values_list("kind", flat=True))
    rare = {
        AppointmentEvent.Kind.EDITED,
        AppointmentEvent.Kind.OUTCOME_WITHDRAWN,
        AppointmentEvent.Kind.ARRIVAL_WITHDRAWN,
        AppointmentEvent.Kind.RECEPTION_WITHDRAWN,
    }
    assert kinds == set(AppointmentEvent.Kind.values) - rare
    assert set(Message.objects.order_by().values_list("channel", flat=True)) == set(Message.Channel.values)
    by = set(Appointment.objects.order_by().values_list("created_by_kind", flat=True))
    assert by == {CreatedBy.AGENT, CreatedBy.CITIZEN, CreatedBy.PRESCRIBER}
    assert not Appointment.objects.filter(
        created_by_kind=CreatedBy.PRESCRIBER, participations__prescriber=None
    ).exists()
    assert set(Message.objects.order_by().values_list("audience", flat=True)) == set(Message.Audience.values)
    assert Message.objects.filter(kind=Message.Kind.SUMMARY).exists()
    assert Motif.objects.exclude(archived_at=None).exists()
    kinds_of_place = set(Motif.objects.order_by().values_list("location_kind", flat=True))
    assert kinds_of_place == set(Motif.LocationKind.values)
    assert_the_day_is_lively(now)
    workshops = Appointment.objects.collective().upcoming(now).for_list()
    assert [(each.occupancy.free, each.occupancy.waiting) for each in workshops] == [(0, 1), (3, 0)]
    assert Appointment.objects.collective().awaiting_somebodys_outcome(now).get().status == AppointmentStatus.FULFILLED
    assert AgendaView.objects.order_by().values("organization").distinct().count() == 3
    audiences = set(Motif.objects.order_by().values_list("booking_audience", flat=True))
    assert audiences == set(Motif.BookingAudience.values)


def assert_the_day_is_lively(now):
    """Somebody waits, somebody is received, somebody has gone; some of them came without an RDV."""
    today = day_interval(local_day(now, PARIS), PARIS)
    stages = Counter(
        (appointment.stage, appointment.is_walk_in)
        for appointment in Appointment.objects.between(today.start, today.end)
        if appointment.stage
    )
    assert set(stages) == {
        *((stage, False) for stage in ("arrived", "in_progress", "done")),
        ("arrived", True),
        ("done", True),
    }


def featured_with_an_empty_day(now):
    """The agents and desks that somebody who looks around meets first."""
    emails = {AGENTS[name].email for name, *_ in FEATURED if name in AGENTS}
    today = day_interval(local_day(now, PARIS), PARIS)
    calendars = Calendar.objects.filter(agent__email__in=emails) | Calendar.objects.filter(desk__name="Guichet 1")
    return [
        calendar.name
        for calendar in calendars.order_by("pk")
        if Appointment.objects.on_calendars([calendar]).occupying().between(today.start, today.end).count()
        < FEWEST_TODAY
    ]


def assert_organizations_are_apart():
    assert Organization.objects.count() == 3
    for organization in Organization.objects.order_by("pk"):
        own = Appointment.objects.for_organization(organization)
        calendars = set(Calendar.objects.for_organization(organization).order_by().values_list("pk", flat=True))
        places = set(Location.objects.for_organization(organization).order_by().values_list("pk", flat=True))
        citizens = set(Citizen.objects.for_organization(organization).order_by().values_list("pk", flat=True))
        assert set(own.order_by().values_list("motif__organization", flat=True)) == {organization.pk}
        assert set(own.order_by().values_list("calendars", flat=True)) <= calendars
        assert set(own.order_by().values_list("location", flat=True)) - {None} <= places
        assert set(own.order_by().values_list("citizens", flat=True)) <= citizens
        told = Message.objects.filter(appointment__in=own).order_by()
        assert set(told.values_list("organization", flat=True)) == {organization.pk}
        assert citizens != set(Citizen.objects.order_by().values_list("pk", flat=True))


def assert_nothing_waits_about_the_past(now):
    messages = Message.objects.order_by("pk")
    assert not messages.due(now).exists()
    assert not messages.filter(sent_at__gt=now).exists()
    assert messages.aggregate(last=Max("created_at"))["last"] <= now
    statuses = set(messages.order_by().values_list("status", flat=True))
    # Queued: an SMS that waits for the end of the night.
    assert statuses <= {Message.Status.SENT, Message.Status.FAILED, Message.Status.QUEUED, Message.Status.DROPPED}


def assert_events_are_in_order(now):
    """Whatever happened to an appointment happened one thing after the other, and before now."""
    for appointment in Appointment.objects.order_by("pk"):
        events = list(AppointmentEvent.objects.filter(appointment=appointment).order_by("pk"))
        assert events[0].kind == AppointmentEvent.Kind.BOOKED
        assert all(first.at <= second.at for first, second in pairwise(events))
        assert now - timedelta(days=60) < events[0].at
        assert events[-1].at <= now


def everything():
    """How many rows of each of our tables, and the last of them."""
    return {
        model.__name__: (model.objects.count(), model.objects.aggregate(last=Max("pk"))["last"])
        for app in ("organizations", "scheduling", "notifications")
        for model in apps.get_app_config(app).get_models()
    }
