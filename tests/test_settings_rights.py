"""Who may open and send each page of settings: one table, and every row of it is asked for.

An administrators' page, and any below `parametres/` or `territoire/`, has one line here, or a test names it as
missing. Its objects come from `test_permissions.make_world`.
"""

import pytest
from django.urls import reverse

from tests.test_permissions import PATTERNS, SETTINGS, TERRITORY, asked_and_undone, make_world, signed_in

pytestmark = pytest.mark.django_db

# ✓ is let in: the page answers with the status of the columns GET and POST (sent without any field: 422 is a form sent
# back, 302 an act done; 405 is a method that it does not have, asked for by administrators only). Another status is
# what this person gets, whatever the method.
#
#   agent      of another service than the row's      service    an agent of the row's service
#   accueil    at the front desk, without service     admin      administrator of the organization
#   territory  administrator of the territory
#
# The last two columns are what administrators get with the id of a row of a sister organization, and of another
# territory; – where the address holds no id. Strangers to the organization find nothing, whatever the line.
OF_AN_ORGANIZATION = """
                                         GET POST   agent service accueil admin territory   sister's another's

scheduling:first_steps                   200  405     403   403     403     ✓       ✓           –       –
scheduling:first_admin                   200  422     403   403     403     ✓       ✓           –       –
scheduling:first_units                   200  422     403   403     403    200      ✓           –       –
scheduling:first_motifs                  200  422     403   403     403     ✓       ✓           –       –
scheduling:first_location                200  422     403   403     403     ✓       ✓           –       –
scheduling:first_hours                   200  422     403   403     403     ✓       ✓           –       –
scheduling:first_trial                   200  405     403   403     403     ✓       ✓           –       –

scheduling:organization_settings         200  422     403   403     403     ✓       ✓           –       –

organizations:invitation_add             200  422     403   403     403     ✓       ✓           –       –
organizations:invitation_resend          405  302     403   403     403     ✓       ✓          404     404
organizations:invitation_revoke          405  302     403   403     403     ✓       ✓          404     404
scheduling:member_list                   200  405     403   403     403     ✓       ✓           –       –
scheduling:member_edit                   200  422     403   403     403     ✓       ✓          404     404
scheduling:member_remove                 200  302     403   403     403     ✓       ✓          404     404

scheduling:motif_list                    200  405     403   403     403     ✓       ✓           –       –
scheduling:motif_add                     200  422     403   403     403     ✓       ✓           –       –
scheduling:motif_duration                200  405     403   403     403     ✓       ✓           –       –
scheduling:motif_edit                    200  422     403   403     403     ✓       ✓          404     404
scheduling:motif_duplicate               200  422     403   403     403     ✓       ✓          404     404
scheduling:motif_archive                 200  302     403   403     403     ✓       ✓          404     404
scheduling:motif_unarchive               405  302     403   403     403     ✓       ✓          404     404

notifications:message_figures            200  405     403   403     403     ✓       ✓           –       –
notifications:notification_settings      200  302     403   403     403     ✓       ✓           –       –
notifications:text_edit                  200  422     403   403     403     ✓       ✓           –       –
notifications:motif_notification_settings 200 302     403   403     403     ✓       ✓          404     404
notifications:motif_text_edit            200  422     403   403     403     ✓       ✓          404     404

organizations:location_list              200  405     403   403     403     ✓       ✓           –       –
organizations:location_add               200  422     403   403     403     ✓       ✓           –       –
organizations:location_edit              200  422     403   403     403     ✓       ✓          404     404
scheduling:location_close                200  302     403   403     403     ✓       ✓          404     404
scheduling:location_reopen               405  302     403   403     403     ✓       ✓          404     404
scheduling:location_share                200  302     403   403     403     ✓       ✓          404     404
scheduling:location_delete               200  422     403   403     403     ✓       ✓          404     404

scheduling:desk_list                     200  405      ✓     ✓       ✓      ✓       ✓           –       –
scheduling:desk_add                      200  422     403   403     403     ✓       ✓           –       –
scheduling:desk_edit                     200  422     404    ✓      403     ✓       ✓          404     404
scheduling:desk_archive                  200  302     404    ✓      403     ✓       ✓          404     404
scheduling:desk_unarchive                405  302     404    ✓      403     ✓       ✓          404     404

scheduling:allowance_list                200  405     403   403     403     ✓       ✓           –       –
scheduling:allowance_edit                200  302     403   403     403     ✓       ✓          404     404

scheduling:reference_week_list           200  405     403   403     403     ✓       ✓           –       –
scheduling:reference_week_add            200  422     403   403     403     ✓       ✓           –       –
scheduling:reference_week_reading        200  405     403   403     403     ✓       ✓           –       –
scheduling:reference_week_edit           200  422     403   403     403     ✓       ✓          404     404
scheduling:reference_week_delete         200  302     403   403     403     ✓       ✓          404     404
scheduling:reference_week_apply          200  422     403   403     403     ✓       ✓          404     404

scheduling:opening_days                  200  405     403   403     403     ✓       ✓           –       –
scheduling:open_weekdays_edit            405  422     403   403     403     ✓       ✓           –       –
scheduling:holidays_edit                 405  302     403   403     403     ✓       ✓           –       –
scheduling:holiday_dates_edit            405  302     403   403     403     ✓       ✓           –       –
scheduling:closure_add                   200  422     403   403     403     ✓       ✓           –       –
scheduling:closure_delete                200  302     403   403     403     ✓       ✓          404     404

booking_portal:online_booking            200  405     403   403     403     ✓       ✓           –       –
booking_portal:online_booking_addresses  200  405     403   403     403     ✓       ✓           –       –
booking_portal:calendar_address_list     200  405      ✓     ✓       ✓      ✓       ✓           –       –
booking_portal:calendar_address_edit     200  302     404   403     403     ✓       ✓          404     404
booking_portal:calendar_poster           200  405     404   403     403     ✓       ✓          404     404
booking_portal:calendar_qr               200  405     404   403     403     ✓       ✓          404     404
booking_portal:organization_poster       200  405     403   403     403     ✓       ✓           –       –
booking_portal:organization_qr           200  405     403   403     403     ✓       ✓           –       –
booking_portal:location_poster           200  405     403   403     403     ✓       ✓          404     404
booking_portal:location_qr               200  405     403   403     403     ✓       ✓          404     404
booking_portal:motif_poster              200  405     403   403     403     ✓       ✓          404     404
booking_portal:motif_qr                  200  405     403   403     403     ✓       ✓          404     404
"""

# `member` is an administrator of one organization without a role in the territory; `teams`, `access` and `invites`
# are agents who have that one right. A sister organization's rows are the territory's own.
OF_A_TERRITORY = """
                                         GET POST   member  teams access invites territory   sister's another's

scheduling:territory_overview            200  405     404     ✓      ✓      ✓       ✓           –       –
booking_portal:frame_ancestors           200  302     404    403    403    403      ✓           –       –

scheduling:organization_list             200  405     404    403    403    403      ✓           –       –
scheduling:organization_add              200  422     404    403    403    403      ✓           –       –
scheduling:organization_slug             200  405     404    403    403    403      ✓           –       –
scheduling:organization_edit             200  422     404    403    403    403      ✓           ✓      404
scheduling:territory_settings            200  422     404    403    403    403      ✓           –       –
scheduling:territory_theme               200  405     404    403    403    403      ✓           –       –
scheduling:territory_logo_edit           405  422     404    403    403    403      ✓           –       –
scheduling:territory_logo_remove         405  302     404    403    403    403      ✓           –       –

scheduling:territory_import_add          200  422     404    403    403    403      ✓           –       –
scheduling:territory_import_template     200  405     404    403    403    403      ✓           –       –
scheduling:territory_import_detail       200  405     404    403    403    403      ✓           ✓      404
scheduling:territory_import_progress     200  405     404    403    403    403      ✓           ✓      404
scheduling:territory_import_run          405  302     404    403    403    403      ✓           ✓      404
scheduling:territory_import_discard      405  302     404    403    403    403      ✓           ✓      404

scheduling:territory_motif_list          200  405     404    403    403    403      ✓           –       –
scheduling:territory_motif_add           200  422     404    403    403    403      ✓           –       –
scheduling:territory_motif_duration      200  405     404    403    403    403      ✓           –       –
scheduling:territory_motif_bulk_edit     200  200     404    403    403    403      ✓           –       –
scheduling:territory_motif_bulk_undo     200  302     404    403    403    403      ✓           ✓      404

notifications:territory_message_list     200  405     404    403    403    403      ✓           –       –
notifications:territory_message_figures  200  405     404    403    403    403      ✓           –       –
notifications:territory_notification_settings 200 422    404    403    403    403      ✓           –       –
notifications:territory_text_edit        200  422     404    403    403    403      ✓           –       –

organizations:unit_list                  200  405      404    403    403    403      ✓           –       –
organizations:unit_add                   200  422      404    403    403    403      ✓           –       –
organizations:unit_edit                  200  422      404    403    403    403      ✓           ✓      404
organizations:unit_delete                200  422      404    403    403    403      ✓           ✓      404
organizations:partner_type_list          200  405      404    403    403    403      ✓           –       –
organizations:partner_type_add           200  422      404    403    403    403      ✓           –       –
organizations:partner_type_edit          200  422      404    403    403    403      ✓           ✓      404
organizations:partner_type_delete        200  302      404    403    403    403      ✓           ✓      404

organizations:team_list                  200  405      404     ✓     403    403      ✓           –       –
organizations:team_add                   200  422      404     ✓     403    403      ✓           –       –
organizations:team_edit                  200  422      404     ✓     403    403      ✓           ✓      404
organizations:team_delete                200  302      404     ✓     403    403      ✓           ✓      404

organizations:rights_list                200  405      404    403     ✓     403      ✓           –       –
organizations:rights_edit                200  302      404    403     ✓     403      ✓           ✓      404
organizations:territory_invitation_add   200  422      404    403    403     ✓       ✓           –       –
"""

PEOPLE = {
    "agent": "other service",
    "service": "same service",
    "accueil": "front desk",
    "admin": "admin",
    "territory": "territory admin",
    "member": "admin",
    "teams": "manages teams",
    "access": "manages access",
    "invites": "invites agents",
}
# Of no use in the organization, or in the territory: what anybody else is.
STRANGERS = [
    "admin of a sister organization",
    "admin of another territory",
    "admin of the territory next door",
    "agent without organization",
]


def lines_of(table):
    """By name of the page: what stands in each column."""
    head, *rows = [line.split() for line in table.strip().splitlines() if line.strip()]
    return {name: dict(zip(head, cells, strict=True)) for name, *cells in rows}


TABLE = lines_of(OF_AN_ORGANIZATION) | lines_of(OF_A_TERRITORY)
WITH_AN_ID = [name for name in SETTINGS if "pk" in PATTERNS[name].pattern.converters]


def test_every_page_of_settings_has_its_line():
    assert sorted(TABLE) == SETTINGS


def test_no_page_stands_in_both_tables():
    assert set(lines_of(OF_A_TERRITORY)) == set(TERRITORY)


@pytest.fixture(scope="module")
def world(rows_of_the_module):
    return make_world()


@pytest.fixture(scope="module")
def elsewhere(world):
    """The same rows in a sister organization and in another territory."""
    return {"sister's": make_world(territory=world.organization.territory), "another's": make_world()}


@pytest.fixture(scope="module")
def clients(world):
    return {person: signed_in(agent) for person, agent in world.people.items()}


def methods_of(line):
    return [method for method in ("GET", "POST") if line[method] != "405"]


def wrong_answers(client, line, cell, path, methods):
    """By method: the status, where it is another than the line says. What was done is undone."""
    statuses = {method: str(asked_and_undone(client, method.lower(), path).status_code) for method in methods}
    return {method: status for method, status in statuses.items() if status != (line[method] if cell == "✓" else cell)}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_page_answers_everybody_as_its_line_says(name, world, clients):
    """Strangers ask once, with what would do the most."""
    line, path, wrong = TABLE[name], world.path(name), {}
    asked = {PEOPLE[column]: (cell, methods_of(line)) for column, cell in line.items() if column in PEOPLE}
    strangers = {"nobody": "302"} | dict.fromkeys(STRANGERS, "404")
    asked |= {person: (cell, methods_of(line)[-1:]) for person, cell in strangers.items()}
    for person, (cell, methods) in asked.items():
        if found := wrong_answers(clients[person], line, cell, path, methods):
            wrong[person] = found
    assert wrong == {}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_page_has_no_other_method_than_its_line_says(name, world, clients):
    lacking = [method for method in ("GET", "POST") if TABLE[name][method] == "405"]
    statuses = {getattr(clients["territory admin"], method.lower())(world.path(name)).status_code for method in lacking}
    assert statuses <= {405}


@pytest.mark.parametrize("name", WITH_AN_ID)
@pytest.mark.parametrize("whose", ["sister's", "another's"])
def test_the_id_of_another_tenant_is_answered_as_its_line_says(name, whose, world, elsewhere, clients):
    """In the address of the own organization, and of the own territory."""
    line, wrong = TABLE[name], {}
    slug = world.organization.territory.slug if name in TERRITORY else world.organization.slug
    path = reverse(name, args=[slug, elsewhere[whose].object_of(name).pk])
    for person in ("territory admin",) if name in TERRITORY else ("admin", "territory admin"):
        if found := wrong_answers(clients[person], line, line[whose], path, methods_of(line)):
            wrong[person] = found
    assert wrong == {}
