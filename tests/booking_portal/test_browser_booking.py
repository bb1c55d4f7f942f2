"""A citizen with a phone, with and without JavaScript: books, moves and cancels; the agent sees each step."""

import re
from datetime import timedelta
from itertools import count
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from notifications.models import Message
from organizations.models import Membership
from scheduling.engine.opening_days import holidays_of
from scheduling.models import Appointment
from tests.browsers import seen_by_axe
from tests.factories import (
    PASSWORD,
    make_agent,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
    make_unit,
)

SOON = 12_000  # Milliseconds: the agenda asks every seven seconds.


@pytest.fixture
def organization(transactional_db):
    return make_organization(
        territory=make_territory(name="Pas-de-Calais", slug="pas-de-calais"),
        name="Mairie d'Arras",
        open_weekdays=list(range(7)),
    )


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization, role=Membership.Role.ADMIN)


@pytest.fixture
def first_day():
    """The browser's own clock runs: all of these hours are ahead, on an open day, and can still be changed."""
    days = (timezone.localdate() + timedelta(days=ahead) for ahead in count(2))
    return next(day for day in days if day not in {holiday.day for holiday in holidays_of("FR", "", day.year)})


@pytest.fixture
def motif(organization, agent, first_day):
    """Two services, two motifs, two options, instructions and two lieux: no step is skipped."""
    units = [make_unit(territory=organization.territory, name=name) for name in ("État civil", "Urbanisme")]
    motif = make_motif(
        organization=organization,
        units=units[:1],
        name="Pièces d'identité",
        instructions_before="Une photo de moins de six mois.",
        instructions_after="Présentez-vous à l'accueil.",
        cancellation_warning="Le créneau sera donné à quelqu'un d'autre.",
    )
    for name in ("Carte d'identité", "Passeport"):
        make_option(motif=motif, name=name)
    others = [make_motif(organization=organization, units=[unit]) for unit in units]
    town_hall = make_location(organization=organization, name="Hôtel de ville")
    make_opening(
        calendar=agent.calendar,
        motifs=[motif, *others],
        location=town_hall,
        first_day=first_day,
        rrule="FREQ=DAILY",
        now=timezone.now(),
    )
    make_opening(
        motifs=[motif],
        location=make_location(organization=organization, name="Annexe"),
        first_day=first_day + timedelta(days=3),
        rrule="FREQ=DAILY",
        now=timezone.now(),
    )
    return motif


@pytest.fixture
def agenda(agent, organization, first_day, open_page, client, live_server):
    """The agent's own browser, on the day of the first slot."""
    assert client.login(email=agent.email, password=PASSWORD)
    page = open_page()
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(reverse("scheduling:agenda", args=[organization.slug], query={"jour": first_day}))
    return page


def event(agenda):
    return agenda.locator(".ec-event.is-appointment a", has_text="DUPONT")


def heading(page, text):
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def check(page):
    """What every page of the way keeps to, on a phone."""
    assert page.viewport_size["width"] == 360
    html = page.content()
    wide = page.locator("html").bounding_box()["width"]
    assert wide <= 360, page.url
    assert "style=" not in html


def check_with_axe(page):
    check(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.url
    result = seen_by_axe(page)
    assert result.violations_count == 0, f"{page.url}\n{result.generate_report()}"


def latest_message(page, pattern):
    """What the citizen's newest message says on the outbox page, where it matches."""
    page.goto(reverse("notifications:outbox", query={"destinataire": "camille@example.org"}))
    return re.search(pattern, page.locator(".outbox-message").first.inner_text())[0]


def follow_link_of_the_mail(page):
    page.goto(urlsplit(latest_message(page, r"https?://\S+/mon-rdv/\S+")).path)


def book(page, check):
    page.goto("/")
    check(page)
    page.get_by_role("link", name="Pas-de-Calais").click()
    for question, answer in (
        ("Avec quel service ?", "État civil"),
        ("Pour quelle démarche ?", "Pièces d'identité"),
        ("Précisez votre demande", "Passeport"),
    ):
        heading(page, question)
        check(page)
        page.get_by_role("link", name=answer).click()
    heading(page, "À lire avant de choisir une date")
    check(page)
    page.get_by_role("button", name="J'ai lu et j'accepte").click()
    heading(page, "Dans quel lieu ?")
    check(page)
    page.get_by_role("link", name="Hôtel de ville").click()
    heading(page, "Quand ?")
    check(page)
    page.locator(".next-slot-button").click()
    say_who(page, check)
    type_code(page, check)


def say_who(page, check):
    heading(page, "Qui êtes-vous ?")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("alert")).to_contain_text("3 points sont à corriger")
    check(page)
    page.get_by_label("Prénom", exact=True).fill("Camille")
    page.get_by_label("Nom", exact=True).fill("Dupont")
    page.get_by_label("E-mail").fill("camille@example.org")
    page.get_by_role("button", name="Continuer").click()


def type_code(page, check):
    heading(page, "Votre code à six chiffres")
    check(page)
    address = page.url
    digits = latest_message(page, r"\b\d{6}\b")
    page.goto(address)
    page.get_by_label("Code à six chiffres").fill(digits)
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    heading(page, "C'est noté, votre rendez-vous est confirmé")
    check(page)
    expect(page.get_by_text("Présentez-vous à l'accueil.")).to_be_visible()


def move(page, check):
    follow_link_of_the_mail(page)
    heading(page, "Votre rendez-vous")
    check(page)
    page.get_by_role("link", name="Déplacer").click()
    heading(page, "Choisissez un autre moment")
    check(page)
    page.locator("details.slot-day[open] .slot").nth(2).click()
    expect(page.get_by_role("status")).to_contain_text("Votre rendez-vous est déplacé")


def cancel(page, check):
    follow_link_of_the_mail(page)
    page.get_by_role("link", name="Annuler").click()
    expect(page.get_by_text("Le créneau sera donné à quelqu'un d'autre.")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Annuler le rendez-vous").click()
    expect(page.get_by_role("status")).to_contain_text("Votre rendez-vous est annulé")
    check(page)


def assert_exactly_the_messages_of_the_way(agent):
    """The code to the citizen; then each step to the citizen and to the agent whose calendar it is; nothing else."""
    messages = Message.objects.order_by("pk").values_list("kind", "channel", "recipient")
    told = [("code", "email", "camille@example.org")]
    for kind in ("booked", "moved", "cancelled_by_citizen"):
        told += [(kind, "email", recipient) for recipient in ("camille@example.org", agent.email)]
    assert sorted(messages) == sorted(told)


def test_a_citizen_books_moves_and_cancels_and_the_agent_sees_it(phone, agenda, agent, motif):
    expect(event(agenda)).to_have_count(0)

    book(phone, check_with_axe)
    expect(event(agenda)).to_be_visible(timeout=SOON)
    before = event(agenda).inner_text()

    move(phone, check_with_axe)
    expect(event(agenda)).not_to_have_text(before, timeout=SOON)

    cancel(phone, check_with_axe)
    expect(event(agenda)).to_have_count(0, timeout=SOON)
    assert_exactly_the_messages_of_the_way(agent)


def test_a_citizen_books_moves_and_cancels_without_javascript(phone_without_javascript, agent, motif):
    page = phone_without_javascript

    book(page, check)
    move(page, check)
    cancel(page, check)

    assert Appointment.objects.get().status == Appointment.Status.CANCELLED_BY_CITIZEN
    assert_exactly_the_messages_of_the_way(agent)


def test_one_thumb_reaches_everything(phone, motif):
    """Whatever can be pressed on the slot page is at least 44 px high, and no two overlap."""
    phone.goto(reverse("booking_portal:organization_entry", args=["pas-de-calais", motif.organization.slug]))
    while "creneau" not in phone.url:
        buttons = phone.get_by_role("button", name="J'ai lu et j'accepte")
        (buttons if buttons.count() else phone.locator("main .choice-card a").first).click()
        phone.wait_for_load_state()

    heights = phone.locator("main button:visible, main a.btn:visible, main summary:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )

    assert len(heights) > 10
    assert min(heights) >= 44


def test_back_leads_through_every_step_to_the_front_door(phone, motif):
    phone.goto("/")
    phone.get_by_role("link", name="Pas-de-Calais").click()
    phone.get_by_role("link", name="État civil").click()
    phone.get_by_role("link", name="Pièces d'identité").click()
    phone.get_by_role("link", name="Passeport").click()

    for title in ("Précisez votre demande", "Pour quelle démarche ?", "Avec quel service ?"):
        phone.get_by_role("link", name="Retour").click()
        heading(phone, title)
    phone.get_by_role("link", name="Retour").click()
    expect(phone).to_have_url(re.compile(r"/$"))
