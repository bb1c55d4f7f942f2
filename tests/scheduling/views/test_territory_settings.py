"""The settings of a territory on screen."""

from datetime import time
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from organizations.models import Territory
from scheduling.models import Conflict, FreeWindow
from scheduling.services.recomputation import MOST_CALENDARS_AT_ONCE
from tests.factories import (
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_opening,
    make_organization,
    make_territory,
    make_territory_admin,
    paris,
)
from tests.shown_forms import as_shown

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def territory():
    return make_territory(name="Le Pays")


@pytest.fixture
def admin(client, territory):
    admin = make_territory_admin(territory=territory)
    client.force_login(admin)
    return admin


@pytest.fixture
def settings_url(territory, admin):
    return reverse("scheduling:territory_settings", args=[territory.slug])


def text(response):
    page = response.content.decode()
    return page.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


def shown(client, url, **typed):
    return as_shown(client.get(url).context["form"], **typed)


class TestTheForm:
    def test_writes_what_is_typed(self, client, settings_url, territory):
        typed = shown(
            client,
            settings_url,
            name="Le Pays d'Artois",
            accent_color="#7a0019",
            support_email="aide@example.org",
            support_phone="03 21 12 34 56",
            sms_sender_name="PAYS",
            sms_price="0,0725",
            sms_number="06 44 63 00 00",
            sms_messaging_service=f" MG{'a' * 32} ",
            citizens_are_shared="on",
            citizen_retention_months="36",
        )

        assert client.post(settings_url, typed)["Location"] == settings_url

        territory.refresh_from_db()
        assert (territory.name, territory.accent_color) == ("Le Pays d'Artois", "#7a0019")
        assert (territory.support_email, territory.support_phone) == ("aide@example.org", "+33321123456")
        assert (territory.sms_sender_name, territory.citizens_are_shared) == ("PAYS", True)
        assert territory.sms_price == Decimal("0.0725")
        assert (territory.sms_number, territory.sms_messaging_service) == ("+33644630000", "MG" + "a" * 32)
        assert territory.citizen_retention_months == 36

    def test_sent_as_it_was_shown_changes_nothing(self, client, settings_url, territory, django_assert_max_num_queries):
        territory.support_phone = "+33321123456"
        territory.sms_price = Decimal("0.0725")
        territory.save()
        before = Territory.objects.filter(pk=territory.pk).values().get()
        response = client.get(settings_url)

        assert response.context["form"].has_changed() is False
        assert client.post(settings_url, as_shown(response.context["form"])).status_code == 302
        assert Territory.objects.filter(pk=territory.pk).values().get() == before

    @pytest.mark.parametrize(
        ("usual", "said"), [(None, "Vide : inconnu."), (Decimal("0.075"), "installation, 0,075 €.")]
    )
    def test_says_what_an_sms_costs_where_no_price_is_typed(
        self, client, settings, settings_url, territory, usual, said
    ):
        settings.SMS_PRICE_PER_SEGMENT = usual
        field = client.get(settings_url).context["form"].fields["sms_price"]

        assert said in field.help_text.replace("\N{NO-BREAK SPACE}", " ")
        assert territory.price_per_segment == usual

    def test_shows_the_address_and_never_changes_it(self, client, settings_url, territory):
        slug = territory.slug
        assert reverse("booking_portal:service_choice", args=[slug]) in text(client.get(settings_url))

        client.post(settings_url, shown(client, settings_url, slug="autre"))

        territory.refresh_from_db()
        assert territory.slug == slug

    @pytest.mark.parametrize(
        ("field", "typed", "sentence"),
        [
            ("name", "", "Donnez le nom"),
            ("time_zone", "Europe/Arras", "cette zone n'existe pas"),
            ("time_zone", "", "cette zone n'existe pas"),
            ("holiday_zone", "FR-62", "cette zone n'existe pas"),
            ("accent_color", "red", "Écrivez la couleur"),
            ("support_email", "aide", "courriel valide"),
            ("support_phone", "12", "Ce numéro n'existe pas"),
            ("sms_sender_name", "Éclair", "sans accent"),
            ("sms_price", "sept centimes", "quatre chiffres après la virgule"),
            ("sms_price", "0,07251", "quatre chiffres après la virgule"),
            ("sms_price", "100", "Moins de 100 euros"),
            ("sms_price", "NaN", "quatre chiffres après la virgule"),
            ("sms_price", "-0,07", "pas négatif"),
            ("sms_number", "36180", "Ce numéro n'existe pas"),
            ("sms_messaging_service", "MG12", "32 chiffres"),
            ("sms_messaging_service", "MG" + "z" * 32, "32 chiffres"),
            ("citizen_retention_months", "0", "Un mois au moins"),
            ("citizen_retention_months", "241", "vingt ans"),
            ("citizen_retention_months", "9" * 5000, "nombre entier"),
            ("name", "a\x00b", "caractère nul"),
        ],
    )
    def test_refuses_beside_the_field_and_keeps_what_was_typed(self, client, settings_url, field, typed, sentence):
        before = Territory.objects.values().get()

        response = client.post(settings_url, shown(client, settings_url, **{field: typed}))

        assert response.status_code == 422
        assert sentence in " ".join(response.context["form"].errors[field]).replace("\N{NO-BREAK SPACE}", " ")
        assert Territory.objects.values().get() == before
        assert "Le Pays" in text(response).split("<main")[0]  # What is typed does not show around the page.

    def test_keeps_what_another_administrator_changed_meanwhile(self, client, settings_url, territory):
        typed = shown(client, settings_url, name="Le Grand Pays")
        Territory.objects.filter(pk=territory.pk).update(support_email="aide@example.org", time_zone="Indian/Reunion")

        client.post(settings_url, typed)

        territory.refresh_from_db()
        assert (territory.name, territory.support_email) == ("Le Grand Pays", "aide@example.org")
        assert territory.time_zone == "Indian/Reunion"

    def test_offers_what_is_stored_even_where_it_is_unusual(self, client, settings_url, territory):
        Territory.objects.filter(pk=territory.pk).update(time_zone="UTC", subdivision="GF")

        response = client.post(settings_url, shown(client, settings_url, name="Autre"))

        assert response.status_code == 302
        territory.refresh_from_db()
        assert (territory.time_zone, territory.subdivision, territory.name) == ("UTC", "GF", "Autre")

    def test_costs_the_same_however_many_organizations_there_are(self, client, settings_url, assert_query_count):
        with assert_query_count("territory_settings"):
            client.get(settings_url)


class TestAnotherTimeZone:
    @pytest.fixture
    def opening(self, territory):
        return make_opening(organization=make_organization(territory=territory, name="Mairie"), rrule="FREQ=DAILY")

    @pytest.fixture
    def _booked(self, opening):
        for hour in (9, 10, 11):
            make_appointment(
                motif=opening.motifs.get(),
                calendar=opening.calendar,
                location=opening.location,
                starts_at=paris(TUESDAY, hour),
            )

    @pytest.mark.usefixtures("_booked")
    def test_is_made_once_its_consequences_are_accepted(self, client, settings_url, territory):
        typed = shown(client, settings_url, time_zone="Europe/London", name="Le Pays nouveau")

        response = client.post(settings_url, typed)

        assert response.status_code == 422
        assert response.context["form"].warnings == [
            "Fuseau horaire\N{NO-BREAK SPACE}: Paris (métropole) devient Londres.",
            "1\N{NO-BREAK SPACE}plage d'ouverture garde son heure affichée et change d'instant.",
            "3\N{NO-BREAK SPACE}rendez-vous à venir ne bougent pas\N{NO-BREAK SPACE}: leur heure affichée change.",
            "1\N{NO-BREAK SPACE}rendez-vous tombe alors hors des horaires\N{NO-BREAK SPACE}: il sera à régler.",
        ]
        territory.refresh_from_db()
        assert (territory.time_zone, territory.name) == ("Europe/Paris", "Le Pays")

        fingerprint = response.context["form"].fingerprint
        again = client.post(settings_url, as_shown(response.context["form"], confirmed=fingerprint), follow=True)

        territory.refresh_from_db()
        assert (territory.time_zone, territory.name) == ("Europe/London", "Le Pays nouveau")
        # 9 h to 12 h in London, around two RDVs.
        assert FreeWindow.objects.filter(local_day=TUESDAY).earliest("starts_at").starts_at == paris(TUESDAY, 10, 30)
        assert Conflict.objects.count() == 1
        assert "Mairie : 1 rendez-vous n'a plus sa place." in text(again)
        assert reverse("scheduling:conflict_list", args=[territory.organizations.get().slug]) in text(again)

    def test_ticked_for_another_zone_is_not_accepted(self, client, settings_url, territory, opening):
        first = client.post(settings_url, shown(client, settings_url, time_zone="Indian/Reunion"))
        accepted = as_shown(first.context["form"], confirmed=first.context["form"].fingerprint)

        response = client.post(settings_url, accepted | {"time_zone": "Pacific/Tahiti"})

        assert response.status_code == 422
        territory.refresh_from_db()
        assert territory.time_zone == "Europe/Paris"

    def test_of_many_calendars_says_that_they_are_being_computed(self, client, settings_url, territory, opening):
        for _ in range(MOST_CALENDARS_AT_ONCE + 1):
            make_calendar(organization=opening.organization)
        response = client.post(settings_url, shown(client, settings_url, time_zone="Indian/Reunion"))

        accepted = as_shown(response.context["form"], confirmed=response.context["form"].fingerprint)

        assert "sont recalculés en ce moment" in text(client.post(settings_url, accepted, follow=True))

    def test_without_organizations_is_confirmed_all_the_same(self, client, settings_url):
        response = client.post(settings_url, shown(client, settings_url, holiday_zone="FR-971"))

        assert response.context["form"].warnings == [
            "Jours fériés\N{NO-BREAK SPACE}: Métropole devient Guadeloupe.",
            "Aucun rendez-vous à venir ne perd sa place.",
        ]


class TestOtherPublicHolidays:
    def test_say_which_appointments_meet_a_closed_day(self, client, settings_url, territory):
        opening = make_opening(
            organization=make_organization(territory=territory), rrule="FREQ=DAILY", end_time=time(18)
        )
        make_appointment(
            motif=opening.motifs.get(),
            calendar=opening.calendar,
            location=opening.location,
            starts_at=paris(TUESDAY.replace(month=5, day=27), 10),
        )

        response = client.post(settings_url, shown(client, settings_url, holiday_zone="FR-971"))

        assert "1 rendez-vous tombe alors un jour fermé : il sera à régler." in text(response)
        accepted = as_shown(response.context["form"], confirmed=response.context["form"].fingerprint)
        client.post(settings_url, accepted)
        territory.refresh_from_db()
        assert (territory.country, territory.subdivision) == ("FR", "971")
        assert Conflict.objects.get().reasons == ["closed"]


class TestTheColours:
    def test_are_tried_before_they_are_kept(self, client, territory, admin, django_assert_num_queries):
        url = reverse("scheduling:territory_theme", args=[territory.slug])

        with django_assert_num_queries(3):
            page = client.get(url, {"accent_color": "#7a0019"}).content.decode()

        assert page.strip().startswith('<div id="theme-sample"')
        assert f"{reverse('theme_sample_css')}?couleur=%237a0019" in page

    def test_that_were_typed_are_shown_with_a_refusal(self, client, settings_url):
        response = client.post(settings_url, shown(client, settings_url, name="", accent_color="#7a0019"))

        assert "?couleur=%237a0019" in response.content.decode()


class TestTheLogo:
    @pytest.fixture
    def logo_url(self, territory, admin):
        return reverse("scheduling:territory_logo_edit", args=[territory.slug])

    def picture(self):
        written = BytesIO()
        Image.new("RGB", (60, 30)).save(written, format="PNG")
        return written.getvalue()

    def sent(self, client, url, content, name="logo.png"):
        return client.post(url, {"logo": SimpleUploadedFile(name, content, "image/png")})

    def test_is_kept_shown_and_removed(self, client, territory, logo_url, settings_url):
        assert self.sent(client, logo_url, self.picture())["Location"] == settings_url
        territory.refresh_from_db()
        assert text(client.get(settings_url)).count(territory.logo_url) == 2

        client.post(reverse("scheduling:territory_logo_remove", args=[territory.slug]))
        territory.refresh_from_db()
        assert territory.logo_url == ""

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "Ce fichier est vide."),
            (b"<svg/>", "PNG, JPEG ou WebP"),
            (b"\x00" * (1024 * 1024 + 1), "plus de 1 Mo"),
        ],
    )
    def test_is_refused_beside_its_field(self, client, territory, logo_url, content, sentence):
        response = self.sent(client, logo_url, content)

        assert response.status_code == 422
        assert sentence in text(response)
        territory.refresh_from_db()
        assert territory.logo_id is None

    def test_is_asked_for(self, client, logo_url):
        response = client.post(logo_url)

        assert response.status_code == 422
        assert "Choisissez une image." in text(response)

    @pytest.mark.parametrize("name", ["territory_logo_edit", "territory_logo_remove"])
    def test_is_nobody_elses_to_change(self, client, territory, name):
        client.force_login(make_agent(organization=make_organization(territory=territory)))

        assert client.post(reverse(f"scheduling:{name}", args=[territory.slug])).status_code == 404
