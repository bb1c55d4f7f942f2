"""« Pourquoi aucun créneau ? » agrees with the searches, names what its reader may know, and nothing else."""

from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from organizations.models import Membership, Motif
from scheduling.engine.explanation import Rule
from scheduling.models import Calendar
from scheduling.selectors.explanation import explain
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.holds import take_hold
from tests.conftest import EXAMPLES_IN_A_DATABASE
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_closure,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_unavailability,
    make_unit,
    paris,
)
from tests.scheduling.selectors.test_slots_against_the_core import DAY, World

pytestmark = pytest.mark.django_db


@given(st.data())
@settings(max_examples=EXAMPLES_IN_A_DATABASE, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_what_remains_is_what_a_search_offers(data):
    with transaction.atomic():
        draw = data.draw
        world = World(draw)
        if draw(st.booleans()):
            world.hold(draw)
        membership = Membership.of_territory_admin(make_agent(), world.organization)
        motif = draw(st.sampled_from(world.motifs))
        option = make_option(motif=motif, duration=timedelta(minutes=20)) if draw(st.booleans()) else None
        demand = Demand(motif, option, draw(st.integers(1, 3)))
        day = DAY + timedelta(days=draw(st.integers(-2, 10)))
        for_agent = draw(st.booleans())
        start = datetime.combine(day, time(0), world.organization.zone)

        explanation = explain(
            demand,
            [Calendar.objects.get(pk=calendar.pk) for calendar in world.calendars],
            membership=membership,
            day=day,
            now=world.now,
            for_agent=for_agent,
            referent_ids=[calendar.agent_id for calendar in world.calendars],
        )

        occurrences = [shown.timeline for found in explanation.calendars for shown in found.timelines]
        offered = offered_slots(
            [demand],
            start=start - timedelta(days=1),
            end=start + timedelta(days=3),
            now=world.now,
            for_agent=for_agent,
            calendar_ids=[calendar.pk for calendar in world.calendars],
        )
        assert sorted((line.opening_id, slot) for line in occurrences for slot in line.slots) == sorted(
            (slot.opening_id, slot.starts_at)
            for slot in offered
            if any(
                line.opening_id == slot.opening_id and line.interval.start <= slot.starts_at < line.interval.end
                for line in occurrences
            )
        )
        transaction.set_rollback(True)


@pytest.fixture
def motif():
    return make_motif(organization=make_organization(), name="Dossier", pause=timedelta(minutes=10))


@pytest.fixture
def calendar(motif):
    return make_calendar(organization=motif.organization)


def told(motif, calendar, *, day=MONDAY, membership=None, **arguments):
    """« 09:00-09:30 Occupé » for each piece; free ones say their starts."""
    membership = membership or Membership.of_territory_admin(make_agent(), motif.organization)
    calendar = Calendar.objects.for_display().get(pk=calendar.pk)
    arguments = {"now": NOW} | arguments
    demand = Demand(motif, arguments.pop("option", None), arguments.pop("persons", 1))
    (found,) = explain(demand, [calendar], membership=membership, day=day, **arguments).calendars
    zone = motif.organization.zone
    return [
        " ".join(
            [
                f"{piece.interval.start.astimezone(zone):%H:%M}-{piece.interval.end.astimezone(zone):%H:%M}",
                " + ".join(reason.label or reason.rule for reason in piece.reasons)
                or " ".join(f"{start.astimezone(zone):%H:%M}" for start in piece.starts),
            ]
        ).replace("\u00a0", " ")
        for shown in found.timelines
        for piece in shown.timeline.pieces
    ]


class TestWhatIsSaid:
    def test_an_rdv_has_its_name_and_its_pause(self, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], end_time=time(10, 30))
        appointment = make_appointment(motif=motif, calendar=calendar)

        assert told(motif, calendar) == [
            f"09:00-09:30 Rendez-vous : Dossier, {appointment.people}",
            "09:30-09:40 Pause de 10 min après un rendez-vous",
            "09:40-10:20 09:40",
            "10:20-10:30 too_short",
        ]

    def test_an_rdv_of_another_organization_is_occupied_without_a_name(self, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], end_time=time(10))
        elsewhere = make_motif(organization=make_organization(), name="Secret")
        make_appointment(motif=elsewhere, calendar=calendar)
        make_unavailability(calendar=calendar, organization=elsewhere.organization, title="Secret", end_time=time(10))

        said = told(motif, calendar)

        assert said == ["09:00-09:30 Indisponible + Occupé", "09:30-10:00 Indisponible"]

    def test_an_rdv_of_another_service_is_occupied_without_a_name(self, motif):
        territory = motif.organization.territory
        social, pmi = make_unit(territory=territory), make_unit(territory=territory)
        both = make_agent(organization=motif.organization, units=[social, pmi])
        reader = make_agent(organization=motif.organization, units=[social])
        hidden = make_motif(organization=motif.organization, units=[pmi], name="Secret")
        make_opening(calendar=both.calendar, motifs=[motif], end_time=time(9, 30))
        make_opening(calendar=both.calendar, motifs=[hidden], start_time=time(14), end_time=time(15))
        make_appointment(motif=hidden, calendar=both.calendar)

        said = told(motif, both.calendar, membership=reader.memberships.get())

        assert said == ["09:00-09:30 Occupé", "14:00-15:00 Plage sans ce motif"]

    def test_an_unavailability_has_its_title(self, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], end_time=time(10))
        make_unavailability(calendar=calendar, organization=motif.organization, title="Formation", end_time=time(9, 30))

        assert told(motif, calendar)[0] == "09:00-09:30 Indisponibilité : Formation"

    def test_a_hold_says_until_when(self, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], end_time=time(9, 40))
        take_hold(
            demand=Demand(motif),
            starts_at=paris(MONDAY, 9),
            location_id=None,
            visitor_key=uuid4(),
            client_hash="here",
            now=NOW,
        )

        assert told(motif, calendar)[:2] == [
            "09:00-09:30 Retenu par un visiteur, jusqu'à 7 h 10 au plus",
            "09:30-09:40 Pause de 10 min après un créneau retenu",
        ]
        assert told(motif, calendar, now=NOW + timedelta(minutes=10))[0] == "09:00-09:40 09:00"

    def test_a_closed_day_says_why(self, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], rrule="FREQ=DAILY", end_time=time(10))
        make_closure(organization=motif.organization, label="Inventaire")

        assert told(motif, calendar) == ["09:00-10:00 Fermeture : Inventaire"]
        assert told(motif, calendar, day=MONDAY + timedelta(days=6)) == ["09:00-10:00 Fermé le dimanche"]
        easter = MONDAY + timedelta(days=35)
        assert told(motif, calendar, day=easter) == ["09:00-10:00 Jour férié : Lundi de Pâques"]

    def test_places_that_are_closed_or_hidden(self, motif, calendar):
        closed = make_location(organization=motif.organization, name="Annexe", closed_at=NOW)
        hidden = make_location(organization=motif.organization, name="Arrière-salle", is_visible_on_portal=False)
        make_opening(calendar=calendar, motifs=[motif], location=closed, end_time=time(9, 30))
        make_opening(calendar=calendar, motifs=[motif], location=hidden, start_time=time(10), end_time=time(10, 30))

        assert told(motif, calendar) == ["09:00-09:30 Lieu fermé : Annexe", "10:00-10:30 10:00"]
        assert told(motif, calendar, for_agent=False)[1] == "10:00-10:30 Lieu caché du portail : Arrière-salle"

    def test_an_archived_desk_and_an_archived_motif(self, motif):
        desk = make_desk(organization=motif.organization)
        make_opening(calendar=desk.calendar, motifs=[motif], location=desk.location, end_time=time(10))
        desk.archived_at = NOW
        desk.save()
        motif.archived_at = NOW
        motif.save()

        assert told(motif, desk.calendar) == ["09:00-10:00 Motif archivé + Guichet archivé"]

    def test_a_follow_up_needs_the_referent(self, calendar):
        motif = make_motif(organization=make_organization(), is_follow_up=True)
        make_opening(calendar=calendar, motifs=[motif], end_time=time(9, 30), organization=motif.organization)

        assert told(motif, calendar) == ["09:00-09:30 Motif de suivi : aucun agent référent choisi"]
        assert told(motif, calendar, referent_ids=[0]) == [
            "09:00-09:30 Motif de suivi : pas l'agenda d'un agent référent de l'usager"
        ]
        assert told(motif, calendar, referent_ids=[calendar.agent_id]) == ["09:00-09:30 09:00"]

    def test_a_collective_motif_has_dates_and_no_slots(self, calendar):
        motif = make_motif(organization=make_organization(), is_collective=True)
        make_opening(calendar=calendar, motifs=[motif], end_time=time(10), organization=motif.organization)

        assert told(motif, calendar) == ["09:00-10:00 Motif collectif : des dates avec des places, pas de créneaux"]

    def test_what_is_asked_for_several_persons_does_not_fit(self, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], end_time=time(10))

        assert told(motif, calendar, persons=3) == ["09:00-10:00 too_short"]


def test_the_day_without_opening_knows_why_and_the_next_one(motif, calendar):
    make_opening(
        calendar=calendar, motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO", excluded_days=[MONDAY + timedelta(days=7)]
    )
    make_opening(calendar=calendar, organization=motif.organization, first_day=TUESDAY)
    membership = Membership.of_territory_admin(make_agent(), motif.organization)

    def on(day):
        return explain(Demand(motif), [calendar], membership=membership, day=day, now=NOW).calendars[0]

    tuesday, removed = on(TUESDAY), on(MONDAY + timedelta(days=7))

    assert not tuesday.has_opening_of_motif
    assert [shown.carries_motif for shown in tuesday.timelines] == [False]
    assert tuesday.next_day == MONDAY + timedelta(days=14)
    assert tuesday.absences == []
    assert [absence.rule for absence in removed.absences] == [Rule.EXCLUDED_DAY]


def test_hours_opened_in_another_organization_are_not_told(motif, calendar):
    make_opening(calendar=calendar, motifs=[make_motif(organization=make_organization())])

    assert told(motif, calendar) == []


@pytest.mark.parametrize("calendars", [1, 5])
def test_queries_do_not_grow(calendars, django_assert_num_queries):
    organization = make_organization()
    motif = make_motif(organization=organization, location_kind=Motif.LocationKind.PHONE)
    membership = Membership.of_territory_admin(make_agent(), organization)
    rows = []
    for _ in range(calendars):
        calendar = make_calendar(organization=organization)
        for hour in range(9, 9 + calendars):
            make_opening(calendar=calendar, motifs=[motif], start_time=time(hour), end_time=time(hour + 1))
            make_appointment(motif=motif, calendar=calendar, starts_at=paris(MONDAY, hour))
            make_unavailability(
                calendar=calendar, organization=organization, start_time=time(hour, 40), end_time=time(hour, 50)
            )
        rows.append(Calendar.objects.for_display().get(pk=calendar.pk))

    with django_assert_num_queries(10):
        explain(Demand(motif), rows, membership=membership, day=MONDAY, now=NOW)
