"""The one screen that settles RDVs left without their time."""

from collections import Counter
from datetime import time, timedelta

import pytest
import time_machine
from django.urls import reverse

from notifications.models import Message
from organizations.models import Membership
from scheduling.engine.proposals import Kind
from scheduling.exceptions import ConflictSettled
from scheduling.models import Appointment, AppointmentStatus, Calendar, Conflict
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services import conflict_settling
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.conflict_settling import Act
from scheduling.services.conflicts import keep_appointment
from scheduling.services.nightly import roll_forward
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    WEDNESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_unavailability,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db

NEXT_MONDAY = MONDAY + timedelta(days=7)
WEEK = [NEXT_MONDAY + timedelta(days=number) for number in range(5)]
LATER = "plus-tard"


@pytest.fixture(autouse=True)
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def unit(organization):
    return make_unit(territory=organization.territory)


@pytest.fixture
def location(organization):
    return make_location(organization=organization)


@pytest.fixture
def motif(organization, unit):
    return make_motif(organization=organization, units=[unit], name="Accès aux droits")


@pytest.fixture
def make_colleague(organization, unit):
    return lambda **fields: make_agent(organization=organization, units=[unit], **fields)


@pytest.fixture
def agent(client, make_colleague):
    agent = make_colleague(first_name="Alice", last_name="Delcourt")
    client.force_login(agent)
    return agent


@pytest.fixture
def open_hours(motif, location):
    def open_hours(agent, day, start=9, end=12, **fields):
        return make_opening(
            calendar=agent.calendar,
            motifs=[motif],
            location=location,
            first_day=day,
            start_time=time(start),
            end_time=time(end),
            **fields,
        )

    return open_hours


@pytest.fixture
def book(motif, location, agent):
    def book(day, hour, minute=0, **fields):
        return make_appointment(
            **{"motif": motif, "calendar": agent.calendar, "location": location} | fields,
            starts_at=paris(day, hour, minute),
        )

    return book


@pytest.fixture
def absence(organization, agent):
    """Alice is away in the morning, on Tuesday or another day."""

    def absence(day=TUESDAY):
        return make_unavailability(calendar=agent.calendar, organization=organization, first_day=day)

    return absence


@pytest.fixture
def address(organization):
    return reverse("scheduling:conflict_list", args=[organization.slug])


def sheet(response):
    return response.context["sheet"]


def offered(response):
    """{rdv: {kind or act: value of the form}}"""
    return {
        row.appointment: {option.answers: option.choice.text for option in row.options if option.answers}
        for row in sheet(response).rows
    }


def form_of(response, **chosen):
    """What the page would send: what is ticked, and `chosen` by RDV (`rdv_3=…`)."""
    data = {}
    for row in sheet(response).rows:
        data[f"rdv-{row.appointment.pk}"] = chosen.get(f"rdv_{row.appointment.pk}", row.value)
        data[f"vu-{row.appointment.pk}"] = row.seen
    return data | ({"confirme": response.context["signature"]} if response.context["signature"] else {})


def send(client, address, data):
    """Sent, summed up, and confirmed; the page that follows."""
    summed_up = client.post(address, data)
    assert summed_up.status_code == 200, text(summed_up)
    return client.post(address, form_of(summed_up), follow=True)


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").replace("&#x27;", "'").split())


def told(response):
    return [str(message).replace("\xa0", " ") for message in response.context["messages"]]


def test_a_week_of_absence_over_thirty_appointments_is_settled_on_one_screen(
    client, organization, motif, location, agent, make_colleague, open_hours, monkeypatch, address
):
    """Ten go to a colleague, fifteen to another time, five are cancelled, with the messages each asks for."""
    karim = make_colleague(first_name="Karim", last_name="Benhaddou")
    open_hours(agent, MONDAY, rrule="FREQ=DAILY")
    open_hours(karim, WEEK[0])
    open_hours(karim, WEEK[1], 9, 11)
    appointments = [
        book_appointment(
            demand=Demand(motif),
            starts_at=paris(day, 9 + half // 2, 30 * (half % 2)),
            location_id=location.pk,
            calendar_ids=[agent.calendar.pk],
            attendees=[Attendee(make_citizen(organization=organization, phone="+33612345678"))],
            actor=CITIZEN,
            now=NOW,
        )
        for day in WEEK
        for half in range(6)
    ]
    Message.objects.all().delete()
    slots_are_free = watch_slots(monkeypatch, motif)

    saved = client.post(
        reverse("scheduling:unavailability_add", args=[organization.slug]),
        {
            "calendar": agent.calendar.pk,
            "first_day": "2026-03-09",
            "last_day": "2026-03-15",
            "repeat": "once",
            "interval": "1",
            "confirmed": "on",
        },
        follow=True,
    )
    assert "30 rendez-vous s'y trouvent" in text(saved)
    assert Conflict.objects.open(NOW).count() == 30

    page = client.get(address, {"agenda": agent.calendar.pk, "pour_tous": [Kind.COLLEAGUE, Kind.SAME_CALENDAR]})
    can_be = offered(page)
    for_colleague = [row for row in appointments if Kind.COLLEAGUE in can_be[row]]
    assert for_colleague == appointments[:10]
    cancelled = appointments[25:]
    chosen = {f"rdv_{row.pk}": Act.UNSCHEDULE for row in cancelled}

    summary = client.post(address, form_of(page, **chosen))
    assert "10 déplacés chez un collègue, 15 déplacés, 5 déprogrammés" in text(summary)
    assert "30 personnes seront prévenues" in text(summary)
    assert Conflict.objects.open(NOW).count() == 30
    assert not Message.objects.exists()

    done = client.post(address, form_of(summary), follow=True)
    assert told(done)[0].startswith("10 déplacés chez un collègue, 15 déplacés, 5 déprogrammés. 30 personnes sont")
    assert "Tout est réglé" in text(done)
    assert not Conflict.objects.open(NOW).exists()
    assert slots_are_free.checked == 30

    rows = {row.pk: row for row in Appointment.objects.for_list()}
    for before in for_colleague:
        assert rows[before.pk].starts_at == before.starts_at
        assert list(rows[before.pk].calendars.all()) == [karim.calendar]
    for before in appointments[10:25]:
        assert rows[before.pk].starts_at.date() not in WEEK
        assert list(rows[before.pk].calendars.all()) == [agent.calendar]
    assert {rows[before.pk].status for before in cancelled} == {AppointmentStatus.UNSCHEDULED}

    # Each citizen once by mail and once by SMS; the agents whose time it is, but not Alice, who did it.
    assert messages_of(appointments[:10]) == {("moved", "citizen", "email"): 10, ("moved", "citizen", "sms"): 10} | {
        ("booked", "agent", "email"): 10
    }
    assert messages_of(appointments[10:25]) == {("moved", "citizen", "email"): 15, ("moved", "citizen", "sms"): 15}
    assert messages_of(cancelled) == {("unscheduled", "citizen", "email"): 5, ("unscheduled", "citizen", "sms"): 5}
    assert set(Message.objects.filter(audience="agent").values_list("recipient", flat=True)) == {karim.email}
    assert Message.objects.count() == 70

    assert roll_forward(calendar_ids=Calendar.objects.values("pk"), now=NOW).drifted == 0

    again = client.post(address, form_of(summary), follow=True)
    assert "30 rendez-vous étaient déjà réglés." in told(again)
    assert Message.objects.count() == 70


def messages_of(appointments):
    return Counter(Message.objects.filter(appointment__in=appointments).values_list("kind", "audience", "channel"))


class watch_slots:  # noqa: N801 - read as what it does.
    """Between any two that are settled: no slot lies in a booked time or in the absence; windows are the core's."""

    def __init__(self, monkeypatch, motif):
        self.checked, carry_out = 0, conflict_settling._carry_out

        def carried_out(decision, **arguments):
            carry_out(decision, **arguments)
            self._check(motif)

        monkeypatch.setattr(conflict_settling, "_carry_out", carried_out)

    def _check(self, motif):
        slots = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=60), now=NOW, for_agent=True)
        booked = {
            (calendar, row.starts_at)
            for row in Appointment.objects.occupying().prefetch_related("appointment_calendars").order_by("pk")
            for calendar in row.appointment_calendars.values_list("calendar", flat=True)
        }
        assert not booked & {(slot.calendar_id, slot.starts_at) for slot in slots}
        absent = [slot for slot in slots if slot.starts_at.date() in WEEK and slot.calendar_id == self._alice()]
        assert absent == []
        assert roll_forward(calendar_ids=Calendar.objects.values("pk"), now=NOW).drifted == 0
        self.checked += 1

    def _alice(self):
        return Calendar.objects.get(agent__first_name="Alice").pk


class TestTheList:
    def test_tells_of_each_what_it_is_and_what_stands_against_it(self, client, book, absence, location, address):
        book(TUESDAY, 10, citizen=make_citizen(organization=location.organization, last_name="Lefebvre"))
        absence()

        page = text(client.get(address))

        assert "Mardi 3 mars, 10 h" in page
        assert "LEFEBVRE" in page
        assert "Accès aux droits" in page
        assert location.name in page
        assert "Alice Delcourt" in page
        assert "Hors des plages d'ouverture, sur une indisponibilité" in page

    def test_is_empty_when_all_is_well(self, client, agent, address):
        assert "Tout est réglé" in text(client.get(address))

    def test_offers_the_same_hour_with_a_colleague_and_the_nearest_of_the_agent(
        self, client, agent, make_colleague, open_hours, book, absence, address
    ):
        karim = make_colleague(first_name="Karim", last_name="Benhaddou")
        open_hours(agent, MONDAY, rrule="FREQ=DAILY")
        open_hours(karim, TUESDAY)
        appointment = book(TUESDAY, 9)
        absence()

        page = client.get(address)

        assert "Déplacer : même heure, avec Karim Benhaddou" in text(page)
        # Today's last slot is nearer, but within 24 hours people may not hear of it.
        assert "Déplacer : mercredi 4 mars à 9 h, même agenda" in text(page)
        assert offered(page)[appointment].keys() == {Kind.COLLEAGUE, Kind.SAME_CALENDAR, Act.UNSCHEDULE, Act.KEEP}
        assert sheet(page).rows[0].value == LATER

    def test_offers_the_nearest_of_that_day_where_nobody_has_the_hour(
        self, client, make_colleague, open_hours, book, absence, address
    ):
        open_hours(make_colleague(first_name="Karim", last_name="Benhaddou"), TUESDAY, 14, 15)
        book(TUESDAY, 9)
        absence()

        assert "Déplacer : le même jour à 14 h, avec Karim Benhaddou" in text(client.get(address))

    def test_proposes_no_calendar_that_the_member_does_not_see(self, client, open_hours, book, absence, address):
        open_hours(make_agent(organization=make_organization()), TUESDAY)
        appointment = book(TUESDAY, 9)
        absence()

        assert offered(client.get(address))[appointment].keys() == {Act.UNSCHEDULE, Act.KEEP}

    def test_proposes_nothing_to_an_appointment_of_several_calendars_but_the_way_to_choose(
        self, client, agent, make_colleague, open_hours, book, absence, organization, address
    ):
        appointment = book(TUESDAY, 9)
        other = make_colleague()
        open_hours(other, MONDAY, rrule="FREQ=DAILY")
        appointment.appointment_calendars.create(
            organization=organization,
            calendar=other.calendar,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
        )
        absence()
        page = client.get(address)

        assert offered(page)[appointment].keys() == {Act.UNSCHEDULE, Act.KEEP}
        assert "sur une indisponibilité (Alice Delcourt)" in text(page)
        move = reverse("scheduling:appointment_move", args=[organization.slug, appointment.pk])
        assert f'href="{move}?next=' in page.content.decode()

    def test_is_narrowed_to_calendars_and_reasons(
        self, client, agent, make_colleague, open_hours, book, absence, address
    ):
        karim = make_colleague()
        ours, theirs = book(TUESDAY, 9), book(MONDAY, 9, calendar=karim.calendar)
        absence()
        make_unavailability(calendar=karim.calendar, first_day=MONDAY)

        def listed(**query):
            return {row.appointment for row in sheet(client.get(address, query)).rows}

        assert listed() == {ours, theirs}
        assert listed(agenda=agent.calendar.pk) == {ours}
        assert listed(agenda=[agent.calendar.pk, karim.calendar.pk]) == {ours, theirs}
        assert listed(agenda=make_calendar().pk) == set()
        assert listed(raison="closed") == set()
        assert listed(raison="unavailable") == {ours, theirs}

    def test_is_only_of_what_the_member_may_see(self, client, organization, book, absence, address):
        book(TUESDAY, 9)
        absence()
        client.force_login(make_agent(organization=organization, units=[make_unit(territory=organization.territory)]))

        assert sheet(client.get(address)).rows == []

    def test_has_pages(self, client, book, absence, address, monkeypatch):
        monkeypatch.setattr("scheduling.views.conflicts.PER_PAGE", 2)
        rows = [book(TUESDAY, hour) for hour in (9, 10, 11)]
        absence()

        assert [row.appointment for row in sheet(client.get(address, {"page": 2})).rows] == rows[2:]

    @pytest.mark.parametrize("number", [1, 6])
    def test_costs_no_more_queries_with_more_rows(
        self, number, client, agent, make_colleague, open_hours, book, absence, address, assert_query_count
    ):
        open_hours(agent, MONDAY, rrule="FREQ=DAILY")
        for _ in range(3):
            open_hours(make_colleague(), TUESDAY)
        for half in range(number):
            book(TUESDAY, 9 + half // 2, 30 * (half % 2))
        absence()

        with assert_query_count("conflict_list"):
            response = client.get(address)

        assert len(sheet(response).rows) == number


class TestForAll:
    def test_ticks_what_each_can_have_in_the_order_that_was_asked(
        self, client, agent, make_colleague, open_hours, book, absence, address
    ):
        open_hours(make_colleague(), TUESDAY, 9, 10)
        first, last = book(TUESDAY, 9), book(TUESDAY, 11)
        absence()

        page = client.get(address, {"pour_tous": [Kind.COLLEAGUE, Act.UNSCHEDULE]})

        values = {row.appointment: row.value for row in sheet(page).rows}
        assert values == {first: offered(page)[first][Kind.COLLEAGUE], last: Act.UNSCHEDULE}
        assert "Tout est décidé" in text(page)

    def test_says_for_how_many_each_is_possible(self, client, make_colleague, open_hours, book, absence, address):
        open_hours(make_colleague(), TUESDAY, 9, 10)
        book(TUESDAY, 9), book(TUESDAY, 11)
        absence()

        def possible(**query):
            return {bulk.name: bulk.possible for bulk, _ in client.get(address, query).context["bulks"]}

        assert possible() == {Kind.COLLEAGUE: 1, Act.UNSCHEDULE: 2, Act.KEEP: 2}
        assert possible(pour_tous=Kind.COLLEAGUE) == {Act.UNSCHEDULE: 1, Act.KEEP: 1}

    def test_changes_nothing_by_itself(self, client, book, absence, address):
        book(TUESDAY, 9)
        absence()

        client.get(address, {"pour_tous": Act.UNSCHEDULE})

        assert Conflict.objects.open(NOW).count() == 1


class TestApplying:
    @pytest.fixture
    def appointment(self, agent, open_hours, book, absence):
        open_hours(agent, MONDAY, rrule="FREQ=DAILY")
        appointment = book(TUESDAY, 9)
        absence()
        return appointment

    @pytest.fixture
    def page(self, client, appointment, address):
        return client.get(address)

    def test_does_nothing_before_it_is_confirmed(self, client, appointment, page, address):
        response = client.post(address, form_of(page, **{f"rdv_{appointment.pk}": Act.UNSCHEDULE}))

        assert "1 déprogrammé" in text(response)
        assert "1 personne sera prévenue par e-mail ou SMS, si ses coordonnées sont connues." in text(response)
        assert sheet(response).rows[0].value == Act.UNSCHEDULE
        appointment.refresh_from_db()
        assert appointment.status == AppointmentStatus.BOOKED

    def test_is_summed_up_anew_when_something_was_changed_after_the_summary(self, client, appointment, page, address):
        summary = client.post(address, form_of(page, **{f"rdv_{appointment.pk}": Act.UNSCHEDULE}))
        response = client.post(address, form_of(summary, **{f"rdv_{appointment.pk}": Act.KEEP}))

        assert "1 gardé" in text(response)
        assert "Personne n'est prévenu." in text(response)
        assert Conflict.objects.open(NOW).count() == 1

    def test_of_nothing_asks_for_a_choice(self, client, page, address):
        response = client.post(address, form_of(page))

        assert response.status_code == 422
        assert "Rien n'est choisi." in text(response)

    def test_keeps_what_is_kept_and_tells_nobody(self, client, agent, appointment, page, address):
        Message.objects.all().delete()
        response = send(client, address, form_of(page, **{f"rdv_{appointment.pk}": Act.KEEP}))

        assert told(response) == ["1 gardé."]
        assert Conflict.objects.get().kept_by == agent
        assert not Message.objects.exists()

    def test_leaves_open_what_is_decided_later(self, client, appointment, book, absence, address):
        other = book(WEDNESDAY, 11)
        absence(WEDNESDAY)
        page = client.get(address)
        response = send(client, address, form_of(page, **{f"rdv_{other.pk}": Act.UNSCHEDULE}))

        assert [row.appointment for row in sheet(response).rows] == [appointment]

    def test_comes_back_to_the_same_filters(self, client, agent, appointment, address):
        filtered = f"{address}?agenda={agent.calendar.pk}&pour_tous=garder"
        summary = client.post(filtered, form_of(client.get(filtered)))

        response = client.post(filtered, form_of(summary))

        assert response["Location"] == f"{address}?agenda={agent.calendar.pk}"

    def test_a_slot_taken_before_the_summary_is_said_at_its_row_with_others(
        self, client, appointment, page, address, motif, organization
    ):
        chosen = offered(page)[appointment][Kind.SAME_CALENDAR]
        take(sheet(page).rows[0], motif, organization)

        response = client.post(address, form_of(page, **{f"rdv_{appointment.pk}": chosen}))

        (row,) = sheet(response).rows
        assert row.problem == "Le créneau choisi n'est plus libre. En voici d'autres."
        assert row.value == LATER
        assert offered(response)[appointment][Kind.SAME_CALENDAR] != chosen

    def test_a_slot_taken_after_the_summary_leaves_that_one_open_and_the_others_done(
        self, client, appointment, book, absence, address, motif, organization
    ):
        other = book(WEDNESDAY, 11)
        absence(WEDNESDAY)
        page = client.get(address)
        chosen = offered(page)[appointment][Kind.SAME_CALENDAR]
        both = {f"rdv_{appointment.pk}": chosen, f"rdv_{other.pk}": Act.UNSCHEDULE}
        summary = client.post(address, form_of(page, **both))
        take(sheet(page).rows[0], motif, organization)

        response = client.post(address, form_of(summary), follow=True)

        assert "1 déprogrammé." in told(response)[0]
        assert "mardi 3 mars 2026 à 9 h : Le créneau choisi n'est plus libre." in told(response)[1]
        assert [row.appointment for row in sheet(response).rows] == [appointment]

    def test_what_a_colleague_has_settled_meanwhile_is_said_and_stays(
        self, client, make_colleague, appointment, page, address
    ):
        summary = client.post(address, form_of(page, **{f"rdv_{appointment.pk}": Act.UNSCHEDULE}))
        keep_appointment(appointment=appointment, actor=Actor.of(make_colleague()), now=NOW)

        response = client.post(address, form_of(summary), follow=True)

        assert "1 rendez-vous était déjà réglé." in told(response)
        appointment.refresh_from_db()
        assert appointment.status == AppointmentStatus.BOOKED

    def test_of_what_belongs_to_others_does_nothing_and_says_so(self, client, agent, address):
        theirs = make_appointment(starts_at=paris(TUESDAY, 10))
        theirs_calendar = theirs.calendars.get()
        make_unavailability(calendar=theirs_calendar, first_day=TUESDAY)
        forged = {f"rdv-{theirs.pk}": Act.UNSCHEDULE, f"vu-{theirs.pk}": "0"}

        response = client.post(address, forged)
        confirmed = client.post(address, forged | {"confirme": response.context["signature"]})

        assert "1 rendez-vous inconnu ici : rien n'a été fait." in text(response)
        assert confirmed.status_code == 422
        theirs.refresh_from_db()
        assert theirs.status == AppointmentStatus.BOOKED

    @pytest.mark.parametrize(
        "forged", ["deplacer", "deplacer@x@y", "deplacer@1@9999-12-31T23:59:59Z", "supprimer", "garder@1", "", "\x00"]
    )
    def test_a_choice_that_does_not_exist_is_put_off(self, client, appointment, page, address, forged):
        response = client.post(address, form_of(page, **{f"rdv_{appointment.pk}": forged}))

        assert response.status_code == 422
        assert sheet(response).rows[0].problem == "Ce choix n'existe pas. Choisissez de nouveau."

    def test_a_free_slot_of_another_place_or_day_or_of_a_stranger_is_no_choice(
        self, client, make_colleague, motif, appointment, page, address
    ):
        stranger = make_opening(motifs=[make_motif()], first_day=TUESDAY)
        elsewhere = make_colleague()
        make_opening(calendar=elsewhere.calendar, motifs=[motif], first_day=TUESDAY)
        for calendar, moment in [
            (stranger.calendar, "2026-03-03T08:00:00Z"),
            (elsewhere.calendar, "2026-03-03T08:00:00Z"),
            (appointment.calendars.get(), "2026-03-03T08:00:00Z"),
        ]:
            forged = {f"rdv_{appointment.pk}": f"deplacer@{calendar.pk}@{moment}"}
            response = client.post(address, form_of(page, **forged))
            assert sheet(response).rows[0].problem
            confirmed = client.post(address, form_of(page, **forged) | {"confirme": response.context["signature"]})
            assert confirmed.status_code == 422

        appointment.refresh_from_db()
        assert appointment.starts_at == paris(TUESDAY, 9)


def take(row, motif, organization):
    """A citizen books what the row proposes on its own calendar."""
    choice = next(option.choice for option in row.options if option.answers == Kind.SAME_CALENDAR)
    book_appointment(
        demand=Demand(motif),
        starts_at=choice.starts_at,
        location_id=row.appointment.location_id,
        calendar_ids=[choice.calendar_id],
        attendees=[Attendee(make_citizen(organization=organization))],
        actor=CITIZEN,
        now=NOW,
    )


def test_options_and_persons_are_asked_in_as_few_searches_as_there_are_of_one_motif(
    client, agent, motif, open_hours, book, absence, address
):
    """Different lengths of one motif: each proposal has its own, and none overlaps another."""
    open_hours(agent, MONDAY, rrule="FREQ=DAILY")
    long = make_option(motif=motif, duration=timedelta(minutes=60))
    rows = [book(TUESDAY, 9), book(TUESDAY, 10, option=long, duration=timedelta(minutes=60))]
    absence()
    page = client.get(address, {"pour_tous": Kind.SAME_CALENDAR})

    response = send(client, address, form_of(page))

    assert told(response)[0].startswith("2 déplacés.")
    moved = [Appointment.objects.get(pk=row.pk) for row in rows]
    assert [row.ends_at - row.starts_at for row in moved] == [timedelta(minutes=30), timedelta(minutes=60)]


class TestChoosingAnotherSlot:
    def test_comes_back_to_the_screen(self, client, organization, agent, open_hours, book, absence, address):
        open_hours(agent, MONDAY, rrule="FREQ=DAILY")
        appointment = book(TUESDAY, 9)
        absence()
        move = reverse("scheduling:appointment_move", args=[organization.slug, appointment.pk])

        week = client.get(move, {"next": f"{address}?raison=unavailable"})
        slot = week.context["days"][0]["groups"][0]["slots"][0]
        chosen = client.get(slot["url"])
        data = {name: chosen.wsgi_request.GET[name] for name in ("starts_at", "location", "calendar", "next")}
        response = client.post(move, data)

        assert "next=" in week.content.decode().split("Semaine suivante")[0].rsplit("href=", 1)[1]
        assert response["Location"] == f"{address}?raison=unavailable"

    @pytest.mark.parametrize("next_address", ["https://example.org/", "//example.org", "javascript:alert(1)"])
    def test_never_leads_away_from_the_site(self, client, organization, book, agent, next_address):
        appointment = book(TUESDAY, 9)
        move = reverse("scheduling:appointment_move", args=[organization.slug, appointment.pk])

        assert client.get(move, {"next": next_address}).context["back"] == ""


class TestKeepingOne:
    def test_from_its_page(self, client, organization, agent, book, absence):
        appointment = book(TUESDAY, 9)
        absence()

        response = client.post(reverse("scheduling:appointment_keep", args=[organization.slug, appointment.pk]))

        assert response["Location"] == reverse(
            "scheduling:appointment_detail", args=[organization.slug, appointment.pk]
        )
        assert not Conflict.objects.open(NOW).exists()

    def test_says_so_when_there_is_nothing_to_settle_any_longer(self, client, organization, agent, book):
        address = reverse("scheduling:appointment_keep", args=[organization.slug, book(TUESDAY, 9).pk])

        page = client.post(address, follow=True).content.decode()

        assert ConflictSettled.message in page
        assert "gardé tel quel" not in page

    def test_needs_a_post(self, client, organization, agent, book):
        address = reverse("scheduling:appointment_keep", args=[organization.slug, book(TUESDAY, 9).pk])

        assert client.get(address).status_code == 405


def test_an_administrator_settles_for_everybody(client, organization, book, absence, address):
    appointment = book(TUESDAY, 9)
    absence()
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))

    send(client, address, form_of(client.get(address, {"pour_tous": Act.UNSCHEDULE})))

    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.UNSCHEDULED
