"""Monthly figures of messages, of an organization and of a territory."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from notifications.models import Message
from organizations.models import Membership
from tests.factories import NOW, make_agent, make_organization, make_territory, make_territory_admin, paris

pytestmark = pytest.mark.django_db

Status = Message.Status


@pytest.fixture(autouse=True)
def _now():
    """2 March 2026 or about."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def territory():
    return make_territory()


@pytest.fixture
def organization(territory):
    return make_organization(territory=territory)


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


@pytest.fixture
def territory_admin(client, territory):
    admin = make_territory_admin(territory=territory)
    client.force_login(admin)
    return admin


@pytest.fixture
def write(organization, make_message):
    """An SMS of the organization that cost 14 cents and a half, unless something else is said."""

    def write(**fields):
        of_here = {"territory": organization.territory, "organization": organization}
        sms = {"channel": "sms", "subject": "", "segments": 2, "cost": Decimal("0.145"), "status": Status.SENT}
        return make_message(**of_here | sms | {"sent_at": NOW} | fields)

    return write


def figures(client, organization, **query):
    return client.get(reverse("notifications:message_figures", args=[organization.slug], query=query))


def of_territory(client, territory, **query):
    return client.get(reverse("notifications:territory_message_figures", args=[territory.slug], query=query))


def numbers(line):
    return {label: number for label, number, _ in line.cells}


def test_each_month_says_what_became_of_its_messages_and_what_they_cost(client, admin, organization, write):
    write()
    write(delivered_at=NOW)
    write(status=Status.FAILED)
    write(status=Status.DROPPED)
    write(status=Status.QUEUED)
    write(created_at=NOW - timedelta(days=60))

    response = figures(client, organization)

    this, *before = response.context["months"]
    assert numbers(this) == {"Écrits": 5, "Échecs": 1, "À envoyer": 1, "Envoyés": 1, "Remis": 1, "Sans objet": 1}
    assert (this.figures.segments, this.figures.cost) == (4, Decimal("0.29"))
    assert len(before) == 12
    assert sum(line.figures.written for line in before) == 1
    assert "0,29" in response.content.decode()


def test_the_months_are_those_of_the_organizations_clocks(client, admin, organization, write):
    """Half past midnight in Paris on the first is still the month before in UTC."""
    first = paris(NOW.date().replace(day=1), 0, 30)
    assert first.astimezone(UTC).month != first.month
    write(created_at=first)

    assert figures(client, organization).context["months"][0].figures.written == 1


def test_what_is_older_than_thirteen_months_is_left_out(client, admin, organization, write):
    month = NOW.date().replace(day=1, year=NOW.year - 1)
    write(created_at=paris(month, 0, 30))
    write(created_at=paris(month - timedelta(days=1), 23, 30))

    months = figures(client, organization).context["months"]

    assert [line.figures.written for line in months] == [0] * 12 + [1]


def test_a_month_is_told_apart_by_event_and_channel(client, admin, organization, write):
    write(kind="reminder")
    write(kind="booked", channel="email", subject="Objet", segments=0, cost=None)
    write(kind="booked")
    write(kind="booked", created_at=NOW - timedelta(days=60))

    response = figures(client, organization)

    found = {(line.label, line.detail): line.figures.written for line in response.context["kinds"]}
    assert found == {("Création", "E-mail"): 1, ("Création", "SMS"): 1, ("Rappel", "SMS"): 1}
    before = NOW.date().replace(day=1) - timedelta(days=31)
    other = figures(client, organization, mois=f"{before:%Y-%m}").context
    assert f"{other['month'].first_day:%Y-%m}" == f"{before:%Y-%m}"


def test_every_number_leads_to_as_many_messages(client, territory_admin, territory, organization, write, make_message):
    write(kind="reminder")
    write(kind="reminder", status=Status.FAILED)
    write(kind="booked", delivered_at=NOW, created_at=NOW - timedelta(days=60))
    make_message(territory=territory, kind="code")
    make_message(territory=territory, organization=make_organization(territory=territory))

    for page in (figures(client, organization), of_territory(client, territory)):
        context, followed = page.context, 0
        for line in [*context["months"], *context["kinds"], *context["organizations"]]:
            for _, number, url in line.cells:
                if number:
                    assert client.get(url).context["number"] == number, url
                    followed += 1
        assert followed >= 8


def test_a_territory_is_told_apart_by_organization(
    client, territory_admin, territory, organization, write, make_message
):
    other = make_organization(territory=territory)
    write()
    write(organization=other)
    write(organization=other)
    make_message(territory=territory, kind="code")

    context = of_territory(client, territory).context

    found = {line.label: line.figures.written for line in context["organizations"]}
    assert found == {organization.name: 1, other.name: 2, "Sans organisation (codes de confirmation)": 1}
    assert context["months"][0].figures.written == 4
    one = of_territory(client, territory, organisation=other.pk).context
    assert (one["organization"], one["months"][0].figures.written) == (other.name, 2)
    assert sum(line.figures.written for line in one["kinds"]) == 2


def test_another_tenants_messages_are_in_none_of_it(
    client, territory_admin, territory, organization, write, make_message
):
    stranger = make_organization()
    make_message(territory=stranger.territory, organization=stranger)
    write(organization=make_organization(territory=territory))

    assert figures(client, organization).context["months"][0].figures.written == 0
    assert of_territory(client, territory).context["months"][0].figures.written == 1
    assert of_territory(client, territory, organisation=stranger.pk).context["organization"] == ""


@pytest.mark.parametrize("month", ["", "2026-13", "1999-01", "mars", "9" * 30])
def test_a_month_that_is_none_is_the_present_one(client, admin, organization, month):
    context = figures(client, organization, mois=month).context

    assert context["month"].first_day == NOW.date().replace(day=1)


def test_without_a_price_the_cost_is_said_to_be_unknown(client, admin, organization, write):
    write(cost=None)

    assert "inconnu" in figures(client, organization).content.decode()


def test_costs_the_same_however_many_messages(
    client, territory_admin, territory, organization, write, assert_query_count
):
    for days in (1, 40, 80):
        write(created_at=NOW - timedelta(days=days), organization=make_organization(territory=territory))
        write(created_at=NOW - timedelta(days=days))
        with assert_query_count("message_figures"):
            figures(client, organization)
        with assert_query_count("territory_message_figures"):
            of_territory(client, territory)
