"""Two records side by side: choosing, merging, and who may."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Citizen, CitizenMerge, Membership
from organizations.services.citizens import update_citizen
from organizations.services.merges import fingerprint
from tests.factories import NOW, make_agent, make_appointment, make_citizen, make_organization, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_clock_of_the_tests():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


@pytest.fixture
def pair(organization):
    return [
        make_citizen(
            organization=organization, first_name="Zoé", last_name="Durand", email="", phone="+33612345678", notes="A"
        ),
        make_citizen(
            organization=organization,
            first_name="Zoé",
            last_name="Durant",
            email="zoe@example.org",
            birth_date=date(1980, 5, 12),
            notes="B",
            notify_by_sms=False,
        ),
    ]


def address(organization, citizen, **query):
    return reverse("scheduling:citizen_merge", args=[organization.slug, citizen.pk], query=query)


def typed(form, **choices):
    """The form as it stands, sent."""
    fields = {name: field.initial for name, field in form.fields.items() if name != "seen"}
    return fields | {"seen": form.initial["seen"]} | choices


def test_only_what_differs_is_asked_and_what_is_known_is_proposed(client, admin, organization, pair):
    form = client.get(address(organization, pair[1], avec=pair[0].pk)).context["form"]

    assert {name: field.initial for name, field in form.fields.items()} == {
        "seen": None,
        "last_name": "winner",
        "birth_date": "loser",
        "phone": "winner",
        "email": "loser",
        "notify_by_sms": "loser",
        "notes": "both",
    }
    assert dict(form.same) == {"Prénom": "Zoé", "E-mails": "Acceptés"}


def test_merging_keeps_what_was_chosen_and_leads_to_the_record(client, admin, organization, pair):
    one, other = pair
    appointments = [make_appointment(organization=organization, citizen=citizen) for citizen in pair]
    page = address(organization, other, avec=one.pk)
    form = client.get(page).context["form"]

    response = client.post(page, typed(form, last_name="loser", avec=one.pk))

    assert response["Location"] == reverse("scheduling:citizen_detail", args=[organization.slug, one.pk])
    kept = Citizen.objects.get(pk=one.pk)
    assert (kept.last_name, kept.email, str(kept.phone), kept.notes, kept.notify_by_sms) == (
        "Durant",
        "zoe@example.org",
        "+33612345678",
        "A\n\nB",
        False,
    )
    assert {each.appointment for each in kept.participations.all()} == set(appointments)
    log = CitizenMerge.objects.get()
    assert (log.agent, log.organization, log.at) == (admin, organization, NOW)
    sheet = client.get(response["Location"])
    assert "a été fusionnée dans celle-ci" in sheet.content.decode()


def test_addresses_of_the_merged_record_lead_to_the_other(client, admin, organization, pair):
    one, other = pair
    page = address(organization, one, avec=other.pk)
    client.post(page, typed(client.get(page).context["form"], avec=other.pk))

    for name in ("scheduling:citizen_detail", "organizations:citizen_edit"):
        response = client.get(reverse(name, args=[organization.slug, other.pk]))
        assert response["Location"] == reverse(name, args=[organization.slug, one.pk])
    search = client.get(reverse("scheduling:slot_search", args=[organization.slug]), {"usager": other.pk})
    assert search.context["citizen"] == one
    assert client.get(address(organization, other)).status_code == 404


def test_a_record_that_changed_meanwhile_is_looked_at_again(client, admin, organization, pair):
    page = address(organization, pair[0], avec=pair[1].pk)
    sent = typed(client.get(page).context["form"], avec=pair[1].pk)
    update_citizen(citizen=pair[1], address="3 rue Haute")

    response = client.post(page, sent)

    assert response.status_code == 422
    assert "vient de changer" in response.content.decode()
    assert "address" in response.context["form"].fields
    assert response.context["form"].initial["seen"] == fingerprint(winner=pair[0], loser=pair[1])
    assert client.post(page, typed(response.context["form"], avec=pair[1].pk)).status_code == 302


def test_a_form_that_lacks_a_choice_comes_back(client, admin, organization, pair):
    page = address(organization, pair[0], avec=pair[1].pk)

    for sent in [{"avec": pair[1].pk}, typed(client.get(page).context["form"], avec=pair[1].pk, last_name="nobody")]:
        response = client.post(page, sent)
        assert response.status_code == 422
        assert "à corriger" in response.content.decode()
    assert not CitizenMerge.objects.exists()


def test_relatives_and_a_responsible_at_once_are_refused_in_words(client, admin, organization, pair):
    update_citizen(citizen=pair[1], responsible=make_citizen(organization=organization))
    make_citizen(organization=organization, responsible=pair[0])
    page = address(organization, pair[0], avec=pair[1].pk)
    form = client.get(page).context["form"]

    response = client.post(page, typed(form, avec=pair[1].pk, responsible="loser"))

    assert response.status_code == 422
    assert "responsable de proches" in response.content.decode()
    assert client.post(page, typed(form, avec=pair[1].pk, responsible="neither")).status_code == 302


def test_who_answers_for_somebody_and_is_not_the_members_to_see_has_no_name(client, organization, pair):
    units = [make_unit(territory=organization.territory) for _ in range(2)]
    hidden = make_citizen(
        organization=make_organization(territory=organization.territory), units=units[:1], last_name="Caché"
    )
    update_citizen(citizen=pair[1], responsible=hidden)
    client.force_login(make_agent(organization=organization, is_front_desk=True))

    content = client.get(address(organization, pair[0], avec=pair[1].pk)).content.decode()

    assert "CACHÉ" not in content
    assert "Une personne que connaît un autre service" in content


def test_the_other_record_is_searched_where_the_sheet_leads(client, admin, organization, pair, assert_query_count):
    page = client.get(address(organization, pair[0], q="zoe dur"))

    assert page.context["found"] == [pair[1]]
    assert f"?avec={pair[1].pk}" in page.content.decode()
    with assert_query_count("citizen_merge"):
        client.get(address(organization, pair[0], avec=pair[1].pk))
    with assert_query_count("citizen_merge search"):
        client.get(address(organization, pair[0], q="zoe"))


@pytest.mark.parametrize("avec", ["", "x", "9" * 30, "own", "sister", "territory"])
def test_a_record_that_is_not_the_members_to_see_is_no_choice(client, admin, organization, pair, avec):
    homes = {"sister": make_organization(territory=organization.territory), "territory": make_organization()}
    other = pair[0].pk if avec == "own" else make_citizen(organization=homes[avec]).pk if avec in homes else avec

    response = client.get(address(organization, pair[0], avec=other))
    assert response.status_code == 200
    assert "form" not in response.context
    assert client.post(address(organization, pair[0]), {"avec": other}).status_code == 422
    assert not CitizenMerge.objects.exists()
