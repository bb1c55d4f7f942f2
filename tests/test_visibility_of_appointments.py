"""Who sees and who changes which RDVs, citizens and calendars: tables that a person can read, and every line is tried.

One organization with two services, A and B; `visible_world` says who is who. The columns are people:

  A, B       a basic agent of that service          accueil    at the front desk, without a service
  admin      administrator of the organization      territory  administrator of the territory
  sister     administrator of another organization of the territory
  another    administrator of an organization of another territory
  nobody     not signed in
"""

from io import BytesIO

import pytest
import time_machine
from django.db import connection, transaction
from openpyxl import load_workbook

from organizations.models import Territory
from organizations.services.citizens import make_known
from scheduling.models import Export
from scheduling.selectors.exports import pieces_of
from scheduling.services.exports import write_export
from tests.factories import MONDAY, NOW, make_appointment, make_citizen, paris
from tests.test_permissions import DAILY_WORK
from tests.visible_world import FIRST_NAMES, NAMES, OF_SERVICE, A, B, VisibleWorld, has_a_row, requests_of

pytestmark = pytest.mark.django_db

# The RDVs that each place shows to each person, by letter. Of service A:
#   a at its desk   c on the calendar of a colleague   w a workshop   m on the calendar of the agent of service B
# and of service B likewise:
#   b at its desk   d on the calendar of a colleague   v a workshop   n on the calendar of the agent of service A
# What one holds on one's own calendar one sees, of whatever service it is; on a calendar that one does not see, it is
# in the list and not in the agenda. A number is the answer's status.
RDVS = """
                            A       B       accueil    admin      territory   sister  another  nobody

the list                    acmnw   bdmnv   abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
the list, searched          acmnw   bdmnv   abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
their pages                 acmnw   bdmnv   abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
the agenda                  acnw    bdmv    abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
the agenda's data           acnw    bdmv    abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
the day sheet of calendars  acnw    bdmv    abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
the day sheet of the place  acnw    bdmv    abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
« Aujourd'hui »             anw     bmv     abvw       abvw       abvw        404     404      302
the waiting room            acmnw   bdmnv   abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
conflicts to settle         a       b       ab         ab         ab          404     404      302
the journal of messages     acmnw   bdmnv   abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
the export of RDVs          acmnw   bdmnv   abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
of participations           acmnw   bdmnv   abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
"""

# The citizens, by the letter of their RDV: each is known to the organization through the service of that RDV.
CITIZENS = """
                            A       B       accueil    admin      territory   sister  another  nobody

the list                    acmw    bdnv    abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
the search                  acmw    bdnv    abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
their records               acmw    bdnv    abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
looked for when booking     acmw    bdnv    abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
looked for without RDV      acmw    bdnv    abcdmnvw   abcdmnvw   abcdmnvw    404     404      302
likely duplicates           a       b       ab         ab         ab          404     404      302
"""

# The calendars: a the desk of service A, p its agent, r a colleague; b, q and s those of service B.
CALENDARS = """
                            A       B       accueil    admin      territory   sister  another  nobody

of the agenda               apr     bqs     abpqrs     abpqrs     abpqrs      404     404      302
of the agenda's data        apr     bqs     abpqrs     abpqrs     abpqrs      404     404      302
of « Aujourd'hui »          ap      bq      ab         ab         ab          404     404      302
of the day sheet            apr     bqs     abpqrs     abpqrs     abpqrs      404     404      302
of the list's filters       apr     bqs     abpqrs     abpqrs     abpqrs      404     404      302
where one may queue         ap      bq      ab         ab         ab          404     404      302
with openings to see        ar      bs      abrs       abrs       abrs        404     404      302
with absences to see        a       b       ab         ab         ab          404     404      302
on which one opens hours    ap      bq      .          abpqrs     abpqrs      404     404      302
"""

# Every page of the daily work, asked about what belongs to service A; then, with the columns A and B exchanged, about
# what belongs to service B. A method that a page lacks is –. In the columns of people:
#   ✓      let in: the page answers as GET and POST say, and the POST writes something
#   own    let in for what is their own: nothing of service A is shown, and what a POST writes is not about it
#   none   the page answers, shows nothing of service A, and a POST writes nothing
#   403…   this answer to every method, and nothing is written
# A page marked @colleague is about the calendar of a colleague; @lent about the RDV on that of an agent of the other
# service, who sees it without its service, as the service sees it without the calendar.
PAGES = """
                                       GET POST   A    B     accueil admin territory sister another nobody

scheduling:today                       200  –     ✓    none    ✓      ✓      ✓        404    404    302
scheduling:waiting_room                200  –     ✓    none    ✓      ✓      ✓        404    404    302
scheduling:agenda                      200  –     ✓    none    ✓      ✓      ✓        404    404    302
scheduling:agenda_feed                 200  –     ✓    404     ✓      ✓      ✓        404    404    302
scheduling:day_sheet                   200  –     ✓    none    ✓      ✓      ✓        404    404    302
scheduling:appointment_list            200  –     ✓    none    ✓      ✓      ✓        404    404    302
notifications:message_list             200  –     ✓    none    ✓      ✓      ✓        404    404    302
scheduling:conflict_list               200 302    ✓    none    ✓      ✓      ✓        404    404    302

scheduling:agenda_view_list            200  –     ✓    own    own    own    own       404    404    302
scheduling:agenda_view_add              –  302    ✓    none    ✓      ✓      ✓        404    404    302
scheduling:agenda_view_rename           –  302    ✓    404    404    404    404       404    404    302
scheduling:agenda_view_delete           –  302    ✓    404    404    404    404       404    404    302

scheduling:slot_search                 200  –     ✓    404     ✓      ✓      ✓        404    404    302
scheduling:slot_month                  200  –     ✓    404     ✓      ✓      ✓        404    404    302
scheduling:slot_explanation            200  –     ✓    422     ✓      ✓      ✓        404    404    302
scheduling:appointment_add             200 302    ✓    none    ✓      ✓      ✓        404    404    302
scheduling:appointment_place           200 302    ✓    none    ✓      ✓      ✓        404    404    302
scheduling:walk_in_add                 200 302    ✓    none    ✓      ✓      ✓        404    404    302

scheduling:appointment_detail          200  –     ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_visit            –  302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_outcome          –  302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_cancel          200 302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_move            200 302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_glance          200 200    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_shift           200 302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_shift@lent      200 302   403    ✓      ✓      ✓      ✓        404    404    302
scheduling:appointment_drag             –  200    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_drag@lent        –  200   403    ✓      ✓      ✓      ✓        404    404    302
scheduling:appointment_keep             –  302    ✓    404     ✓      ✓      ✓        404    404    302

scheduling:appointment_edit            200 302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_calendars       200 302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_duplicate       200 302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_resume          200 302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_elsewhere_detail 200 –     ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_elsewhere_cancel 200 302   ✓    404     ✓      ✓      ✓        404    404    302
notifications:message_resend            –  302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:appointment_join            200 302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:participant_outcome          –  302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:participant_edit            200 302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:participant_cancel          200 302    ✓    404     ✓      ✓      ✓        404    404    302

scheduling:workshop_list               200  –     ✓    none    ✓      ✓      ✓        404    404    302
scheduling:workshop_add                200 302    ✓    none    ✓      ✓      ✓        404    404    302
scheduling:workshop_edit               200 302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:workshop_presence            –  302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:workshop_seat                –  302    ✓    404     ✓      ✓      ✓        404    404    302
scheduling:workshop_sheet              200  –     ✓    404     ✓      ✓      ✓        404    404    302

scheduling:export_list                 200  –     ✓    own    own    own    own       404    404    302
scheduling:export_add                   –  302    ✓    own     ✓      ✓      ✓        404    404    302
scheduling:export_download             200  –     ✓    404    404    404    404       404    404    302
scheduling:export_delete                –  302    ✓    404    404    404    404       404    404    302

organizations:citizen_list             200  –     ✓    none    ✓      ✓      ✓        404    404    302
organizations:citizen_add              200 302    ✓    none    ✓      ✓      ✓        404    404    302
organizations:citizen_duplicates       200  –     ✓    none    ✓      ✓      ✓        404    404    302
scheduling:citizen_detail              200  –     ✓    404     ✓      ✓      ✓        404    404    302
organizations:citizen_edit             200 302    ✓    404     ✓      ✓      ✓        404    404    302
organizations:citizen_relatives        200 302    ✓    404     ✓      ✓      ✓        404    404    302
organizations:citizen_distinguish       –  302   403   404     ✓      ✓      ✓        404    404    302
scheduling:citizen_merge               200 302   403   404     ✓      ✓      ✓        404    404    302

scheduling:opening_list                200  –     ✓    none    ✓      ✓      ✓        404    404    302
scheduling:opening_preview             200  –     ✓    404    403     ✓      ✓        404    404    302
scheduling:opening_add                 200 302    ✓    none   none    ✓      ✓        404    404    302
scheduling:opening_scope               200  –     ✓    404    403     ✓      ✓        404    404    302
scheduling:opening_restore              –  302    ✓    404    403     ✓      ✓        404    404    302
scheduling:opening_edit                200 302    ✓    404    403     ✓      ✓        404    404    302
scheduling:opening_edit@colleague      200 302   403   404    403     ✓      ✓        404    404    302
scheduling:opening_delete              200 302    ✓    404    403     ✓      ✓        404    404    302
scheduling:opening_delete@colleague    200 302   403   404    403     ✓      ✓        404    404    302

scheduling:unavailability_list         200  –     ✓    none    ✓      ✓      ✓        404    404    302
scheduling:unavailability_preview      200  –     ✓    404    403     ✓      ✓        404    404    302
scheduling:unavailability_add          200 302    ✓    none   none    ✓      ✓        404    404    302
scheduling:unavailability_scope        200  –     ✓    404    403     ✓      ✓        404    404    302
scheduling:unavailability_restore       –  302    ✓    404    403     ✓      ✓        404    404    302
scheduling:unavailability_edit         200 302    ✓    404    403     ✓      ✓        404    404    302
scheduling:unavailability_delete       200 302    ✓    404    403     ✓      ✓        404    404    302
"""

# About the agent's own place in the organization.
ABOUT_NOBODY_ELSE = {"notifications:my_notifications", "scheduling:member_leave"}


def lines_of(table):
    """[(first words of the line, {column: cell})]."""
    head, *lines = [line for line in table.strip().splitlines() if line.strip()]
    columns = head.split()
    cells = [line.rsplit(maxsplit=len(columns)) for line in lines]
    return {name.strip(): dict(zip(columns, row, strict=True)) for name, *row in cells}


RDV_LINES, CITIZEN_LINES, CALENDAR_LINES = map(lines_of, (RDVS, CITIZENS, CALENDARS))
PAGE_LINES = lines_of(PAGES)


def test_every_page_of_the_daily_work_has_its_line():
    """Whoever adds a page says here who sees what through it."""
    assert sorted({name.partition("@")[0] for name in PAGE_LINES} | ABOUT_NOBODY_ELSE) == DAILY_WORK


@pytest.fixture(scope="module")
def world(rows_of_the_module):
    with time_machine.travel(NOW, tick=False):
        yield VisibleWorld()


def letters_in(text):
    """Of the people whose names stand in the text."""
    return {letter for letter, name in NAMES.items() if name.casefold() in text.casefold()}


def asked(client, *paths):
    """The responses that are pages; else the status of the first one, which for strangers stands for all."""
    first, *others = paths
    response = client.get(first)
    others = others if response.status_code == 200 or client.is_inside else []
    responses = [response, *map(client.get, others)]
    return [page for page in responses if page.status_code == 200] or response.status_code


def shown(client, *paths):
    found = asked(client, *paths)
    return found if isinstance(found, int) else set().union(*(letters_in(page.content.decode()) for page in found))


class WhereRDVsAre:
    """One method for each line of RDVS: the letters, or the status of the answer."""

    def __init__(self, world, client):
        self.world, self.client, self.url = world, client, world.url
        self.agendas = [calendar.pk for calendar in world.calendars]

    def the_list(self):
        found = asked(self.client, self.url("scheduling:appointment_list"))
        if isinstance(found, int):
            return found
        (page,) = found
        counted = sum(count for _, _, count, _ in page.context["states"])
        assert page.context["total"] == page.context["number"] == counted == len(letters_in(page.content.decode()))
        return letters_in(page.content.decode())

    def the_list_searched(self):
        return shown(self.client, *(self.url("scheduling:appointment_list", q=word) for word in FIRST_NAMES.values()))

    def their_pages(self):
        rows = self.world.booked.values()
        return shown(self.client, *(self.url("scheduling:appointment_detail", pk=row.pk) for row in rows))

    def the_agenda(self):
        return shown(self.client, self.url("scheduling:agenda", agenda=self.agendas, vue="jour"))

    def the_agendas_data(self):
        feeds = (self.url("scheduling:agenda_feed", agenda=pk, start=MONDAY) for pk in self.agendas)
        return shown(self.client, *feeds)

    def the_day_sheet_of_calendars(self):
        return shown(self.client, self.url("scheduling:day_sheet", agenda=self.agendas))

    def the_day_sheet_of_the_place(self):
        return shown(self.client, self.url("scheduling:day_sheet", lieu=self.world.place.pk))

    def aujourdhui(self):
        desks = [self.world.of[service].desk.calendar.pk for service in (A, B)]
        own = self.url("scheduling:today")
        return shown(self.client, own, *(self.url("scheduling:today", agenda=pk) for pk in desks))

    def the_waiting_room(self):
        return shown(self.client, self.url("scheduling:waiting_room", lieu=self.world.place.pk))

    def conflicts_to_settle(self):
        return shown(self.client, self.url("scheduling:conflict_list"))

    def the_journal_of_messages(self):
        return shown(self.client, self.url("notifications:message_list", du=""))

    def the_export_of_rdvs(self):
        return self._exported(Export.Kind.APPOINTMENTS)

    def of_participations(self):
        return self._exported(Export.Kind.PARTICIPATIONS)

    def _exported(self, kind):
        known = set(Export.objects.values_list("pk", flat=True))
        answer = self.client.post(self.url("scheduling:export_add", du=MONDAY), {"kind": kind})
        export = Export.objects.exclude(pk__in=known).first()
        if export is None:
            return answer.status_code
        write_export(export_id=export.pk, now=NOW)
        rows = list(load_workbook(BytesIO(b"".join(pieces_of(export)))).active.values)[1:]
        found = letters_in(str(rows))
        assert len(rows) == len(found)
        return found


class WhereCitizensAre(WhereRDVsAre):
    def the_list(self):
        return shown(self.client, self.url("organizations:citizen_list"))

    def the_search(self):
        return shown(self.client, *(self.url("organizations:citizen_list", q=word) for word in FIRST_NAMES.values()))

    def their_records(self):
        rows = [row.citizens.get() for row in self.world.booked.values()]
        return shown(self.client, *(self.url("scheduling:citizen_detail", pk=row.pk) for row in rows))

    def looked_for_when_booking(self):
        return self._searched_by_script("scheduling:appointment_add")

    def looked_for_without_rdv(self):
        return self._searched_by_script("scheduling:walk_in_add")

    def _searched_by_script(self, name):
        paths = [self.url(name, q=word) for word in FIRST_NAMES.values()]
        answers = [self.client.get(path, headers={"HX-Request": "true"}) for path in paths]
        if answers[0].status_code != 200:
            return answers[0].status_code
        return set().union(*(letters_in(answer.content.decode()) for answer in answers))

    def likely_duplicates(self):
        return shown(self.client, self.url("organizations:citizen_duplicates"))


class WhereCalendarsAre(WhereRDVsAre):
    def _lettered(self, name, calendars_of, **query):
        found = asked(self.client, self.url(name, **query))
        if isinstance(found, int):
            return found
        offered = {calendar.pk for calendar in calendars_of(found[0].context)}
        return {letter for letter, pk in zip("aprbqs", self.agendas, strict=True) if pk in offered}

    def of_the_agenda(self):
        return self._lettered("scheduling:agenda", lambda context: context["choice"].offered)

    def of_the_agendas_data(self):
        answers = [self.client.get(self.url("scheduling:agenda_feed", agenda=pk)).status_code for pk in self.agendas]
        found = {letter for letter, status in zip("aprbqs", answers, strict=True) if status == 200}
        return found or answers[0]

    def of_aujourdhui(self):
        return self._lettered("scheduling:today", lambda context: context["choice"].offered)

    def of_the_day_sheet(self):
        return self._lettered("scheduling:day_sheet", lambda context: context["choice"].offered)

    def of_the_lists_filters(self):
        return self._lettered("scheduling:appointment_list", lambda context: context["choices"].calendars)

    def where_one_may_queue(self):
        return self._lettered(
            "scheduling:walk_in_add", lambda context: [counter.calendar for counter in context["counters"]]
        )

    def with_openings_to_see(self):
        return self._lettered("scheduling:opening_list", lambda context: [row.calendar for row in context["page"]])

    def with_absences_to_see(self):
        return self._lettered(
            "scheduling:unavailability_list", lambda context: [row.calendar for row in context["page"]]
        )

    def on_which_one_opens_hours(self):
        return self._lettered(
            "scheduling:opening_add", lambda context: context["form"].fields["calendar"].queryset.order_by("pk")
        )


def method_of(line):
    words = line.lower().replace("'s", "s").replace("'", "").strip("« »").replace(",", "")
    return "_".join(words.replace("»", "").replace("«", "").split())


def answers_as_written(world, where, lines, line):
    """What differs from the line, by person."""
    wrong = {}
    for person, cell in lines[line].items():
        with transaction.atomic():
            found = getattr(where(world, world.clients[person]), method_of(line))()
            transaction.set_rollback(True)
        written = str(found) if isinstance(found, int) else "".join(sorted(found)) or "."
        if written != cell:
            wrong[person] = written
    return wrong


@pytest.mark.parametrize("line", RDV_LINES)
def test_rdvs_are_seen_by_whom_the_table_says(line, world):
    assert answers_as_written(world, WhereRDVsAre, RDV_LINES, line) == {}


@pytest.mark.parametrize("line", CITIZEN_LINES)
def test_citizens_are_seen_by_whom_the_table_says(line, world):
    assert answers_as_written(world, WhereCitizensAre, CITIZEN_LINES, line) == {}


@pytest.mark.parametrize("line", CALENDAR_LINES)
def test_calendars_are_seen_by_whom_the_table_says(line, world):
    assert answers_as_written(world, WhereCalendarsAre, CALENDAR_LINES, line) == {}


def tried(client, method, path, data):
    """The answer, and what it wrote in the database; all of it is taken back."""
    writes = []

    def note(execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE", "DELETE")) and "django_session" not in sql:
            writes.append(sql)
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        answer = getattr(client, method)(path, data) if data else getattr(client, method)(path)
        transaction.set_rollback(True)
    client.cookies.pop("messages", None)  # Or the next page would say what this act has done.
    return answer, writes


def differs(cell, status, answer, writes, *, service):
    """Why an answer is not what the cell says, in words; nothing where it is."""
    if cell == "✓":
        if str(answer.status_code) != status:
            return f"{answer.status_code} {_errors_of(answer)}"
        return "" if writes or answer.request["REQUEST_METHOD"] == "GET" else "wrote nothing"
    if cell not in {"none", "own"} and str(answer.status_code) != cell:
        return str(answer.status_code)
    # On the calendar of the agent of the other service, who sees it therefore.
    held = OF_SERVICE[service][-1]
    if named := letters_in(answer.content.decode()) & set(OF_SERVICE[service].replace(held, "")):
        return f"shows {named}"
    if answer.status_code >= 500:
        return str(answer.status_code)
    return f"wrote {writes[0][:120]}" if writes and cell != "own" else ""


def _errors_of(answer):
    form = answer.context and answer.context.get("form")
    return dict(form.errors) if form is not None else ""


def swapped(person, service):
    """The column that speaks of `person` where the question is about `service`."""
    return person if service == A else {A: B, B: A}.get(person, person)


def methods_to_try(line, cell):
    """What would do the most; and whoever is inside and not let in asks for the page as well."""
    methods = [method for method in ("get", "post") if line[method.upper()] != "–"]
    return methods if cell not in {"✓", "302"} else methods[-1:]


@pytest.mark.parametrize("service", [A, B])
@pytest.mark.parametrize("name", PAGE_LINES)
def test_a_page_lets_in_and_shows_and_changes_what_its_line_says(name, service, world):
    """About service B the agents of both services only: to everybody else it is what service A is."""
    line, wrong = PAGE_LINES[name], {}
    path, data = requests_of(world, service, name)
    for person in world.clients if service == A else (A, B):
        cell = line[swapped(person, service)]
        for method in methods_to_try(line, cell):
            answer, writes = tried(world.clients[person], method, path, data if method == "post" else None)
            if why := differs(cell, line[method.upper()], answer, writes, service=service):
                wrong[f"{method} as {person}"] = why
    assert wrong == {}


@pytest.mark.parametrize("name", [name for name in PAGE_LINES if has_a_row(name)])
def test_a_row_is_not_found_below_the_address_of_another_organization(name, world):
    """Its administrator asks for it there, where they may do everything."""
    path, data = requests_of(world, A, name)
    method = "get" if PAGE_LINES[name]["POST"] == "–" else "post"
    for person, organization in world.own_organization.items():
        there = path.replace(f"/o/{world.organization.slug}/", f"/o/{organization.slug}/")
        answer, writes = tried(world.clients[person], method, there, data if method == "post" else None)
        assert (answer.status_code, writes) == (404, [])


class TestARecordKnownToBothServices:
    @pytest.mark.parametrize(("person", "number"), [(A, 1), (B, 1), ("accueil", 2), ("admin", 2), ("territory", 2)])
    def test_shows_each_the_rdvs_of_theirs_and_counts_no_others(self, world, person, number):
        citizen = make_citizen(organization=world.organization, units=[world.units[A]], last_name="Partagée")
        make_known(citizen=citizen, organization=world.organization, units=[world.units[B]])
        for service in (A, B):
            own = world.of[service]
            make_appointment(
                motif=own.motif,
                calendar=own.desk.calendar,
                citizen=citizen,
                location=world.place,
                starts_at=paris(MONDAY, 17),
            )

        page = world.clients[person].get(world.url("scheduling:citizen_detail", pk=citizen.pk))

        assert page.context["figures"].appointments == len(page.context["upcoming"]) == number


class TestWhereTheTerritorySharesItsCitizens:
    """Everybody sees all records, and of RDVs no more than before."""

    @pytest.fixture(autouse=True)
    def _shared(self, world):
        Territory.objects.filter(pk=world.organization.territory_id).update(citizens_are_shared=True)

    @pytest.mark.parametrize(("person", "number"), [(A, 0), (B, 1), ("sister", 0)])
    def test_a_record_of_service_b_has_the_rdvs_that_one_saw_before(self, world, person, number):
        organization = world.own_organization.get(person, world.organization)
        address = {"pk": world.of[B].citizen.pk, "organization": organization}

        page = world.clients[person].get(world.url("scheduling:citizen_detail", **address))

        assert page.context["figures"].appointments == len(page.context["upcoming"]) == number

    @pytest.mark.parametrize("person", [A, B, "sister"])
    def test_the_list_has_everybody(self, world, person):
        organization = world.own_organization.get(person, world.organization)

        found = shown(world.clients[person], world.url("organizations:citizen_list", organization=organization))

        assert found == set(NAMES)

    def test_another_territory_has_nobody(self, world):
        there = {"organization": world.own_organization["another"]}
        client = world.clients["another"]

        assert shown(client, world.url("organizations:citizen_list", **there)) == set()
        record = world.url("scheduling:citizen_detail", pk=world.of[B].citizen.pk, **there)
        assert client.get(record).status_code == 404
