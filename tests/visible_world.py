"""An organization of two services, A and B, each the mirror image of the other, and everybody who may look at it.

For tests of who sees and changes which RDVs, citizens and calendars. The clock stands at `factories.NOW`.
"""

from datetime import date, time, timedelta
from types import SimpleNamespace
from urllib.parse import urlencode
from uuid import uuid4

from django.db import transaction
from django.urls import reverse

from notifications.models import Message
from organizations.models import Membership
from scheduling.engine.series import Scope
from scheduling.forms.conflicts import choices_in, signature_of
from scheduling.models import AppointmentStatus
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment
from scheduling.services.openings import close_opening
from scheduling.services.participants import set_participant_status
from scheduling.services.unavailabilities import remove_unavailability
from tests.factories import (
    MONDAY,
    NOW,
    make_agenda_view,
    make_agent,
    make_appointment,
    make_appointment_elsewhere,
    make_citizen,
    make_desk,
    make_export,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_participation,
    make_territory_admin,
    make_unavailability,
    make_unit,
    make_workshop,
    paris,
)
from tests.shown_forms import as_shown
from tests.test_permissions import PATTERNS, signed_in

A, B = "A", "B"
BORN = date(1980, 5, 4)
NEXT_MONDAY = MONDAY + timedelta(days=7)

# By letter: who takes part in which RDV. Nobody else in the world is called so.
NAMES = {
    "a": "ALPHONSIN",  # of service A, at its desk
    "c": "CORNELIUS",  # of service A, on the calendar of a colleague
    "w": "WILHELMIN",  # a workshop of service A
    "m": "MELCHIOR",  # of service A, but on the calendar of the agent of B
    "b": "BERTHOLD",  # of service B, at its desk
    "d": "DIEUDONNE",  # of service B, on the calendar of a colleague
    "v": "VALDEMAR",  # a workshop of service B
    "n": "NEPOMUCENE",  # of service B, but on the calendar of the agent of A
}
FIRST_NAMES = {A: "Camille", B: "Dominique"}
OF_SERVICE = {A: "acwm", B: "bdvn"}


class VisibleWorld:
    def __init__(self):
        self.organization = make_organization()
        territory = self.organization.territory
        sister, elsewhere = make_organization(territory=territory), make_organization()
        self.place = make_location(organization=self.organization)
        self.units = {service: make_unit(territory=territory, name=f"Service {service}") for service in (A, B)}
        self.agents = {service: self._agent(service) for service in (A, B)}
        self.of = {service: self._service(service) for service in (A, B)}
        self.people = {
            A: self.agents[A],
            B: self.agents[B],
            "accueil": make_agent(organization=self.organization, is_front_desk=True),
            "admin": make_agent(organization=self.organization, role=Membership.Role.ADMIN),
            "territory": make_territory_admin(territory=territory),
            "sister": make_agent(organization=sister, role=Membership.Role.ADMIN),
            "another": make_agent(organization=elsewhere, role=Membership.Role.ADMIN),
            "nobody": None,
        }
        self.own_organization = {"sister": sister, "another": elsewhere}
        self.clients = {person: signed_in(agent) for person, agent in self.people.items()}
        for person, client in self.clients.items():
            client.is_inside = person not in {"sister", "another", "nobody"}

    def _agent(self, service, **fields):
        return make_agent(organization=self.organization, units=[self.units[service]], **fields)

    def _service(self, service):
        unit, agent, colleague = self.units[service], self.agents[service], self._agent(service)
        other_agent = self.agents[B if service == A else A]
        motif = make_motif(organization=self.organization, units=[unit])
        workshop = make_motif(organization=self.organization, units=[unit], is_collective=True)
        desk = make_desk(location=self.place, units=[unit], name=f"Guichet {service}", motifs=[motif])
        opening = make_opening(
            calendar=desk.calendar,
            motifs=[motif],
            location=self.place,
            start_time=time(8),
            end_time=time(18),
            rrule="FREQ=WEEKLY;BYDAY=MO",
            title=f"Plage de {service}",
        )
        own, shared, workshops, lent = OF_SERVICE[service]
        booked = {
            own: self._book(own, motif, unit, desk.calendar, 9),
            shared: self._book(shared, motif, unit, colleague.calendar, 9),
            workshops: self._workshop(workshops, workshop, unit, desk.calendar),
            lent: self._book(lent, motif, unit, other_agent.calendar, 10),
        }
        absence = make_unavailability(
            calendar=desk.calendar,
            organization=self.organization,
            rrule="FREQ=WEEKLY;BYDAY=MO",
            title=f"Absence de {service}",
        )
        part = {"scope": Scope.OCCURRENCE, "day": NEXT_MONDAY, "now": NOW}
        close_opening(opening=opening, **part)
        remove_unavailability(unavailability=absence, **part)
        citizen = booked[own].citizens.get()
        told = Message.objects.filter(appointment=booked[own], participation__isnull=False)
        told.update(status=Message.Status.FAILED)
        return SimpleNamespace(
            motif=motif,
            desk=desk,
            colleague=colleague,
            opening=opening,
            unavailability=absence,
            colleagues_opening=make_opening(calendar=colleague.calendar, motifs=[motif], location=self.place),
            export=make_export(agent=agent, organization=self.organization),
            view=make_agenda_view(agent=agent, organization=self.organization, calendars=[desk.calendar]),
            booked=booked,
            appointment=booked[own],
            lent=booked[lent],
            workshop=booked[workshops],
            workshop_with_queue=self._with_queue(workshop, desk.calendar, citizen),
            cancelled=self._cancelled(booked[shared], desk.calendar, agent),
            message=told.get(),
            elsewhere=make_appointment_elsewhere(booked_from=self.organization, agent=agent, citizen=citizen),
            citizen=citizen,
            # Looks like a second record of the same person.
            namesake=make_citizen(
                organization=self.organization,
                units=[unit],
                last_name=citizen.last_name,
                birth_date=BORN,
                first_name=citizen.first_name,
            ),
            calendars=[desk.calendar, agent.calendar, colleague.calendar],
        )

    def _book(self, letter, motif, unit, calendar, hour):
        return make_appointment(
            motif=motif,
            calendar=calendar,
            citizen=self._citizen(letter, unit),
            location=self.place,
            starts_at=paris(MONDAY, hour),
        )

    def _citizen(self, letter, unit):
        return make_citizen(
            organization=self.organization,
            units=[unit],
            last_name=NAMES[letter],
            birth_date=BORN,
            first_name=FIRST_NAMES[A if letter in OF_SERVICE[A] else B],
        )

    def _workshop(self, letter, motif, unit, calendar):
        """Its title tells it in lists, which show how many come and not who."""
        workshop = make_workshop(
            motif=motif,
            calendar=calendar,
            location=self.place,
            starts_at=paris(MONDAY, 14),
            title=f"Atelier {NAMES[letter]}",
        )
        make_participation(workshop=workshop, citizen=self._citizen(letter, unit))
        return workshop

    def _with_queue(self, motif, calendar, citizen):
        """Of a week ago: somebody left once it had begun, and the one who waits is still to be let in."""
        begins = paris(MONDAY - timedelta(days=7), 14)
        place = {"motif": motif, "calendar": calendar, "location": self.place}
        before = {"now": begins - timedelta(days=1)}
        workshop = make_workshop(**place, starts_at=begins, seats=1, title=f"Atelier {citizen.last_name}", **before)
        seated = make_participation(workshop=workshop, citizen=make_citizen(organization=self.organization), **before)
        make_participation(workshop=workshop, citizen=citizen, **before)
        status = AppointmentStatus.CANCELLED_BY_CITIZEN
        set_participant_status(participation=seated, status=status, actor=Actor.of(workshop.created_by), now=NOW)
        return workshop

    def _cancelled(self, like, calendar, agent):
        """Of a week ago, so that it stands in no list of today."""
        week_ago = make_appointment(
            motif=like.motif,
            calendar=calendar,
            citizen=like.citizens.get(),
            location=self.place,
            starts_at=paris(MONDAY - timedelta(days=7), 9),
        )
        return cancel_appointment(
            appointment=week_ago, status=AppointmentStatus.CANCELLED_BY_AGENT, actor=Actor.of(agent), now=NOW
        )

    @property
    def booked(self):
        return self.of[A].booked | self.of[B].booked

    @property
    def calendars(self):
        return self.of[A].calendars + self.of[B].calendars

    def url(self, name, *, pk=None, organization=None, **query):
        slug = (organization or self.organization).slug
        address = reverse(name, args=[slug] if pk is None else [slug, pk])
        return f"{address}?{urlencode(query, doseq=True)}" if query else address

    def filled_in(self, path, **typed):
        """What the administrator's browser would send of the form on that page."""
        return as_shown(self.clients["admin"].get(path).context["form"], **typed)


def has_a_row(name):
    return "pk" in PATTERNS[name.partition("@")[0]].pattern.converters


def requests_of(world, service, name):
    """(path, what a POST sends) of the page `name`, asked about what belongs to `service`."""
    own = world.of[service]
    page, _, variant = name.partition("@")
    prefix = page.split(":")[1].rsplit("_", 1)[0]
    rows = {
        "appointment": _appointment_of(own, page, variant),
        "workshop": own.workshop_with_queue if page == "scheduling:workshop_seat" else own.workshop,
        "agenda_view": own.view,
        "appointment_elsewhere": own.elsewhere,
        "message": own.message,
        "participant": own.appointment.participations.get(),
        "citizen": own.citizen,
        "export": own.export,
        "opening": own.colleagues_opening if variant == "colleague" else own.opening,
        "unavailability": own.unavailability,
    }
    pk = rows[prefix].pk if has_a_row(name) else None
    address, data = _ASKED.get(page.split(":")[1], _plain)(world, own)
    path = world.url(page, pk=pk, **address)
    return path, data(path) if callable(data) else data


def _appointment_of(own, page, variant):
    if page == "scheduling:appointment_resume":
        return own.cancelled
    return own.lent if variant == "lent" else own.appointment


def _plain(world, own):
    return {}, {}


def _new_citizen():
    return {"last_name": "Nouvelle", "first_name": "Personne", "idempotency_key": uuid4()}


def _book(world, own):
    slot = {"motif": own.motif.pk, "debut": paris(MONDAY, 16).isoformat(), "lieu": world.place.pk}
    return slot | {"agenda": own.desk.calendar.pk}, _new_citizen()


def _walk_in(world, own):
    return {"ou": f"{own.desk.calendar.pk}-{world.place.pk}"}, _new_citizen() | {"what": own.motif.pk}


def _settle(world, own):
    choices = {f"rdv-{own.appointment.pk}": "garder", f"vu-{own.appointment.pk}": own.appointment.ics_sequence}
    return {}, choices | {"confirme": signature_of(choices_in({name: str(text) for name, text in choices.items()}))}


def _series(world, own):
    typed = {"title": "Nouvelle", "start_time": "19h", "end_time": "20h", "motifs": [own.motif.pk]}
    typed |= {"location": world.place.pk, "first_day": MONDAY.isoformat(), "last_day": MONDAY.isoformat()}
    typed["calendar"] = own.desk.calendar.pk
    return {"agenda": own.desk.calendar.pk}, lambda path: world.filled_in(path, **typed)


def _edited(world, own):
    return {"portee": "toutes"}, lambda path: world.filled_in(path, title="Changée", motifs=[own.motif.pk])


def _preview(kind):
    return lambda world, own: ({kind: getattr(own, kind).pk, "calendar": own.desk.calendar.pk, "portee": "toutes"}, {})


def _move(world, own):
    slot = {"starts_at": paris(MONDAY, 16).isoformat(), "location": world.place.pk}
    return {}, slot | {"calendar": own.desk.calendar.pk}


def _place(world, own):
    standing = {"agenda": own.desk.calendar.pk, "motif": own.motif.pk, "jour": MONDAY.isoformat(), "debut": "16:00"}
    return standing, standing | {"lieu": world.place.pk, "placer": "1"} | _new_citizen()


def _new_workshop(world, own):
    typed = {"title": "Nouvel atelier", "seats": 8, "motif_choice": own.workshop.motif_id, "location": world.place.pk}
    typed |= {"day": MONDAY.isoformat(), "start_time": "16h", "calendars": [own.desk.calendar.pk], "weeks": 1}
    return {}, typed | {"idempotency_key": uuid4()}


def _let_in(world, own):
    return {}, {"participation": own.workshop_with_queue.participations.waiting().get().pk}


def _dragged(world, path):
    """With what it asks to confirm."""
    sent = {"debut": f"{MONDAY}T16:00:00", "sequence": 0}
    with transaction.atomic():
        answer = world.clients["admin"].post(path, sent).json()
        transaction.set_rollback(True)
    return sent | {"confirmed": answer.get("confirmed", "")}


def _shifted(world, path):
    sent = world.filled_in(path, debut="16h")
    with transaction.atomic():
        answer = world.clients["admin"].post(path, sent)
        transaction.set_rollback(True)
    return sent | ({"confirmed": answer.context["form"].fingerprint} if answer.status_code == 422 else {})


def _kept_view(world, own):
    return {}, {"name": "Nouvelle vue", "vue": "jour", "agenda": [own.desk.calendar.pk]}


_ASKED = {
    "agenda_view_add": _kept_view,
    "agenda_view_rename": lambda world, own: ({}, {f"vue{own.view.pk}-name": "Autre nom"}),
    "agenda": lambda world, own: ({"agenda": own.desk.calendar.pk, "vue": "jour"}, {}),
    "agenda_feed": lambda world, own: ({"agenda": own.desk.calendar.pk}, {}),
    "day_sheet": lambda world, own: ({"agenda": own.desk.calendar.pk}, {}),
    "today": lambda world, own: ({"agenda": own.desk.calendar.pk}, {}),
    "waiting_room": lambda world, own: ({"lieu": world.place.pk}, {}),
    "slot_search": lambda world, own: ({"motif": own.motif.pk}, {}),
    "slot_month": lambda world, own: ({"motif": own.motif.pk}, {}),
    "slot_explanation": lambda world, own: ({"motif": own.motif.pk}, {}),
    "appointment_list": lambda world, own: ({"q": own.citizen.last_name[:6].lower()}, {}),
    "appointment_add": _book,
    "appointment_place": _place,
    "appointment_glance": lambda world, own: ({}, {"status": "fulfilled"}),
    "appointment_shift": lambda world, own: ({}, lambda path: _shifted(world, path)),
    "appointment_drag": lambda world, own: ({}, lambda path: _dragged(world, path)),
    "workshop_add": _new_workshop,
    "workshop_edit": lambda world, own: ({}, lambda path: world.filled_in(path, seats=8)),
    "workshop_presence": lambda world, own: ({}, {"status": "fulfilled"}),
    "workshop_seat": _let_in,
    "appointment_outcome": lambda world, own: ({}, {"status": "fulfilled"}),
    "appointment_visit": lambda world, own: ({}, {"act": "arrived"}),
    "appointment_elsewhere_cancel": lambda world, own: ({}, {"reason": "Empêché"}),
    "appointment_cancel": lambda world, own: ({}, {"status": "cancelled_by_agent"}),
    "appointment_move": _move,
    "appointment_duplicate": lambda world, own: ({}, _move(world, own)[1] | {"idempotency_key": uuid4()}),
    "appointment_edit": lambda world, own: ({}, lambda path: world.filled_in(path, context_note="Vu")),
    "appointment_calendars": lambda world, own: (
        {},
        {"calendars": [calendar.pk for calendar in own.calendars[:2]], "confirmed": "1"},
    ),
    "appointment_join": lambda world, own: ({}, _new_citizen()),
    "participant_outcome": lambda world, own: ({}, {"status": "fulfilled"}),
    "participant_cancel": lambda world, own: ({}, {"status": "cancelled_by_citizen"}),
    "participant_edit": lambda world, own: ({}, {"notify_by_email": "on"}),
    "conflict_list": _settle,
    "walk_in_add": _walk_in,
    "export_add": lambda world, own: ({"usager": own.citizen.pk}, {"kind": "appointments"}),
    "citizen_list": lambda world, own: ({"q": own.citizen.last_name[:6].lower()}, {}),
    "citizen_add": lambda world, own: (
        {"responsable": own.citizen.pk},
        {"last_name": "Nouvelle", "first_name": "Personne", "responsible": own.citizen.pk},
    ),
    "citizen_edit": lambda world, own: ({}, lambda path: world.filled_in(path, notes="Vu")),
    "citizen_relatives": lambda world, own: ({}, {"ajouter": own.namesake.pk}),
    "citizen_distinguish": lambda world, own: ({}, {"avec": own.namesake.pk}),
    "citizen_merge": lambda world, own: (
        {"avec": own.namesake.pk},
        lambda path: world.filled_in(path) | {"avec": own.namesake.pk},
    ),
    "opening_add": _series,
    "opening_edit": _edited,
    "opening_delete": lambda world, own: ({"portee": "toutes"}, {}),
    "opening_restore": lambda world, own: ({}, {"jour": NEXT_MONDAY.isoformat()}),
    "opening_preview": _preview("opening"),
    "unavailability_add": _series,
    "unavailability_edit": lambda world, own: (
        {"portee": "toutes"},
        lambda path: world.filled_in(path, title="Changée"),
    ),
    "unavailability_delete": lambda world, own: ({"portee": "toutes"}, {}),
    "unavailability_restore": lambda world, own: ({}, {"jour": NEXT_MONDAY.isoformat()}),
    "unavailability_preview": _preview("unavailability"),
}
