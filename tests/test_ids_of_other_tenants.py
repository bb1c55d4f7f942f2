"""No id of another tenant is ever accepted: in a field of a form, in an address, in what a view reads by itself.

Every form that a page of the back office makes is caught as it is made, and each of its fields is given rows of a
sister organization and of another territory. Ids have ten digits and tell whose they are and of which model.
"""

import re
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
import time_machine
from django import forms
from django.apps import apps
from django.db import connection
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from organizations.models import (
    Agent,
    Citizen,
    Desk,
    Location,
    Membership,
    Motif,
    MotifOption,
    MotifQuestion,
    PartnerType,
    Team,
)
from organizations.tenancy import TerritoryModel
from scheduling.models import Appointment, Calendar, Closure, Conflict, Opening, ReferenceWeek, Unavailability
from tests import test_hostile_parameters as hostile
from tests.factories import NOW, make_agent, make_option
from tests.test_permissions import BACK_OFFICE, SETTINGS, TERRITORY, make_world, signed_in

pytestmark = pytest.mark.django_db

OWN, SISTER, OTHER, OWN_TOO = 1, 2, 3, 4
WORLD, MODEL = 10**9, 10**6
MODELS = [
    model
    for app in ("organizations", "scheduling")
    for model in apps.get_app_config(app).get_models()
    if model._meta.auto_field  # Others are named by their content, or by a key that nobody guesses.
]
AN_ID = re.compile(r"(?<!\d)\d{10}(?!\d)")

# What others' rows are called, so that a page which shows one is found out.
STRANGER = "Étranger"
NAMED = {
    Agent: "last_name",
    Citizen: "last_name",
    Closure: "label",
    Desk: "name",
    Location: "name",
    Motif: "name",
    MotifOption: "name",
    Opening: "title",
    ReferenceWeek: "name",
    Unavailability: "title",
}


def give_ids_of(world):
    """Rows made from now on have ids that begin with `world`, then tell the model."""
    with connection.cursor() as cursor:
        for place, model in enumerate(MODELS):
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
            cursor.execute(f"ALTER SEQUENCE {cursor.fetchone()[0]} RESTART WITH {world * WORLD + place * MODEL + 1}")


def rows_of(model, world):
    return model.objects.filter(pk__gte=world * WORLD, pk__lt=(world + 1) * WORLD).order_by("pk")


class Tenants:
    """One's own organization, with what its pages read of their addresses, and the two that are somebody else's."""

    def __init__(self):
        give_ids_of(OWN)
        self.own = hostile.World()
        self.territory = self.own.organization.territory
        self._add_what_no_page_is_about(self.own.rows["motif"], self.own.admin)
        for world, territory in ((SISTER, self.territory), (OTHER, None)):
            give_ids_of(world)
            made = make_world(territory=territory)
            self._add_what_no_page_is_about(made.objects["motif"], made.people["the owner"])
            for model, field in NAMED.items():
                strange = Concat(Value(f"{STRANGER} "), Cast("pk", CharField()))
                rows_of(model, world).order_by().update(**{field: strange})
        give_ids_of(OWN_TOO)
        self.others = {
            world: {model: row.pk for model in MODELS if (row := rows_of(model, world).first())}
            for world in (SISTER, OTHER)
        }
        self.clients = {
            "admin": signed_in(make_agent(organization=self.own.organization, role=Membership.Role.ADMIN)),
            "territory admin": signed_in(self.own.admin),
        }

    @staticmethod
    def _add_what_no_page_is_about(motif, agent):
        organization = motif.organization
        make_option(motif=motif)
        MotifQuestion.objects.create(organization=organization, motif=motif, label="Pourquoi ?")
        PartnerType.objects.create(territory=organization.territory, name=f"Partenaire de {organization}")
        Team.objects.create(territory=organization.territory, name=f"Équipe de {organization}").agents.add(agent)

    def same_in(self, world, pk):
        """The id of a row of that world, of the model that the id is of."""
        return self.others[world][MODELS[int(pk) % WORLD // MODEL]]

    def address(self, name, **changed):
        return f"{self.own.address(name)}?{urlencode(self.own.queries.get(name, {}) | changed)}"


@pytest.fixture(scope="module")
def tenants(rows_of_the_module):
    with time_machine.travel(NOW, tick=False):
        yield Tenants()


@contextmanager
def forms_made():
    """Every form that comes into being meanwhile."""
    made, make = [], forms.BaseForm.__init__

    def catch(form, *args, **kwargs):
        made.append(form)
        make(form, *args, **kwargs)

    forms.BaseForm.__init__ = catch
    try:
        yield made
    finally:
        forms.BaseForm.__init__ = make


def accepted(form, name, others, *, of_territory):
    """What a field of the form takes of others, in words. `others`: by world and model, the id of a row."""
    field = form.fields[name]
    where = f"{type(form).__name__}.{name}"
    if isinstance(field, forms.ModelChoiceField):
        model = field.queryset.model
        for world in (SISTER, OTHER):
            pk = others[world].get(model)
            # What belongs to the territory belongs to all its organizations.
            is_shared = world == SISTER and (of_territory or issubclass(model, TerritoryModel))
            if pk is None:
                yield f"{where} offers {model.__name__}: make a row of it in Tenants"
            elif not is_shared and takes(field, pk):
                yield f"{where} takes {pk}"
    elif isinstance(field, forms.ChoiceField):
        offered = set(AN_ID.findall(" ".join(str(value) for value, _ in flat(field.choices))))
        others = {str(OTHER)} if of_territory else {str(SISTER), str(OTHER)}
        yield from (f"{where} offers {pk}" for pk in offered if pk[0] in others)


def flat(choices):
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            yield from flat(label)
        else:
            yield value, label


def takes(field, pk):
    try:
        field.clean([pk] if isinstance(field, forms.ModelMultipleChoiceField) else pk)
    except forms.ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", BACK_OFFICE + TERRITORY)
def test_no_field_takes_a_row_of_another_tenant(name, tenants):
    """Opened, and sent with nothing in it; settings once more by who administers the territory and is offered more."""
    asked = [("territory admin", "get")] if name in SETTINGS else []
    asked += [("territory admin" if name in TERRITORY else "admin", method) for method in ("get", "post")]
    found = set()
    for person, method in dict.fromkeys(asked):
        with forms_made() as made:
            response = getattr(tenants.clients[person], method)(tenants.address(name))
        assert response.status_code < 500
        for form in made:
            for field in form.fields:
                found |= set(accepted(form, field, tenants.others, of_territory=name in TERRITORY))
    assert found == set()


@pytest.mark.parametrize("name", BACK_OFFICE)
def test_no_address_of_a_page_finds_a_row_of_another_tenant(name, tenants):
    """Each id that the page reads of its address, replaced by one of a sister's; then all of them by another's."""
    client, query = tenants.clients["admin"], tenants.own.queries.get(name, {})
    ids = {key: value for key, value in query.items() if AN_ID.fullmatch(str(value))}
    asked = [{key: tenants.same_in(SISTER, value)} for key, value in ids.items()]
    asked += [{key: tenants.same_in(OTHER, value) for key, value in ids.items()}] if ids else []
    for changed in asked:
        response = client.get(tenants.address(name, **changed), follow=True)
        assert response.status_code < 500
        assert STRANGER not in response.content.decode(), changed


class TestWhatAViewReadsByItself:
    """Ids in a POST that no field of a form has checked."""

    @pytest.fixture(params=[SISTER, OTHER], ids=["of a sister", "of another territory"])
    def world(self, request):
        return request.param

    @pytest.fixture
    def client(self, tenants):
        return tenants.clients["admin"]

    def test_somebody_chosen_among_possible_duplicates(self, tenants, client, world):
        address = tenants.address("scheduling:appointment_add", usager="")
        before = Appointment.objects.count()

        assert client.post(address, {"existing": rows_of(Citizen, world).first().pk}).status_code == 404
        assert Appointment.objects.count() == before

    def test_the_place_and_the_calendar_that_an_rdv_moves_to(self, tenants, client, world):
        before = Appointment.objects.values().get(pk=tenants.own.rows["appointment"].pk)
        place, calendar = rows_of(Location, world).first().pk, rows_of(Calendar, world).first().pk
        own = {"location": tenants.own.rows["location"].pk, "calendar": tenants.own.admin.calendar.pk}
        for forged in ({"location": place}, {"calendar": calendar}):
            posted = own | forged | {"starts_at": "2026-03-09T08:00:00+0000"}
            assert client.post(tenants.address("scheduling:appointment_move"), posted).status_code == 422
        assert Appointment.objects.values().get(pk=before["id"]) == before

    def test_rdvs_to_settle_and_where_they_go(self, tenants, client, world):
        own = tenants.own.rows["appointment"]
        theirs = rows_of(Appointment, world).first()
        calendar = rows_of(Calendar, world).first()
        before = {pk: Appointment.objects.values().get(pk=pk) for pk in (own.pk, theirs.pk)}
        of_these = Conflict.objects.filter(appointment_calendar__appointment__in=before)
        unsettled = of_these.filter(kept_at=None).count()
        assert of_these.filter(appointment_calendar__appointment=own, kept_at=None).exists()
        for posted in (
            {f"rdv-{theirs.pk}": "garder", f"vu-{theirs.pk}": theirs.ics_sequence},
            {f"rdv-{theirs.pk}": "deprogrammer", f"vu-{theirs.pk}": theirs.ics_sequence},
            {f"rdv-{own.pk}": f"deplacer@{calendar.pk}@2026-03-09T08:00:00Z", f"vu-{own.pk}": own.ics_sequence},
        ):
            address = tenants.own.address("scheduling:conflict_list")
            response = client.post(address, posted)
            client.post(address, posted | {"confirme": response.context["signature"]})
            assert STRANGER not in response.content.decode()
        assert {pk: Appointment.objects.values().get(pk=pk) for pk in before} == before
        assert of_these.filter(kept_at=None).count() == unsettled

    @pytest.mark.parametrize("model", [MotifOption, MotifQuestion])
    def test_the_rows_of_a_motif(self, tenants, client, world, model):
        """An id of another motif's row is a row without id: a new one."""
        theirs = rows_of(model, world).first()
        before = model.objects.values().get(pk=theirs.pk)
        page = client.get(tenants.own.address("scheduling:motif_edit")).context
        posted = {"options-0-id": theirs.pk, "options-0-name": "Volée", "questions-0-label": "Volée ?"}
        posted |= {"questions-0-id": theirs.pk, "questions-0-kind": "short"}
        for rows in (page["options"], page["questions"]):
            posted |= {f"{rows.prefix}-{name}_FORMS": 1 for name in ("TOTAL", "INITIAL")}
        posted |= {"name": "Le motif", "color": "#1d4f91", "duration": "30", "pause": "0", "max_persons": 1}
        posted |= {"booking_audience": "everyone", "minimum_delay": "30", "maximum": "3m", "change_deadline": "4h"}

        response = client.post(tenants.own.address("scheduling:motif_edit"), posted)

        assert response.status_code == 302, response.context["form"].errors
        assert model.objects.values().get(pk=theirs.pk) == before
