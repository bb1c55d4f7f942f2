"""« Réservation en ligne »: the page, its posters and QR codes. Each change by itself: test_every_change_shows.py."""

import re
from datetime import timedelta
from html import unescape

import pytest
import segno
from django.conf import settings
from django.test import Client
from django.urls import reverse

from booking_portal.qr import qr_png
from organizations.models import Location, Membership, Motif
from organizations.services.territory_logos import set_logo
from scheduling.models import Calendar
from scheduling.services.desks import archive_desk
from tests.booking_portal.conftest import text_of
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_calendar,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_participation,
    make_partner_type,
    make_public_address,
    make_unavailability,
    make_workshop,
    paris,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def client(client, organization):
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
    return client


def page_of(organization, **query):
    return reverse("booking_portal:online_booking", args=[organization.slug], query=query)


def article(response, motif):
    found = re.search(
        rf'<article class="online-motif" id="motif-{motif.pk}".*?</article>', response.content.decode(), re.S
    )
    return " ".join(unescape(found[0]).replace("\xa0", " ").split())


def mending_links(response, motif):
    lines = re.search(r'<ul class="online-lines">(.*?)</ul>', article(response, motif))
    return re.findall(r'href="([^"]+)"', lines[1]) if lines else []


class TestWhyNot:
    def shut(self, organization, reason):
        """A motif that lacks something, and where that is mended."""
        motif = make_motif(organization=organization)
        place = make_location(organization=organization)
        slug = organization.slug
        edit = reverse("scheduling:motif_edit", args=[slug, motif.pk])
        if reason == "audience":
            motif.booking_audience = Motif.BookingAudience.AGENTS
            motif.save()
            make_opening(motifs=[motif], location=place)
            return motif, [f"{edit}#id_booking_audience"]
        if reason == "opening":
            return motif, [reverse("scheduling:opening_add", args=[slug], query={"motif": motif.pk})]
        if reason == "desk":
            desk = make_desk(organization=organization, location=place, motifs=[motif])
            make_opening(motifs=[motif], calendar=desk.calendar, location=place)
            archive_desk(desk=desk, now=NOW)
            return motif, [reverse("scheduling:desk_list", args=[slug], query={"archives": 1})]
        if reason == "agent":
            calendar = make_opening(motifs=[motif], location=place).calendar
            calendar.agent.is_active = False
            calendar.agent.save()
            return motif, [reverse("scheduling:opening_add", args=[slug], query={"motif": motif.pk})]
        if reason == "places":
            other = make_location(organization=organization, is_visible_on_portal=False)
            for location in (place, other):
                make_opening(motifs=[motif], location=location)
            Location.objects.filter(pk=place.pk).update(closed_at=NOW)
            return motif, [reverse("organizations:location_edit", args=[slug, pk]) for pk in (place.pk, other.pk)]
        if reason == "delay":
            make_opening(motifs=[motif], location=place, first_day=MONDAY + timedelta(days=140))
            return motif, [f"{edit}#id_maximum"]
        calendar = make_calendar(organization=organization)
        make_opening(motifs=[motif], calendar=calendar, location=place, first_day=TUESDAY)
        make_unavailability(calendar=calendar, organization=organization, first_day=TUESDAY)
        asked = {"motif": motif.pk, "jour": TUESDAY, "pour": "usager"}
        return motif, [reverse("scheduling:slot_explanation", args=[slug], query=asked)]

    @pytest.mark.parametrize("reason", ["audience", "opening", "desk", "agent", "places", "delay", "taken"])
    def test_each_reason_leads_to_where_it_is_mended(self, client, organization, reason):
        motif, links = self.shut(organization, reason)

        found = mending_links(client.get(page_of(organization)), motif)

        assert found == links
        for link in found:
            target = client.get(link)
            assert target.status_code == 200
            anchor = link.partition("#")[2]
            assert not anchor or f'id="{anchor}"' in target.content.decode()

    def test_the_opening_to_add_carries_the_motif_already(self, client, organization, motif):
        (link,) = mending_links(client.get(page_of(organization)), motif)

        assert re.search(rf'value="{motif.pk}"[^>]* checked', client.get(link).content.decode())

    def test_everything_that_is_missing_is_said(self, client, organization):
        motif = make_motif(organization=organization, booking_audience=Motif.BookingAudience.AGENTS, is_follow_up=True)

        said = article(client.get(page_of(organization)), motif)

        assert "Réservé aux agents." in said
        assert "Motif de suivi" in said
        assert "Aucune plage d'ouverture." in said

    def test_a_place_that_others_lend_is_theirs_to_mend(self, client, territory, organization, motif):
        lent = make_location(organization=make_organization(territory=territory), name="Centre social")
        lent.shared_with.add(organization)
        make_opening(motifs=[motif], location=lent)
        Location.objects.filter(pk=lent.pk).update(closed_at=NOW)

        response = client.get(page_of(organization))

        assert "Le lieu « Centre social » est fermé ; une autre organisation le gère." in article(response, motif)
        assert mending_links(response, motif) == []

    @pytest.mark.parametrize(
        ("reason", "said"),
        [
            ("none", "Motif collectif : aucun atelier à venir n'est ouvert aux inscriptions."),
            ("hidden", "Le lieu « Salle du conseil » est caché du portail."),
            ("later", "Son premier atelier est le lundi 20 juillet 2026, au-delà du délai maximum (3 mois)."),
            ("full", "Toutes les places sont prises : on s'inscrit en liste d'attente."),
        ],
    )
    def test_of_a_workshop_likewise(self, client, organization, reason, said):
        motif = make_motif(organization=organization, is_collective=True)
        room = make_location(organization=organization, name="Salle du conseil")
        if reason != "none":
            days = timedelta(days=140 if reason == "later" else 1)
            workshop = make_workshop(motif=motif, starts_at=paris(MONDAY + days, 9), location=room, seats=1)
        if reason == "hidden":
            Location.objects.update(is_visible_on_portal=False)
        if reason == "full":
            make_participation(workshop=workshop)

        response = client.get(page_of(organization))

        assert said in article(response, motif)
        (link,) = mending_links(response, motif)
        assert client.get(link).status_code == 200

    def test_a_workshop_with_a_seat_is_bookable_and_has_its_date(self, client, organization):
        motif = make_motif(organization=organization, is_collective=True)
        full = make_workshop(motif=motif, starts_at=paris(MONDAY, 11), seats=1)
        make_participation(workshop=full)
        make_workshop(motif=motif, starts_at=paris(TUESDAY, 9))

        said = article(client.get(page_of(organization)), motif)

        for part in ("Réservable en ligne", "Ateliers à venir", "Prochaine place libre", "mardi 3 mars 2026 à 9 h"):
            assert part in said
        assert f"/{motif.slug}/" in said

    def test_the_workshop_to_add_carries_the_motif_already(self, client, organization):
        motif, _ = (make_motif(organization=organization, is_collective=True) for _ in range(2))
        (link,) = mending_links(client.get(page_of(organization)), motif)

        assert f'<option value="{motif.pk}" selected>' in client.get(link).content.decode()

    def test_one_way_that_is_open_is_enough(self, client, organization, motif):
        """A closed place, an archived desk and a late opening beside a good one are nobody's business here."""
        make_opening(motifs=[motif], location=make_location(organization=organization, is_visible_on_portal=False))
        make_opening(motifs=[motif], first_day=MONDAY + timedelta(days=200))
        make_opening(motifs=[motif], first_day=TUESDAY)

        response = client.get(page_of(organization))

        assert "Réservable en ligne" in article(response, motif)
        assert "mardi 3 mars 2026 à 9 h" in article(response, motif)
        assert mending_links(response, motif) == []

    def test_by_phone_no_place_is_needed(self, client, organization):
        motif = make_motif(organization=organization, location_kind=Motif.LocationKind.PHONE)
        make_opening(motifs=[motif], location=None)

        assert "Réservable en ligne" in article(client.get(page_of(organization)), motif)

    def test_the_shortest_option_decides(self, client, organization, motif):
        motif.duration = timedelta(hours=4)
        motif.save()
        make_option(motif=motif, duration=timedelta(hours=5))
        make_option(motif=motif, duration=timedelta(hours=1))
        make_option(motif=motif, duration=timedelta(minutes=5), archived_at=NOW)
        make_opening(motifs=[motif])

        assert "Réservable en ligne" in article(client.get(page_of(organization)), motif)


class TestPrescribers:
    """What is for them and agents is no citizen's: it has a link of its own, and may be bookable as well."""

    def test_what_is_open_has_their_link_and_none_for_citizens(self, client, organization, opening, motif):
        Motif.objects.filter(pk=motif.pk).update(booking_audience=Motif.BookingAudience.PRESCRIBERS)

        said = article(client.get(page_of(organization)), motif)

        assert "Réservable en ligne" in said
        assert "Agents et prescripteurs" in said
        assert "Pour tous les partenaires." in said
        assert re.findall(r'type="url"[^>]* value="([^"]+)"', said) == [
            f"{settings.SITE_URL}/prendre-rdv/{organization.territory.slug}/{organization.slug}/{motif.slug}/?pour=autrui"
        ]
        assert "Code à coller" not in said

    def test_the_partners_it_is_for_are_named(self, client, organization, opening, motif):
        kinds = [make_partner_type(territory=organization.territory, name=name) for name in ("Association", "Médecin")]
        motif.partner_types.set(kinds)

        assert "Pour ces partenaires seulement : Association et Médecin." in article(
            client.get(page_of(organization)), motif
        )

    def test_without_an_opening_it_is_not_bookable(self, client, organization):
        motif = make_motif(organization=organization, booking_audience=Motif.BookingAudience.PRESCRIBERS)

        said = article(client.get(page_of(organization)), motif)

        assert "Non réservable en ligne" in said
        assert "Aucune plage d'ouverture." in said

    def test_what_is_for_agents_has_none(self, client, organization, opening, motif):
        Motif.objects.filter(pk=motif.pk).update(booking_audience=Motif.BookingAudience.AGENTS)

        assert "prescripteurs" not in article(client.get(page_of(organization)), motif)

    def test_the_organization_has_one_that_leads_to_the_motifs(self, client, organization, opening):
        page = client.get(reverse("booking_portal:online_booking_addresses", args=[organization.slug]))

        (address,) = re.findall(r'id="prescribers-link" type="url" readonly value="([^"]+)"', page.content.decode())
        found = Client().get(address.removeprefix(settings.SITE_URL), follow=True)
        assert found.templates[0].name == "booking_portal/prescriber_identity.html"


class TestThePage:
    def test_state_has_an_icon_and_a_word(self, client, organization, opening, motif):
        shut = make_motif(organization=organization)
        response = client.get(page_of(organization))

        assert re.search(r"#check-circle-fill.*?</svg>Réservable en ligne", article(response, motif))
        assert re.search(r"#x-circle-fill.*?</svg>Non réservable en ligne", article(response, shut))

    def test_can_be_narrowed_to_a_state_that_is_counted(self, client, organization, opening, motif):
        shut = make_motif(organization=organization, name="Sans plage")
        full = make_motif(organization=organization, name="Bien plus tard")
        make_opening(motifs=[full], first_day=MONDAY + timedelta(days=140))

        shown = {state: text_of(client.get(page_of(organization, etat=state))) for state in ("oui", "complet", "non")}

        names = {"oui": motif.name, "complet": full.name, "non": shut.name}
        for state, text in shown.items():
            assert {key for key, name in names.items() if f">{name}</a>" in text} == {state}
            assert 'Réservables <span class="numbers">1</span>' in text

    def test_motifs_that_agents_alone_book_have_nothing_to_give_out(self, client, organization, motif):
        hidden = make_motif(organization=organization, booking_audience=Motif.BookingAudience.AGENTS)
        response = client.get(page_of(organization))

        assert f'id="link-motif-{motif.pk}"' in article(response, motif)
        assert "Lien public" not in article(response, hidden)

    def test_what_is_given_out_leads_to_the_motif(self, client, organization, territory, opening, motif):
        said = article(client.get(page_of(organization)), motif)
        link = re.search(r'type="url" readonly value="([^"]+)"', said)[1]
        code = re.search(r"<textarea[^>]*>(.*?)</textarea>", said)[1]

        assert link == "http://testserver/prendre-rdv/pas-de-calais/mairie-d-arras/carte-d-identite/"
        title = "Prendre rendez-vous : Carte d'identité"
        assert code == f'<iframe src="{link}" title="{title}" width="100%" height="720" loading="lazy"></iframe>'
        assert "Carte d'identité" in text_of(Client().get(link, follow=True))

    def test_a_name_cannot_end_the_snippet(self, client, organization):
        motif = make_motif(organization=organization, name='"><script>alert(1)</script>')
        make_opening(motifs=[motif])
        raw = client.get(page_of(organization)).content.decode()
        code = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", raw, re.DOTALL)[1])

        assert ' title="Prendre rendez-vous\xa0: &quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" ' in code
        assert code.count("<") == 2

    def test_nothing_of_a_sister_organization(self, client, territory, organization):
        stranger = make_motif(organization=make_organization(territory=territory), name="Chez les autres")
        make_opening(motifs=[stranger])

        assert "Chez les autres" not in text_of(client.get(page_of(organization)))

    def test_says_what_to_do_where_there_is_no_motif(self, client, organization):
        assert "Ajouter un motif" in text_of(client.get(page_of(organization)))

    def test_costs_the_same_for_few_motifs_and_for_many(self, client, organization, opening, assert_query_count):
        def one_of_each():
            motif, full = (make_motif(organization=organization) for _ in range(2))
            make_option(motif=motif)
            make_motif(organization=organization)
            make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO")
            make_opening(motifs=[full], first_day=MONDAY + timedelta(days=140))
            hidden = make_location(organization=organization, is_visible_on_portal=False)
            make_opening(motifs=[make_motif(organization=organization)], location=hidden)
            workshop = make_motif(organization=organization, is_collective=True)
            make_workshop(motif=workshop, starts_at=paris(TUESDAY, 9))
            make_workshop(motif=workshop, starts_at=paris(TUESDAY, 9), location=hidden)

        one_of_each()
        with assert_query_count("online_booking"):
            client.get(page_of(organization))
        for _ in range(3):
            one_of_each()
        with assert_query_count("online_booking"):
            assert len(re.findall("<article", client.get(page_of(organization)).content.decode())) == 21

    def test_stale_calendars_cost_the_core_once(self, client, organization, opening, django_assert_max_num_queries):
        for _ in range(3):
            make_opening(motifs=[make_motif(organization=organization)])
        Calendar.objects.update(windows_stale_since=NOW)

        with django_assert_max_num_queries(20):
            assert text_of(client.get(page_of(organization))).count("lundi 2 mars 2026 à 9 h") == 4


class TestAddresses:
    def url(self, organization):
        return reverse("booking_portal:online_booking_addresses", args=[organization.slug])

    def test_of_the_organization_and_of_its_places(self, client, territory, organization):
        own = make_location(organization=organization, name="Hôtel de ville")
        closed = make_location(organization=organization, name="Annexe", closed_at=NOW)
        text = text_of(client.get(self.url(organization)))

        assert "http://testserver/prendre-rdv/pas-de-calais/mairie-d-arras/" in text
        assert f"http://testserver/prendre-rdv/pas-de-calais/lieu/{own.pk}/" in text
        assert f"/lieu/{closed.pk}/" not in text
        assert "http://testserver/api/public/organisations/mairie-d-arras/lieux.json" in text

    def test_costs_the_same_for_few_places_and_for_many(self, client, organization, assert_query_count):
        make_location(organization=organization)
        with assert_query_count("online_booking_addresses"):
            client.get(self.url(organization))
        for _ in range(5):
            make_location(organization=organization)
        with assert_query_count("online_booking_addresses"):
            client.get(self.url(organization))


class TestPostersAndCodes:
    ADDRESSES = {
        "organization": "http://testserver/prendre-rdv/pas-de-calais/mairie-d-arras/",
        "motif": "http://testserver/prendre-rdv/pas-de-calais/mairie-d-arras/carte-d-identite/",
        "location": "http://testserver/prendre-rdv/pas-de-calais/lieu/{}/",
        "calendar": "http://testserver/prendre-rdv/pas-de-calais/mairie-d-arras/avec/jeanne/",
    }

    @pytest.fixture
    def url_of(self, organization, motif):
        place = make_location(organization=organization, name="Hôtel de ville", street="6 place Guy Mollet")
        jeanne = make_agent(organization=organization, first_name="Jeanne", last_name="Martin")
        make_public_address(organization=organization, agent=jeanne, slug="jeanne")
        pks = {"organization": [], "motif": [motif.pk], "location": [place.pk], "calendar": [jeanne.calendar.pk]}

        def url_of(kind, what):
            address = self.ADDRESSES[kind].format(*pks[kind])
            return reverse(f"booking_portal:{kind}_{what}", args=[organization.slug, *pks[kind]]), address

        return url_of

    @pytest.mark.parametrize("kind", ADDRESSES)
    def test_the_code_says_the_address(self, client, url_of, kind):
        url, address = url_of(kind, "qr")
        modules = segno.make(address, error="m", micro=False)

        svg, png = client.get(url), client.get(url, {"png": 1})

        assert svg["Content-Type"] == "image/svg+xml"
        assert "Content-Disposition" not in svg
        size = modules.symbol_size(border=4)[0]
        assert f'viewBox="0 0 {size} {size}"' in svg.content.decode()
        assert " style=" not in svg.content.decode()
        (path,) = re.findall(r'd="([^"]+)"', modules.svg_inline(border=4, omitsize=True))
        assert path in svg.content.decode()
        assert (png["Content-Type"], png.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
        assert re.fullmatch(r'attachment; filename="qr-[a-z0-9-]+\.png"', png["Content-Disposition"])

    @pytest.mark.parametrize("kind", ADDRESSES)
    def test_the_poster_holds_all_it_takes(self, client, url_of, kind):
        url, address = url_of(kind, "poster")
        text = text_of(client.get(url))

        names = {"organization": "Mairie d'Arras", "motif": "Carte d'identité", "location": "Hôtel de ville"}
        name = (names | {"calendar": "Jeanne Martin"})[kind]
        assert f'<h1 class="poster-title">{name}</h1>' in text
        assert "Mairie d'Arras" in text
        assert f'<p class="poster-address">{address}</p>' in text
        assert f'src="{url_of(kind, "qr")[0]}"' in text

    def test_the_poster_bears_the_logo_if_there_is_one(self, client, territory, url_of):
        without = client.get(url_of("motif", "poster")[0])
        logo = set_logo(territory=territory, uploaded=qr_png("https://www.arras.fr"))

        assert "poster-logo" not in without.content.decode()
        assert f'class="poster-logo" src="/logo/{logo.digest}.png"' in text_of(client.get(url_of("motif", "poster")[0]))

    @pytest.mark.parametrize("kind", ["motif", "location"])
    def test_not_of_another_organization(self, client, territory, organization, kind):
        sister = make_organization(territory=territory)
        stranger = make_motif(organization=sister) if kind == "motif" else make_location(organization=sister)

        for what in ("poster", "qr"):
            url = reverse(f"booking_portal:{kind}_{what}", args=[organization.slug, stranger.pk])
            assert client.get(url).status_code == 404
