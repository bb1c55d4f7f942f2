"""One field of many motifs: the preview is the result, the undo restores, and more rows cost no more queries."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from organizations.models import Motif, Organization, PartnerType
from scheduling.engine.delays import Delay
from scheduling.engine.typography import NBSP
from scheduling.exceptions import BulkEditRefused, PreviewOutdated
from scheduling.models import Calendar, FreeWindow, MotifBulkEdit
from scheduling.motif_fields import BULK_FIELDS, Mode
from scheduling.selectors.availability import WindowRow, core_rows
from scheduling.selectors.motif_bulk_edits import plan_bulk_edit
from scheduling.services.motif_bulk_edits import apply_bulk_edit, undo_bulk_edit
from scheduling.services.motifs import change_motif
from scheduling.services.recomputation import MOST_CALENDARS_AT_ONCE, refresh_stale_calendars
from scheduling.services.windows import first_kept_day
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db

ORGANIZATIONS, MOTIFS = 40, 200


@pytest.fixture
def territory():
    return make_territory()


@pytest.fixture
def agent():
    return make_agent()


def motifs_of(territory):
    return Motif.objects.for_territory(territory)


def plan(motifs, name, value, mode=Mode.REPLACE):
    field = BULK_FIELDS[name]
    return plan_bulk_edit(motifs=motifs, field=field, value=field.kept(value), mode=mode)


def edit(territory, agent, name, value, *, motifs=None, mode=Mode.REPLACE, expected=None, now=NOW):
    field, motifs = BULK_FIELDS[name], motifs_of(territory) if motifs is None else motifs
    return apply_bulk_edit(
        territory=territory,
        motifs=motifs,
        field=field,
        value=field.kept(value),
        mode=mode,
        expected=expected or plan(motifs, name, value, mode).fingerprint,
        made_by=agent,
        now=now,
    )


def values(territory, name):
    field = BULK_FIELDS[name]
    motifs = motifs_of(territory).order_by("pk").prefetch_related("units", "partner_types")
    return {motif.pk: field.of(motif) for motif in motifs}


def undo(made, agent, now=NOW):
    return undo_bulk_edit(edit=made, undone_by=agent, now=now)


def make_motifs(territory, *, organizations, motifs, **fields):
    """Spread evenly, by two statements; every third lasts 30 minutes and is listed, the others 45 and are not."""
    made = Organization.objects.bulk_create(
        Organization(territory=territory, name=f"Commune {n:03}", slug=f"{territory.slug}-commune-{n}")
        for n in range(organizations)
    )
    return Motif.objects.bulk_create(
        Motif(
            organization=made[n % organizations],
            name=f"Motif {n:03}",
            slug=f"motif-{n}",
            **{
                "duration": timedelta(minutes=45 if n % 3 else 30),
                "booking_audience": Motif.BookingAudience.AGENTS if n % 3 else Motif.BookingAudience.EVERYONE,
                "minimum_delay": timedelta(hours=n % 5),
            }
            | fields,
        )
        for n in range(motifs)
    )


def assert_windows_are_the_cores(calendars):
    until = dict(Calendar.objects.filter(pk__in=calendars).order_by("pk").values_list("pk", "windows_until"))
    first_day = first_kept_day(NOW)
    rows = core_rows(until, first_day=first_day, last_day=max(until.values()), now=NOW)
    expected = {row for row in rows if row.local_day <= until[row.calendar_id]}
    kept = FreeWindow.objects.filter(calendar__in=calendars).order_by("pk").values_list(*WindowRow._fields)
    assert {WindowRow(*row) for row in kept} == expected


@pytest.fixture
def wide(territory):
    return make_motifs(territory, organizations=ORGANIZATIONS, motifs=MOTIFS)


class TestTwoHundredMotifsOverFortyOrganizations:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("duration", timedelta(minutes=30)),
            ("booking_audience", Motif.BookingAudience.LINK),
            ("maximum", Delay(timedelta(days=20))),
            ("minimum_delay", timedelta(hours=3)),
            ("reminder_lead_times", [timedelta(hours=48), timedelta(hours=6)]),
            ("instructions_before", "Apportez une pièce d'identité."),
            ("citizen_may_cancel", False),
            ("archived", True),
        ],
    )
    def test_get_what_the_preview_said_and_get_it_back(self, territory, agent, wide, name, value):
        before = values(territory, name)
        preview = plan(motifs_of(territory), name, value)

        made = edit(territory, agent, name, value, expected=preview.fingerprint)

        after = values(territory, name)
        assert len(preview.rows) == MOTIFS
        assert len({row.motif.organization_id for row in preview.rows}) == ORGANIZATIONS
        told = {row.motif.pk: BULK_FIELDS[name].settled(row.after, NOW) for row in preview.rows}
        assert after == told
        assert {row.motif.pk for row in preview.changed} == {pk for pk in before if before[pk] != after[pk]}
        assert len(made.changes) == len(preview.changed)

        undone = undo(made, agent)

        assert values(territory, name) == before
        assert (len(undone.changed), undone.refused) == (len(preview.changed), [])

    @pytest.mark.parametrize("mode", Mode)
    def test_lists_are_replaced_added_to_or_taken_from(self, territory, agent, wide, mode):
        pmi, social, young = (make_unit(territory=territory, name=name) for name in ("PMI", "Social", "Jeunesse"))
        through = Motif.units.through
        through.objects.bulk_create(
            through(motif_id=motif.pk, serviceunit_id=unit.pk)
            for n, motif in enumerate(wide)
            for unit in (pmi, social)[: n % 3]
        )
        before = values(territory, "units")
        preview = plan(motifs_of(territory), "units", [social, young], mode)

        made = edit(territory, agent, "units", [social, young], mode=mode, expected=preview.fingerprint)

        after = values(territory, "units")
        meant = {
            Mode.REPLACE: lambda had: {social.pk, young.pk},
            Mode.ADD: lambda had: had | {social.pk, young.pk},
            Mode.REMOVE: lambda had: had - {social.pk, young.pk},
        }
        assert {pk: set(had) for pk, had in after.items()} == {pk: meant[mode](set(had)) for pk, had in before.items()}
        assert after == {row.motif.pk: row.after for row in preview.rows}

        undo(made, agent)
        assert values(territory, "units") == before

    def test_a_pause_reaches_the_windows_of_every_calendar_that_books_them(self, territory, agent, wide):
        booked = wide[:6]
        calendars = []
        for motif in booked:
            opening = make_opening(motifs=[motif], first_day=MONDAY + timedelta(days=1), rrule="FREQ=WEEKLY;BYDAY=TU")
            calendars.append(opening.calendar_id)
            make_appointment(
                motif=motif,
                calendar=opening.calendar,
                location=opening.location,
                starts_at=paris(MONDAY + timedelta(days=1), 10),
            )
        windows = set(FreeWindow.objects.order_by("pk").values_list("calendar", "starts_at", "ends_at"))

        made = edit(territory, agent, "pause", timedelta(minutes=20))

        assert Motif.objects.filter(pause=timedelta(minutes=20)).count() == MOTIFS
        assert set(FreeWindow.objects.order_by("pk").values_list("calendar", "starts_at", "ends_at")) != windows
        assert not Calendar.objects.filter(windows_stale_since__isnull=False).exists()
        assert_windows_are_the_cores(calendars)

        undo(made, agent)
        assert set(FreeWindow.objects.order_by("pk").values_list("calendar", "starts_at", "ends_at")) == windows
        assert_windows_are_the_cores(calendars)

    def test_a_longer_horizon_on_many_calendars_waits_for_its_batch_and_is_never_stale(self, territory, agent, wide):
        location = make_location(organization=wide[0].organization)
        calendars = [
            make_opening(motifs=[wide[0]], location=location, rrule="FREQ=MONTHLY;BYDAY=1MO").calendar_id
            for _ in range(MOST_CALENDARS_AT_ONCE + 1)
        ]
        until = Calendar.objects.get(pk=calendars[0]).windows_until

        edit(territory, agent, "maximum", Delay(months=6))

        assert Calendar.objects.filter(pk__in=calendars, windows_stale_since=NOW).count() == len(calendars)
        refresh_stale_calendars(now=NOW)
        assert Calendar.objects.get(pk=calendars[0]).windows_until > until
        assert_windows_are_the_cores(calendars)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("duration", timedelta(minutes=60)),
            ("pause", timedelta(minutes=10)),
            ("maximum", Delay(months=2)),
            ("location_kind", "phone"),
            ("name", "Accueil"),
            ("units", None),
            ("archived", True),
        ],
    )
    def test_cost_as_many_queries_as_four(self, agent, name, value):
        costs = []
        for organizations, motifs in ((2, 4), (ORGANIZATIONS, MOTIFS)):
            territory = make_territory()
            made = make_motifs(territory, organizations=organizations, motifs=motifs)
            make_opening(motifs=made[:1])
            chosen = [make_unit(territory=territory), make_unit(territory=territory)] if name == "units" else value
            with CaptureQueriesContext(connection) as preview:
                fingerprint = plan(motifs_of(territory), name, chosen).fingerprint
            with CaptureQueriesContext(connection) as applied:
                done = edit(territory, agent, name, chosen, expected=fingerprint)
            with CaptureQueriesContext(connection) as undone:
                if done:
                    undo(done, agent)
            costs.append((len(preview), len(applied), len(undone)))

        assert costs[0] == costs[1]
        assert costs[1][0] <= 3
        assert costs[1][1] <= 30


class TestThePreview:
    def test_tells_what_changes_what_stays_and_what_is_refused_in_words(self, territory):
        make_motifs(territory, organizations=2, motifs=3)
        motifs_of(territory).filter(name="Motif 001").update(archived_at=NOW)

        preview = plan(motifs_of(territory), "duration", timedelta(minutes=30))

        told = [(row.motif.name, row.before_words, row.after_words) for row in (*preview.changed, *preview.unchanged)]
        assert told == [
            ("Motif 002", f"45{NBSP}min", f"30{NBSP}min"),
            ("Motif 000", f"30{NBSP}min", f"30{NBSP}min"),
        ]
        assert [row.motif.name for row in preview.refused] == ["Motif 001"]
        assert "archivé" in preview.refused[0].refusal

    @pytest.mark.parametrize(("name", "value"), [("location_kind", "phone"), ("is_collective", True)])
    def test_refuses_what_an_appointment_froze(self, territory, agent, name, value):
        booked, free = make_motifs(territory, organizations=1, motifs=2)
        make_appointment(motif=booked)

        made = edit(territory, agent, name, value)

        assert [change["motif"] for change in made.changes] == [free.pk]
        assert "Des rendez-vous existent" in plan(motifs_of(territory), name, value).refused[0].refusal

    def test_refuses_on_site_where_an_opening_has_no_place(self, territory):
        motif, _ = make_motifs(territory, organizations=1, motifs=2, location_kind="phone")
        make_opening(motifs=[motif], location=None)

        (row,) = plan(motifs_of(territory), "location_kind", "on_site").refused

        assert (row.motif, row.refusal) == (motif, "Une plage d'ouverture qui le porte n'a pas de lieu.")

    def test_refuses_a_maximum_delay_within_the_minimum_and_the_reverse(self, territory, agent):
        motifs = make_motifs(territory, organizations=1, motifs=2)
        motifs_of(territory).filter(pk=motifs[0].pk).update(minimum_delay=timedelta(days=10))

        (row,) = plan(motifs_of(territory), "maximum", Delay(timedelta(days=10))).refused
        assert (row.motif, f"10{NBSP}jours" in row.refusal) == (motifs[0], True)
        edit(territory, agent, "maximum", Delay(timedelta(days=10)))
        assert len(plan(motifs_of(territory), "minimum_delay", timedelta(days=10)).refused) == 1

    def test_refuses_a_name_that_the_organization_has_or_would_have_twice(self, territory):
        twins = make_motifs(territory, organizations=1, motifs=2)
        make_motif(organization=twins[0].organization, name="Accueil")

        taken = plan(motifs_of(territory).filter(pk=twins[0].pk), "name", "accueil")
        twice = plan(motifs_of(territory).filter(pk__in=[motif.pk for motif in twins]), "name", "Autre")

        assert (len(taken.refused), len(twice.refused)) == (1, 2)

    def test_once_outdated_applies_nothing(self, territory, agent):
        motifs = make_motifs(territory, organizations=2, motifs=4)
        seen = plan(motifs_of(territory), "duration", timedelta(minutes=30)).fingerprint
        motifs_of(territory).filter(pk=motifs[1].pk).update(duration=timedelta(minutes=60))
        before = values(territory, "duration")

        with pytest.raises(PreviewOutdated):
            edit(territory, agent, "duration", timedelta(minutes=30), expected=seen)

        assert values(territory, "duration") == before
        assert not MotifBulkEdit.objects.exists()

    def test_of_another_value_or_other_motifs_is_no_leave(self, territory, agent):
        make_motifs(territory, organizations=2, motifs=4)
        seen = plan(motifs_of(territory), "duration", timedelta(minutes=30)).fingerprint

        for changed in ({"value": timedelta(minutes=31)}, {"motifs": motifs_of(territory).filter(name="Motif 001")}):
            with pytest.raises(PreviewOutdated):
                edit(territory, agent, "duration", expected=seen, **{"value": timedelta(minutes=30)} | changed)

    def test_never_reaches_into_another_territory(self, territory, agent):
        elsewhere = make_motif()

        with pytest.raises(PreviewOutdated):
            edit(territory, agent, "duration", timedelta(minutes=50), motifs=Motif.objects.all())

        elsewhere.refresh_from_db()
        assert elsewhere.duration == timedelta(minutes=30)

    def test_that_changes_nothing_leaves_nothing_to_undo(self, territory, agent):
        make_motifs(territory, organizations=1, motifs=2, pause=timedelta(0))

        assert edit(territory, agent, "pause", timedelta(0)) is None
        assert not MotifBulkEdit.objects.exists()


class TestTheUndo:
    def test_leaves_alone_what_was_changed_since_and_says_so(self, territory, agent):
        first, second = make_motifs(territory, organizations=1, motifs=2, duration=timedelta(minutes=45))
        made = edit(territory, agent, "duration", timedelta(minutes=30))
        motifs_of(territory).filter(pk=first.pk).update(duration=timedelta(minutes=20))

        undone = undo(made, agent)

        assert values(territory, "duration") == {first.pk: 20 * 60, second.pk: 45 * 60}
        assert [(row.motif, row.refusal) for row in undone.refused] == [(first, "Modifié depuis.")]
        made.refresh_from_db()
        assert [change.get("left_alone") for change in made.changes] == ["Modifié depuis.", None]

    def test_happens_once(self, territory, agent):
        make_motifs(territory, organizations=1, motifs=1)
        made = edit(territory, agent, "duration", timedelta(minutes=50))
        undo(made, agent)
        edited_again = edit(territory, agent, "duration", timedelta(minutes=50))

        with pytest.raises(BulkEditRefused):
            undo(made, agent)

        assert set(values(territory, "duration").values()) == {50 * 60}
        assert undo(edited_again, agent).changed

    def test_is_for_the_last_edit_of_the_territory_or_ones_own_last(self, territory, agent):
        make_motifs(territory, organizations=1, motifs=1)
        colleague, third = make_agent(), make_agent()
        first = edit(territory, agent, "duration", timedelta(minutes=50))
        second = edit(territory, colleague, "max_persons", 2)

        undoable = MotifBulkEdit.objects.for_territory(territory).undoable_by
        assert list(undoable(agent)) == [second, first]
        assert list(undoable(third)) == list(undoable(colleague)) == [second]
        with pytest.raises(BulkEditRefused):
            undo(first, third)
        undo(first, agent)
        assert list(undoable(agent)) == [second]

    def test_keeps_to_what_is_frozen_and_to_the_delays(self, territory, agent):
        (motif,) = make_motifs(territory, organizations=1, motifs=1, location_kind="phone")
        made = edit(territory, agent, "location_kind", "on_site")
        make_appointment(motif=Motif.objects.get(pk=motif.pk))
        assert "Des rendez-vous existent" in undo(made, agent).refused[0].refusal

        made = edit(territory, agent, "maximum", Delay(timedelta(days=20)))
        motifs_of(territory).update(minimum_delay=timedelta(days=5))
        MotifBulkEdit.objects.filter(pk=made.pk).update(
            changes=[change | {"before": [timedelta(days=2).total_seconds(), 0]} for change in made.changes]
        )
        made.refresh_from_db()
        assert "délai minimum" in undo(made, agent).refused[0].refusal

    def test_gives_back_no_service_that_is_gone(self, territory, agent):
        gone, stays = (PartnerType.objects.create(territory=territory, name=name) for name in ("CAF", "CCAS"))
        (motif,) = make_motifs(territory, organizations=1, motifs=1)
        motif.partner_types.set([gone])
        made = edit(territory, agent, "partner_types", [stays])
        gone.delete()

        undone = undo(made, agent)

        assert [row.refusal for row in undone.refused] == [
            "Un des services ou types de partenaire d'avant n'existe plus."
        ]
        assert list(motif.partner_types.all()) == [stays]

    def test_gives_back_the_instant_of_archiving(self, territory, agent):
        old, used = make_motifs(territory, organizations=1, motifs=2)
        motifs_of(territory).filter(pk=old.pk).update(archived_at=NOW - timedelta(days=9))
        made = edit(territory, agent, "archived", False)
        assert not motifs_of(territory).exclude(archived_at=None).exists()

        undo(made, agent)

        old.refresh_from_db()
        used.refresh_from_db()
        assert (old.archived_at, used.archived_at) == (NOW - timedelta(days=9), None)

    def test_cannot_be_by_nobody(self, territory, agent):
        make_motifs(territory, organizations=1, motifs=1)
        made = edit(territory, agent, "duration", timedelta(minutes=50))

        with pytest.raises(IntegrityError), transaction.atomic():
            MotifBulkEdit.objects.filter(pk=made.pk).update(undone_at=NOW)


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def run(self, *acts):
        barrier = Barrier(len(acts))

        def go(act):
            try:
                barrier.wait()
                return act()
            except (PreviewOutdated, BulkEditRefused) as error:
                return type(error)
            finally:
                connection.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(go, acts))

    def test_two_people_who_edit_the_same_motifs_wait_for_each_other_and_both_may_undo(self):
        territory = make_territory()
        make_motifs(territory, organizations=8, motifs=40)
        one, other = make_agent(), make_agent()
        forwards, backwards = motifs_of(territory).order_by("pk"), motifs_of(territory).order_by("-pk")
        before = values(territory, "duration"), values(territory, "pause")

        for _ in range(3):
            made = self.run(
                lambda: edit(territory, one, "pause", timedelta(minutes=15), motifs=forwards),
                lambda: edit(territory, other, "duration", timedelta(minutes=25), motifs=backwards),
            )
            assert all(isinstance(each, MotifBulkEdit) for each in made)
            undone = self.run(partial(undo, made[0], one), partial(undo, made[1], other))
            assert [plan.refused for plan in undone] == [[], []]
            assert (values(territory, "duration"), values(territory, "pause")) == before

    def test_two_edits_of_one_field_follow_each_other_or_show_the_second_what_is_new(self):
        territory = make_territory()
        make_motifs(territory, organizations=4, motifs=12, duration=timedelta(minutes=45))
        one, other = make_agent(), make_agent()
        seen = {
            minutes: plan(motifs_of(territory), "duration", timedelta(minutes=minutes)).fingerprint
            for minutes in (20, 25)
        }

        made = self.run(
            lambda: edit(territory, one, "duration", timedelta(minutes=20), expected=seen[20]),
            lambda: edit(territory, other, "duration", timedelta(minutes=25), expected=seen[25]),
        )

        (done,) = (each for each in made if each is not PreviewOutdated)
        assert PreviewOutdated in made
        assert set(values(territory, "duration").values()) == {done.changes[0]["after"]}

    def test_an_undo_pressed_twice_undoes_once(self):
        territory = make_territory()
        make_motifs(territory, organizations=2, motifs=6, duration=timedelta(minutes=45))
        agent = make_agent()
        made = edit(territory, agent, "duration", timedelta(minutes=20))

        outcomes = self.run(lambda: undo(made, agent), lambda: undo(made, agent))

        assert outcomes.count(BulkEditRefused) == 1
        assert set(values(territory, "duration").values()) == {45 * 60}

    def test_a_bulk_edit_and_the_form_of_one_motif_never_lock_each_other(self):
        territory = make_territory()
        motifs = make_motifs(territory, organizations=3, motifs=6)
        opened = [make_opening(motifs=[motif]) for motif in motifs[:3]]
        agent = make_agent()

        self.run(
            lambda: edit(territory, agent, "pause", timedelta(minutes=15)),
            *(
                lambda motif=motif: change_motif(
                    motif=Motif.objects.get(pk=motif.pk),
                    now=NOW,
                    options=[],
                    questions=[],
                    units=[],
                    partner_types=[],
                    pause=timedelta(minutes=5),
                )
                for motif in motifs[:3]
            ),
        )

        assert_windows_are_the_cores([opening.calendar_id for opening in opened])


def test_organizations_of_one_motif_only_are_asked_once(territory, django_assert_num_queries):
    make_organization(territory=territory)
    make_motifs(territory, organizations=3, motifs=9)
    with django_assert_num_queries(1):
        assert len(plan(motifs_of(territory), "duration", timedelta(minutes=30)).rows) == 9
