"""Pages of the motifs: sections, typed durations, options and questions, what is frozen, archiving."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership, Motif, MotifQuestion, PartnerType
from tests.factories import (
    NOW,
    make_agent,
    make_appointment,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
    make_unit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture(autouse=True)
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


def url(name, organization, pk=None):
    return reverse(f"scheduling:motif_{name}", args=[organization.slug, *([pk] if pk else [])])


def rows(prefix, lines):
    posted = {f"{prefix}-TOTAL_FORMS": len(lines), f"{prefix}-INITIAL_FORMS": sum("id" in line for line in lines)}
    for number, line in enumerate(lines):
        posted |= {f"{prefix}-{number}-{name}": value for name, value in line.items()}
    return posted


def typed(*, options=(), questions=(), **fields):
    return (
        {
            "name": "Accueil social",
            "color": "#1d4f91",
            "duration": "45",
            "max_persons": "1",
            "location_kind": "on_site",
            "booking_audience": "everyone",
            "minimum_delay": "2h",
            "maximum": "2m",
            "change_deadline": "1j",
        }
        | rows("options", options)
        | rows("questions", questions)
        | fields
    )


def text(response):
    page = response.content.decode()
    return page.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


def add(client, organization, **fields):
    return client.post(url("add", organization), typed(**fields))


class TestAdding:
    def test_writes_a_motif_with_what_was_typed(self, client, organization):
        unit = make_unit(territory=organization.territory)
        response = add(
            client,
            organization,
            units=[unit.pk],
            pause="1h30",
            reminder_lead_times="48h, 6h",
            options=[{"name": "CNI"}, {"name": "Passeport", "duration": "30"}, {"name": ""}],
            questions=[{"label": "Quartier", "kind": "choice", "choices": "Nord\nSud\n\nNord"}],
        )

        assert response.status_code == 302
        motif = Motif.objects.get()
        assert (motif.organization, motif.slug, list(motif.units.all())) == (organization, "accueil-social", [unit])
        assert (motif.duration, motif.pause) == (timedelta(minutes=45), timedelta(minutes=90))
        assert (motif.minimum_delay, motif.change_deadline) == (timedelta(hours=2), timedelta(days=1))
        assert (motif.maximum_delay, motif.maximum_delay_months) == (None, 2)
        assert motif.reminder_lead_times == [timedelta(hours=48), timedelta(hours=6)]
        assert [(o.name, o.duration) for o in motif.options.all()] == [
            ("CNI", None),
            ("Passeport", timedelta(minutes=30)),
        ]
        assert motif.questions.get().choices == ["Nord", "Sud"]

    def test_takes_a_maximum_delay_in_days_as_elapsed_time(self, client, organization):
        add(client, organization, maximum="90")

        motif = Motif.objects.get()
        assert (motif.maximum_delay, motif.maximum_delay_months) == (timedelta(days=90), None)

    @pytest.mark.parametrize(
        ("fields", "field", "sentence"),
        [
            ({"name": ""}, "name", "Donnez le nom du motif."),
            ({"duration": ""}, "duration", "Donnez la durée du rendez-vous."),
            ({"duration": "bientôt"}, "duration", "n'est pas une durée"),
            ({"duration": "3"}, "duration", "trop court"),
            ({"duration": "13h"}, "duration", "trop long"),
            ({"pause": "un peu"}, "pause", "n'est pas une durée"),
            ({"minimum_delay": "2 mois"}, "minimum_delay", "en minutes, en heures"),
            ({"maximum": "13m"}, "maximum", "trop long"),
            ({"maximum": "1j", "minimum_delay": "3j"}, "maximum", "doit dépasser le délai minimum"),
            ({"max_persons": "21"}, "max_persons", ""),
            ({"max_upcoming": "51"}, "max_upcoming", ""),
            ({"color": "rouge"}, "color", "Écrivez la couleur sous la forme"),
            ({"reminder_lead_times": "demain"}, "reminder_lead_times", "n'est pas une durée"),
        ],
    )
    def test_tells_a_wrong_entry_beside_its_field_and_keeps_what_was_typed(
        self, client, organization, fields, field, sentence
    ):
        response = add(client, organization, category="Insertion", **fields)

        assert response.status_code == 422
        assert sentence in response.context["form"].errors[field][0]
        assert response.context["form"][field].value() == fields[field]
        assert 'value="Insertion"' in text(response)
        assert not Motif.objects.exists()

    @pytest.mark.parametrize(
        ("lists", "sentence"),
        [
            ({"options": [{"name": "CNI"}, {"name": "cni"}]}, "Cette ligne est déjà dans la liste."),
            ({"options": [{"duration": "30"}]}, "Donnez le nom de l'option."),
            ({"options": [{"name": "CNI", "duration": "vite"}]}, "n'est pas une durée"),
            ({"questions": [{"label": "Q", "kind": "choice", "choices": "Un"}]}, "Donnez au moins deux choix"),
            ({"questions": [{"kind": "long"}]}, "Écrivez la question."),
        ],
    )
    def test_tells_what_is_wrong_in_the_lists(self, client, organization, lists, sentence):
        response = add(client, organization, **lists)

        assert response.status_code == 422
        assert sentence in text(response)
        assert not Motif.objects.exists()

    @pytest.mark.parametrize("field", ["units", "partner_types"])
    def test_refuses_what_belongs_to_another_territory(self, client, organization, field):
        make_unit(territory=organization.territory)
        PartnerType.objects.create(territory=organization.territory, name="Mairie")
        elsewhere = make_territory()
        forged = {
            "units": lambda: make_unit(territory=elsewhere),
            "partner_types": lambda: PartnerType.objects.create(territory=elsewhere, name="CAF"),
        }[field]()

        response = add(client, organization, **{field: [forged.pk]})

        assert response.status_code == 422
        assert field in response.context["form"].errors


class TestEditing:
    def shown(self, client, organization, motif):
        page = client.get(url("edit", organization, motif.pk))
        form = page.context["form"]
        fields = {n: v for n in form.fields if (v := form[n].value()) not in (None, False)}
        for formset in (page.context["options"], page.context["questions"]):
            lines = [
                {n: v for n in row.fields if (v := row[n].value()) not in (None, False)}
                for row in formset.initial_forms
            ]
            fields |= rows(formset.prefix, lines)
        return fields

    def test_shows_what_is_stored_and_changes_nothing_when_sent_back(self, client, organization):
        add(
            client,
            organization,
            pause="10",
            options=[{"name": "CNI", "duration": "20"}],
            questions=[{"label": "Quartier", "kind": "choice", "choices": "Nord\nSud"}],
        )
        motif = Motif.objects.get()
        before = (Motif.objects.values().get(), motif.options.values().get(), motif.questions.values().get())

        response = client.post(url("edit", organization, motif.pk), self.shown(client, organization, motif))

        assert response.status_code == 302
        assert (Motif.objects.values().get(), motif.options.values().get(), motif.questions.values().get()) == before

    def test_takes_an_option_away(self, client, organization):
        motif = make_motif(organization=organization)
        make_option(motif=motif, name="CNI")

        shown = self.shown(client, organization, motif) | {"options-0-DELETE": "on"}
        client.post(url("edit", organization, motif.pk), shown)

        assert motif.options.get().archived_at == NOW

    def test_what_is_frozen_cannot_be_changed_and_says_why(self, client, organization):
        motif = make_motif(organization=organization)
        make_appointment(motif=motif)

        assert "Des rendez-vous existent pour ce motif" in text(client.get(url("edit", organization, motif.pk)))
        shown = self.shown(client, organization, motif)
        client.post(url("edit", organization, motif.pk), shown | {"location_kind": "phone", "is_collective": "on"})

        motif.refresh_from_db()
        assert (motif.location_kind, motif.is_collective) == (Motif.LocationKind.ON_SITE, False)

    def test_of_a_sister_organization_does_not_exist(self, client, organization):
        theirs = make_motif(organization=make_organization(territory=organization.territory))

        for page in ("edit", "archive", "unarchive"):
            assert client.post(url(page, organization, theirs.pk), typed()).status_code == 404


class TestArchiving:
    def test_says_what_stays_in_numbers(self, client, organization):
        motif = make_motif(organization=organization)
        make_opening(motifs=[motif])
        make_opening(motifs=[motif, make_motif(organization=organization)])
        make_appointment(motif=motif)

        page = text(client.get(url("archive", organization, motif.pk)))

        assert "1 rendez-vous à venir reste et se tient." in page
        assert "2 plages d'ouverture le portent, dont 1 sans autre motif : elles restent." in page

    def test_and_back(self, client, organization):
        motif = make_motif(organization=organization)

        client.post(url("archive", organization, motif.pk), follow=True)
        motif.refresh_from_db()
        assert motif.archived_at == NOW
        assert motif.name not in text(client.get(url("list", organization)))
        assert motif.name in text(client.get(url("list", organization), {"archives": 1}))
        client.post(url("unarchive", organization, motif.pk))

        motif.refresh_from_db()
        assert motif.is_active

    def test_is_never_done_by_a_link(self, client, organization):
        motif = make_motif(organization=organization)

        client.get(url("archive", organization, motif.pk))

        assert client.get(url("unarchive", organization, motif.pk)).status_code == 405
        assert Motif.objects.get().is_active


class TestTheList:
    def test_says_who_may_book_how_long_and_what_is_missing(self, client, organization):
        motif = make_motif(
            organization=organization,
            name="Accueil",
            pause=timedelta(minutes=10),
            booking_audience=Motif.BookingAudience.LINK,
        )
        make_option(motif=motif)

        page = text(client.get(url("list", organization)))

        assert "Avec le lien" in page
        assert "30 min" in page
        assert "+ 10 min de pause" in page
        assert "aucune plage d'ouverture" in page

    def test_filters_by_name_or_category(self, client, organization):
        make_motif(organization=organization, name="Passeport", category="État civil")
        make_motif(organization=organization, name="Logement")

        page = text(client.get(url("list", organization), {"q": "civil"}))

        assert "Passeport" in page
        assert "Logement" not in page

    def test_belongs_to_the_organization_alone(self, client, organization):
        make_motif(organization=make_organization(territory=organization.territory), name="Ailleurs")

        assert "Ailleurs" not in text(client.get(url("list", organization)))

    @pytest.mark.parametrize("count", [1, 9])
    def test_costs_the_same_for_one_row_and_for_many(self, client, organization, assert_query_count, count):
        unit = make_unit(territory=organization.territory)
        for _ in range(count):
            make_option(motif=make_motif(organization=organization, units=[unit]))

        with assert_query_count("motif_list"):
            client.get(url("list", organization))


@pytest.mark.parametrize("count", [1, 9])
def test_the_form_costs_the_same_for_one_option_and_for_many(client, organization, assert_query_count, count):
    motif = make_motif(organization=organization)
    for number in range(count):
        make_option(motif=motif)
        make_unit(territory=organization.territory)
        MotifQuestion.objects.create(organization=organization, motif=motif, label=f"Question {number}")

    with assert_query_count("motif_edit"):
        client.get(url("edit", organization, motif.pk))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"maximum": "2m"}, "Compris : 2 mois"),
        ({"duration": "1h30"}, "Compris : 1 h 30"),
        ({"minimum_delay": "60m"}, "Compris : 1 h"),
        ({"pause": "abc"}, "« abc » n'est pas une durée."),
        ({"pause": ""}, '<p class="duration-reading"'),
        ({"unknown": "2m"}, '<p class="duration-reading"'),
    ],
)
def test_what_a_typed_duration_means_is_told_as_one_types(client, organization, data, expected):
    assert expected in text(client.get(url("duration", organization), data))
