"""The editor of texts: for a territory, an organization and a motif."""

import re
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from notifications.fields import LABELS, NAMES
from notifications.levels import Level
from notifications.models import MessageText
from notifications.selectors.texts import texts_of_level
from notifications.services.texts import write_text
from notifications.sms import to_gsm7
from notifications.texts import default_text
from organizations.models import Membership
from tests.factories import (
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_territory_admin,
)

pytestmark = pytest.mark.django_db

SMS = {"evenement": "booked", "canal": "sms"}
MAIL = {"evenement": "moved", "canal": "email"}


@pytest.fixture
def motif():
    return make_motif(name="Passeport")


@pytest.fixture
def organization(motif):
    return motif.organization


@pytest.fixture
def levels(motif, organization):
    territory = organization.territory
    return {
        "territory": Level(territory),
        "organization": Level(territory, organization),
        "motif": Level(territory, organization, motif),
    }


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


@pytest.fixture
def territory_admin(client, organization):
    admin = make_territory_admin(territory=organization.territory)
    client.force_login(admin)
    return admin


def address(level, page="text_edit", **query):
    if level.motif:
        return reverse(f"notifications:motif_{page}", args=[level.organization.slug, level.motif.pk], query=query)
    if level.organization:
        return reverse(f"notifications:{page}", args=[level.organization.slug], query=query)
    return reverse(f"notifications:territory_{page}", args=[level.territory.slug], query=query)


def write(level, body="Texte", *, kind="booked", channel="sms", language="fr", subject="", seen=None):
    return write_text(
        level=level, kind=kind, channel=channel, language=language, subject=subject, body=body, seen=seen, agent=None,
        now=NOW,
    )  # fmt: skip


def in_force(level, kind="booked", channel="sms"):
    return texts_of_level(level).of_level(level, kind=kind, channel=channel)


class TestTheEditor:
    def test_shows_the_text_in_force_and_from_where(self, client, admin, levels):
        write(levels["territory"], "Du territoire")

        page = client.get(address(levels["motif"], **SMS))

        assert page.context["form"]["body"].value() == "Du territoire"
        assert [(step.label, step.has_text, step.is_in_force) for step in page.context["ladder"]] == [
            ("Motif", False, False),
            ("Organisation", False, False),
            ("Territoire", True, True),
            ("Texte par défaut", True, False),
        ]

    def test_describes_the_eight_fields_of_the_seed(self, client, admin, levels):
        content = client.get(address(levels["organization"], **MAIL)).content.decode()

        for digit, name in NAMES.items():
            assert f"<code>{{{name}}}</code> ou <code>{{{digit}}}</code>" in content
            assert LABELS[name].replace("'", "&#x27;") in content

    @pytest.mark.parametrize("channel", ["email", "sms"])
    def test_of_an_earlier_slot_says_until_when_to_answer(self, client, admin, levels, channel):
        offer = {"evenement": "earlier_slot", "canal": channel}

        page = client.get(address(levels["organization"], **offer))
        assert "Créneau plus tôt proposé" in page.content.decode()
        assert "<code>{limite}</code>" in page.content.decode()

        typed = {"subject": "Plus tôt", "body": "Le {date} ? Répondez avant {limite} : {lien}"}
        assert client.post(address(levels["organization"], **offer), typed).status_code == 302
        assert in_force(levels["organization"], "earlier_slot", channel).text.body == typed["body"]

    @pytest.mark.parametrize("name", ["territory", "organization", "motif"])
    def test_saves_at_its_level(self, client, territory_admin, levels, name):
        level = levels[name]

        response = client.post(address(level, **SMS), {"body": "RDV {date}\r\n{3}"})

        assert response["Location"] == address(level, "notification_settings")
        found = in_force(levels["motif"])
        assert (found.source, found.text.body, found.row.written_by) == (name, "RDV {date}\n{3}", territory_admin)

    def test_refuses_an_unknown_field_with_its_place_and_keeps_what_was_typed(self, client, admin, levels):
        typed = {"subject": "Le {dat}", "body": "Bonjour,\nà {heure} <b>{7}</b>"}

        response = client.post(address(levels["organization"], **MAIL), typed)

        assert response.status_code == 422
        assert not MessageText.objects.exists()
        content = response.content.decode()
        assert "vouliez-vous écrire {date}" in content
        assert "Ligne 2, caractère 3" in content
        assert "<mark>{heure}</mark>" in content
        assert "&lt;b&gt;" in content
        assert "<b>{7}" not in content
        assert response.context["form"]["body"].value() == typed["body"]

    @pytest.mark.parametrize("typed", [{}, {"body": ""}, {"body": " \x00\n"}, {"body": "é" * 801}])
    def test_refuses_nothing_and_too_much(self, client, admin, levels, typed):
        assert client.post(address(levels["organization"], **SMS), typed).status_code == 422
        assert not MessageText.objects.exists()

    def test_who_did_not_see_the_latest_is_told_and_keeps_their_words(self, client, admin, levels):
        write(levels["organization"], "Entre-temps")

        response = client.post(address(levels["organization"], **SMS), {"body": "Le mien", "seen": ""})

        assert response.status_code == 422
        assert "vient d&#x27;être changé" in response.content.decode()
        assert response.context["form"]["body"].value() == "Le mien"
        assert in_force(levels["organization"]).text.body == "Entre-temps"

    def test_a_second_click_writes_no_second_version(self, client, admin, levels):
        for _ in range(2):
            assert client.post(address(levels["organization"], **SMS), {"body": "Le mien"}).status_code == 302
        assert MessageText.objects.count() == 1

    @pytest.mark.parametrize(
        "query", [{"evenement": "code"}, {"evenement": "x"}, {"canal": "fax"}, {"canal": ""}, {"langue": ""}]
    )
    def test_an_event_or_channel_that_is_none_is_not_found(self, client, admin, levels, query):
        assert client.get(address(levels["organization"], **query)).status_code == 404

    def test_costs_the_same_whatever_the_history(self, client, territory_admin, levels, motif, assert_query_count):
        pages = {"territory": "territory_text_edit", "organization": "text_edit", "motif": "motif_text_edit"}
        with time_machine.travel(NOW, tick=False):
            for count in (1, 3):
                for level in levels.values():
                    for place in range(count):
                        found = in_force(level)
                        seen = found.row.pk if found.source == level.name else None
                        write(level, f"Texte {count} {place}", seen=seen)
                    make_appointment(motif=motif)
                for name, level in levels.items():
                    with assert_query_count(pages[name]):
                        page = client.get(address(level, **SMS))
                    assert len(page.context["form"].fields["example"].choices) == 1 + 3 * (1 if count == 1 else 2)


class TestThePreview:
    def preview(self, client, level, body, headers=None, **typed):
        response = client.post(address(level, **SMS), {"acte": "apercu", "body": body} | typed, headers=headers)
        assert response.status_code == 200
        assert not MessageText.objects.exists()
        return response

    @pytest.mark.parametrize("name", ["territory", "organization", "motif"])
    def test_of_a_sample_in_every_level(self, client, territory_admin, levels, name):
        response = self.preview(client, levels[name], "Pour {0} : {lieu}, {6}")

        assert response.context["preview"].text.body == "Pour Camille DUPONT : Centre social, 30 min"
        assert response.context["preview"].size.segments == 1

    @pytest.mark.parametrize("name", ["territory", "organization", "motif"])
    def test_of_a_real_appointment_of_the_level_without_its_link(self, client, territory_admin, levels, motif, name):
        appointment = make_appointment(motif=motif)
        make_appointment()
        with time_machine.travel(NOW, tick=False):
            page = client.get(address(levels[name], **SMS))
            response = self.preview(client, levels[name], "{0} {lien}", example=str(appointment.pk))

        assert [pk for pk, _ in page.context["form"].fields["example"].choices] == ["", str(appointment.pk)]
        body = response.context["preview"].text.body
        assert body.startswith(to_gsm7(str(appointment.participations.get().citizen)))
        assert "/mon-rdv/exemple-1-" in body

    def test_never_of_an_appointment_of_others(self, client, admin, levels):
        stranger = make_appointment()
        with time_machine.travel(NOW, tick=False):
            response = self.preview(client, levels["organization"], "{0}", example=str(stranger.pk))

        assert response.context["preview"].text.body == "Camille DUPONT"

    def test_says_which_character_makes_the_sms_long(self, client, admin, levels):
        content = self.preview(client, levels["motif"], "RDV 😀").content.decode()

        assert "«&nbsp;😀&nbsp;» impose UCS-2" in content

    def test_marks_a_fault_while_it_is_typed_and_is_a_fragment_for_htmx(self, client, admin, levels):
        content = self.preview(client, levels["motif"], "à {heure}", headers={"HX-Request": "true"}).content.decode()

        assert "<mark>{heure}</mark>" in content
        assert "<html" not in content

    def test_shows_markup_as_typed(self, client, admin, levels):
        content = self.preview(client, levels["motif"], "<script>alert(1)</script> {% now %} {{ 7 }}").content.decode()

        assert "<script>alert" not in content
        assert "&lt;script&gt;alert(1)" in content


class TestRestoring:
    def test_the_text_of_the_level_above(self, client, admin, levels):
        own = write(levels["motif"], "Le nôtre")

        client.post(address(levels["motif"], **SMS), {"acte": "heriter", "seen": own.pk})

        assert in_force(levels["motif"]).source == "default"
        assert "Le nôtre" in client.get(address(levels["motif"], **SMS)).content.decode()

    def test_an_older_version(self, client, admin, levels):
        first = write(levels["organization"], "Un")
        second = write(levels["organization"], "Deux", seen=first.pk)

        client.post(
            address(levels["organization"], **SMS), {"acte": "restaurer", "version": first.pk, "seen": second.pk}
        )

        assert in_force(levels["organization"]).text.body == "Un"

    def test_no_version_of_another_level_event_or_tenant(self, client, admin, levels):
        stranger = make_organization()
        others = [
            write(Level(stranger.territory, stranger)),
            write(Level(levels["territory"].territory, make_organization(territory=levels["territory"].territory))),
            write(levels["territory"]),
            write(levels["organization"], kind="reminder"),
        ]
        for pk in [*(other.pk for other in others), "", "x", 10**30]:
            response = client.post(address(levels["organization"], **SMS), {"acte": "restaurer", "version": pk})
            assert response.status_code == 404
        assert MessageText.objects.count() == len(others)

    def test_not_when_another_one_is_in_force_meanwhile(self, client, admin, levels):
        own = write(levels["organization"], "Un")
        write(levels["organization"], "Deux", seen=own.pk)

        for seen in (own.pk, "", "x", 10**30):
            client.post(address(levels["organization"], **SMS), {"acte": "heriter", "seen": seen})
        assert in_force(levels["organization"]).text.body == "Deux"


class TestInEnglish:
    def test_begins_with_the_default_text_in_english(self, client, admin, levels):
        write(levels["territory"], "Du territoire")

        page = client.get(address(levels["motif"], **SMS, langue="en"))

        with translation.override("en"):
            default = str(default_text("booked", audience="citizen", channel="sms").body)
        assert page.context["form"]["body"].value() == default
        content = page.content.decode()
        assert re.search(r'<textarea[^>]* lang="en"', content)
        assert re.search(r'id="langue-en" aria-current="page"', content)
        assert "pour qui lit l'anglais" in content

    def test_begins_with_the_english_text_in_force(self, client, admin, levels):
        write(levels["territory"], "Of the territory", language="en")

        page = client.get(address(levels["motif"], **SMS, langue="en"))

        assert page.context["form"]["body"].value() == "Of the territory"
        assert (page.context["own"], [step.is_in_force for step in page.context["ladder"]].index(True)) == (None, 2)

    def test_is_saved_beside_the_french_one(self, client, admin, levels):
        write(levels["organization"], "En français")

        client.post(address(levels["organization"], **SMS, langue="en"), {"body": "In English {date}"})

        texts = texts_of_level(levels["organization"])
        which = {"kind": "booked", "channel": "sms"}
        bodies = [
            texts.of_level(levels["organization"], **which, language=language).text.body for language in ("fr", "en")
        ]
        assert bodies == ["En français", "In English {date}"]

    def test_is_previewed_with_english_dates(self, client, admin, levels):
        typed = {"acte": "apercu", "body": "Come {date} for {duree}"}

        preview = client.post(address(levels["motif"], **SMS, langue="en"), typed).context["preview"]

        assert preview.text.body.endswith(" at 9:30 am for 30 min")

    def test_its_history_and_restoring_are_its_own(self, client, admin, levels):
        french = write(levels["organization"], "Un")
        english = write(levels["organization"], "One", language="en")
        page = address(levels["organization"], **SMS, langue="en")
        assert [version.pk for version in client.get(page).context["versions"]] == [english.pk]
        assert client.post(page, {"acte": "restaurer", "version": french.pk}).status_code == 404

        client.post(page, {"acte": "heriter", "seen": english.pk})

        assert in_force(levels["organization"]).row == french
        assert not MessageText.objects.in_force().filter(language="en").exists()

    def test_a_language_that_is_none_is_not_found(self, client, admin, levels):
        assert client.get(address(levels["organization"], langue="de")).status_code == 404


class TestTheCost:
    @pytest.fixture(autouse=True)
    def _now(self):
        with time_machine.travel(NOW, tick=False):
            yield

    def line(self, client, level, body="RDV {date}", **query):
        answer = client.post(address(level, **SMS | query), {"acte": "apercu", "body": body}).content.decode()
        return " ".join(answer.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ").split())

    def test_is_told_for_the_month_to_come(self, client, admin, levels, motif):
        levels["territory"].territory.sms_price = Decimal("0.0725")
        levels["territory"].territory.save()
        make_appointment(motif=motif, citizen=make_citizen(organization=motif.organization, phone="+33612345678"))

        line = self.line(client, levels["motif"], "a" * 161)

        assert "Environ <strong>1 envoi</strong> dans les 30 jours à venir, autant que ces 30 derniers jours" in line
        assert "soit 2 SMS et <strong>0,15 €</strong>" in line or "soit 2 SMS et <strong>0,14 €</strong>" in line

    def test_is_said_to_be_unknown_without_a_price_or_without_a_past(self, client, admin, levels, motif):
        assert "Aucun SMS de cet événement" in self.line(client, levels["motif"])
        make_appointment(motif=motif, citizen=make_citizen(organization=motif.organization, phone="+33612345678"))

        assert "Le prix d'un SMS n'est pas connu" in self.line(client, levels["motif"])

    def test_of_a_mail_nothing_is_said(self, client, admin, levels):
        assert "text-cost" not in self.line(client, levels["organization"], canal="email")

    @pytest.mark.parametrize(
        ("body", "segments", "encoding"),
        [("é" * 160, 1, "GSM-7"), ("é" * 161, 2, "GSM-7"), ("ê" * 160, 1, "GSM-7"), ("😀" + "a" * 69, 2, "UCS-2")],
    )
    def test_a_character_is_counted_as_it_leaves(self, client, admin, levels, body, segments, encoding):
        """« ê » leaves as « e »; what no near letter stands for makes the whole text UCS-2."""
        answer = client.post(address(levels["motif"], **SMS), {"acte": "apercu", "body": body})

        size = answer.context["preview"].size
        assert (size.segments, size.encoding) == (segments, encoding)
        assert ("«&nbsp;😀&nbsp;» impose UCS-2" in answer.content.decode()) == (encoding == "UCS-2")
