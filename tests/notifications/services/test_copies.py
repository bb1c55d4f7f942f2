"""A copied motif tells its citizens what its original tells."""

import pytest
from django.urls import reverse

from notifications.levels import Level
from notifications.models import MessageSwitch, MessageText
from notifications.selectors.texts import texts_of_level
from notifications.services.copies import copy_messages_of_motif
from notifications.services.texts import withdraw_text, write_text
from organizations.models import Motif
from scheduling.services.motifs import create_motif
from tests.factories import NOW, make_agent, make_motif, make_organization, make_territory_admin
from tests.scheduling.views.test_motifs import typed

pytestmark = pytest.mark.django_db


def level_of(motif):
    return Level(motif.organization.territory, motif.organization, motif)


def write(motif, body, **which):
    which = {"kind": "booked", "channel": "sms", "language": "fr", "subject": "", "seen": None} | which
    return write_text(level=level_of(motif), body=body, agent=which.pop("agent", None), now=NOW, **which)


def switch(motif):
    MessageSwitch.objects.create(
        **level_of(motif).columns, kind="booked", channel="sms", is_on=False, changed_at=NOW, changed_by=None
    )


def texts_of(motif):
    rows = MessageText.objects.in_force().filter(motif=motif)
    return {(row.kind, row.channel, row.language, row.subject, row.body) for row in rows}


@pytest.fixture
def original():
    motif = make_motif(name="Passeport")
    write(motif, "Le passeport")
    write(motif, "The passport", language="en")
    write(motif, "N'oubliez pas", kind="reminder", channel="email", subject="Rappel")
    return motif


def copied(original, organization=None):
    return create_motif(
        organization=organization or original.organization, now=NOW, copied_from=original, name="Passeport (copie)"
    )


def test_a_copy_has_the_texts_in_force_in_each_language(original):
    copy = copied(original)

    assert texts_of(copy) == texts_of(original)
    assert len(texts_of(copy)) == 3


def test_what_is_off_for_the_original_is_off_for_the_copy(original):
    switch(original)

    copied_switch = MessageSwitch.objects.get(motif=copied(original))

    assert (copied_switch.kind, copied_switch.channel, copied_switch.is_on) == ("booked", "sms", False)


def test_they_are_its_own_from_then_on(original):
    copy = copied(original)
    write(original, "Autre chose", seen=MessageText.objects.get(motif=original, kind="booked", language="fr").pk)

    found = texts_of_level(level_of(copy)).of_level(level_of(copy), kind="booked", channel="sms")

    assert (found.source, found.text.body) == ("motif", "Le passeport")


def test_neither_history_nor_what_was_taken_back_comes_along(original):
    text = MessageText.objects.get(motif=original, kind="reminder")
    withdraw_text(level=level_of(original), kind="reminder", channel="email", seen=text.pk, agent=None, now=NOW)

    copy = copied(original)

    assert MessageText.objects.filter(motif=copy).count() == 2
    assert not MessageText.objects.filter(motif=copy, kind="reminder").exists()


def test_who_wrote_them_stays_their_author(original):
    agent = make_agent(organization=original.organization)
    write(original, "Déplacé", kind="moved", agent=agent)

    assert MessageText.objects.get(motif=copied(original), kind="moved").written_by == agent


def test_in_another_organization_they_are_of_that_one(original):
    sister = make_organization(territory=original.organization.territory)

    copy = copied(original, sister)

    assert set(MessageText.objects.filter(motif=copy).values_list("organization", flat=True)) == {sister.pk}
    assert texts_of(copy) == texts_of(original)


def test_a_motif_that_is_no_copy_has_none(original):
    motif = create_motif(organization=original.organization, now=NOW, name="Carte grise")

    assert texts_of(motif) == set()


def test_costs_four_queries_however_many_texts(original, django_assert_num_queries):
    copy = make_motif(organization=original.organization)
    switch(original)
    with django_assert_num_queries(4 + 2):  # And the savepoint's.
        copy_messages_of_motif(original=original, copy=copy, now=NOW)


@pytest.mark.parametrize("where", ["here", "in a sister organization"])
def test_the_button_copies_them(original, client, where):
    organization = original.organization
    sister = make_organization(territory=organization.territory)
    client.force_login(make_territory_admin(territory=organization.territory))
    address = reverse("scheduling:motif_duplicate", args=[organization.slug, original.pk])
    where = organization if where == "here" else sister

    assert client.post(address, typed(name="La copie", organisation=where.pk)).status_code == 302

    copy = Motif.objects.get(name="La copie")
    assert (copy.organization, texts_of(copy)) == (where, texts_of(original))
