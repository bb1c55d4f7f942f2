"""Whatever stands in an address, the site answers: a page, a redirect or a refusal, never a fault of its own."""

import os
import random
import warnings
from base64 import b64decode
from urllib.parse import quote, urlencode

import pytest
import time_machine
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from notifications.models import Message
from organizations.models import Membership
from organizations.services.rights import set_territory_rights
from organizations.services.territory_logos import set_logo
from scheduling.participation_links import link_token
from tests.conftest import PROFILE
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agenda_view,
    make_agent,
    make_appointment,
    make_appointment_elsewhere,
    make_citizen,
    make_closure,
    make_desk,
    make_export,
    make_import,
    make_invitation,
    make_location,
    make_motif,
    make_motif_bulk_edit,
    make_opening,
    make_option,
    make_organization,
    make_partner_type,
    make_public_address,
    make_reference_week,
    make_team,
    make_unavailability,
    make_unit,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

# The smallest picture there is.
A_POINT = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

# As they stand in the address, encoded already.
HOSTILE = {
    "nothing": "",
    "a null byte": "%00",
    "a null byte in a word": "a%00b",
    "not UTF-8": "%ff%ed%a0%80",
    "an id past every column": "9" * 20,
    "a number past what Python reads": "9" * 5000,
    "a negative id": "-1",
    "digits of another script": quote("٣"),
    "a digit that is none": quote("²"),
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "the first instant": quote("0001-01-01T00:00:00+2359"),
    "the last instant": quote("9999-12-31T23:59:59-2359"),
    "the last instant, in UTC": "9999-12-31T23:59:59Z",
    "not a number": "NaN",
    "markup": quote("'\"><script>alert(1)</script>{{ 7 }}%s\r\nX: y"),
    "a long word": quote("é" * 3000),
    "many words": "+".join(["mot"] * 500),
    "a bracket of tsquery": quote("'):*&|!<->"),
}


# How many addresses of each page are tried; HOSTILE_ADDRESSES=1000 tries them all, in some minutes.
SPOILT = int(os.environ.get("HOSTILE_ADDRESSES", "14" if PROFILE == "nightly" else "4"))

# What once was a fault is always tried.
FAULTS = {
    "organizations:citizen_add": [("responsable", "a number past what Python reads")],
    "organizations:location_list": [("q", "a null byte in a word")],
    "scheduling:appointment_move": [("starts_at", "the first instant"), ("starts_at", "the last instant, in UTC")],
    "scheduling:motif_list": [("q", "a null byte")],
    "scheduling:opening_preview": [("opening", "a number past what Python reads")],
    "scheduling:slot_search": [(name, "a number past what Python reads") for name in ("motif", "usager")],
}


def patterns(resolver=None, namespace=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", pattern
        else:
            yield from patterns(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)


OURS = {"agent", "admin", "territory", "public", "signed_link", "signed_in"}
PATTERNS = {name: pattern for name, pattern in patterns() if getattr(pattern.callback, "access", "") in OURS}
APART = {"healthz", "readyz", "metrics", "favicon"}
BACK_OFFICE = {"agent", "admin", "territory"}
MEMBERS = sorted(name for name, pattern in PATTERNS.items() if pattern.callback.access in BACK_OFFICE)
EVERYBODYS = sorted(PATTERNS.keys() - set(MEMBERS) - APART)


def parts_of(name):
    parts = set(PATTERNS[name].pattern.converters)
    if name in MEMBERS:
        parts.add("territory_slug" if PATTERNS[name].callback.access == "territory" else "org_slug")
    return parts


class World:
    """One organization with a row of everything; `kwargs` and `query` make the address of each page."""

    def __init__(self):
        self.organization = make_organization()
        set_logo(territory=self.organization.territory, uploaded=A_POINT)
        self.organization.territory.refresh_from_db()
        unit = make_unit(territory=self.organization.territory)
        self.admin = make_agent(organization=self.organization, role=Membership.Role.ADMIN)
        set_territory_rights(territory=self.organization.territory, agent=self.admin, is_admin=True)
        motif = make_motif(organization=self.organization, units=[unit], max_persons=2)
        make_motif(organization=self.organization, units=[unit])
        option = make_option(motif=motif)
        make_option(motif=motif)
        location = make_location(organization=self.organization)
        opening = make_opening(
            calendar=self.admin.calendar, motifs=[motif], location=location, rrule="FREQ=WEEKLY;BYDAY=MO"
        )
        make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO")
        citizen = make_citizen(organization=self.organization)
        appointment = make_appointment(
            motif=motif, calendar=self.admin.calendar, citizen=citizen, location=location, option=option
        )
        self.rows = {
            "appointment": appointment,
            "participant": appointment.participations.get(),
            "message": Message.objects.filter(appointment=appointment, participation__isnull=False).first(),
            "appointment_elsewhere": make_appointment_elsewhere(
                booked_from=self.organization, agent=self.admin, citizen=citizen
            ),
            "workshop": make_workshop(
                organization=self.organization, calendar=self.admin.calendar, starts_at=paris(TUESDAY, 9)
            ),
            "opening": opening,
            "unavailability": make_unavailability(
                calendar=self.admin.calendar, organization=self.organization, rrule="FREQ=WEEKLY;BYDAY=MO"
            ),
            "closure": make_closure(organization=self.organization),
            "reference_week": make_reference_week(organization=self.organization, monday="9h-12h"),
            "motif": motif,
            "motif_text": motif,
            "motif_notification": motif,
            "territory_motif_bulk": make_motif_bulk_edit(motif=motif, made_by=self.admin),
            "location": location,
            "allowance": self.admin.calendar,
            "calendar_address": self.admin.calendar,
            "calendar": self.admin.calendar,
            "member": self.admin.memberships.get(),
            "invitation": make_invitation(organization=self.organization),
            "desk": make_desk(organization=self.organization, location=location, motifs=[motif]),
            "citizen": citizen,
            "organization": self.organization,
            "territory_import": make_import(territory=self.organization.territory),
            "unit": unit,
            "partner_type": make_partner_type(territory=self.organization.territory),
            "team": make_team(territory=self.organization.territory, agents=[self.admin]),
            "rights": self.admin,
            "export": make_export(agent=self.admin, organization=self.organization),
            "agenda_view": make_agenda_view(agent=self.admin, organization=self.organization),
        }
        self.public_address = make_public_address(organization=self.organization, agent=self.admin)
        self.token = link_token(appointment.participations.get())
        self.queries = self._queries(motif, option, location, citizen)

    def _queries(self, motif, option, location, citizen):
        """What each page reads of its address, as its own links write it."""
        agenda, start = self.admin.calendar.pk, "2026-03-02T08:30:00+0000"
        search = {"motif": motif.pk, "option": option.pk, "personnes": 1, "usager": citizen.pk, "q": "dupont"}
        filters = {"du": MONDAY, "moment": "matin", "jour": "lun", "lieu": location.pk, "agenda": agenda}
        filters |= {"equipe": self.rows["team"].pk, "plusieurs": ""}
        series = {
            "calendar": agenda,
            "title": "Accueil",
            "motifs": motif.pk,
            "location": location.pk,
            "first_day": MONDAY,
            "last_day": MONDAY,
            "start_time": "9h",
            "end_time": "12h",
            "repeat": "monthly",
            "interval": 1,
            "monthly_by": "rank",
            "month_day": 1,
            "rank": 1,
            "rank_weekday": 0,
            "weekdays": 0,
            "ends": "until",
            "until": "2026-12-31",
            "opening": self.rows["opening"].pk,
        }
        series |= {"unavailability": self.rows["unavailability"].pk, "portee": "suivantes", "jour": MONDAY}
        part = {"portee": "occurrence", "jour": MONDAY}
        steps = {
            "organisation": self.organization.slug,
            "avec": self.public_address.slug,
            "site": location.pk,
            "service": motif.units.get().pk,
            "motif": motif.slug,
            "mode": "sur-place",
            "option": "option",
            "personnes": 1,
            "lieu": location.pk,
            "aupres": self.organization.slug,
            "debut": "2026-03-02T08:30Z",
            "atelier": self.rows["workshop"].pk,
            "attente": 1,
            "jour": MONDAY,
            "ou": "arras",
            "tous": 1,
        }
        workshop_steps = {"motif": self.rows["workshop"].motif.slug, "mode": "atelier-sur-place"}
        lists = {"q": "a", "page": 1, "agenda": agenda, "passees": 1, "archives": 1, "semaine": MONDAY}
        of_territory = {
            "q": "motif",
            "organisation": self.organization.pk,
            "service": motif.units.get().pk,
            "categorie": "",
            "public": "everyone",
            "lieu": "on_site",
            "etat": "tous",
            "sans_plage": "on",
        }
        journal = {
            "q": "dupont",
            "du": MONDAY,
            "au": "2026-04-30",
            "evenement": "reminder",
            "canal": "sms",
            "etat": "failed",
            "organisation": self.organization.pk,
            "page": 1,
        }
        figures = {"mois": "2026-03", "organisation": self.organization.pk}
        lists["equipe"] = self.rows["team"].pk
        listing = {
            "agenda": agenda,
            "equipe": self.rows["team"].pk,
            "motif": motif.pk,
            "service": motif.units.get().pk,
            "lieu": location.pk,
            "statut": "upcoming",
            "du": MONDAY,
            "au": "2026-04-30",
            "usager": citizen.pk,
            "q": "dupont",
            "tri": "-agent",
            "page": 1,
        }
        return {
            "notifications:message_list": journal,
            "notifications:territory_message_list": journal,
            "notifications:message_figures": figures,
            "notifications:territory_message_figures": figures,
            "organizations:citizen_add": {"q": "dupont", "responsable": citizen.pk},
            "organizations:citizen_list": {"q": "dupont", "page": 1},
            "organizations:citizen_duplicates": {"page": 1},
            "organizations:citizen_relatives": {"q": "dupont"},
            "organizations:location_list": lists,
            "organizations:unit_list": {"page": 1},
            "organizations:partner_type_list": {"page": 1},
            "organizations:team_list": {"page": 1},
            "organizations:rights_list": {
                "q": "a",
                "organisation": self.organization.pk,
                "droit": "is_admin",
                "page": 1,
            },
            "scheduling:member_list": {"q": "a", "page": 1},
            "scheduling:allowance_list": {"q": "a", "partiel": 1, "page": 1},
            "scheduling:agenda": {
                "vue": "jour",
                "jour": MONDAY,
                "agenda": agenda,
                "affichage": "liste",
                "annules": 1,
                "weekends": "non",
                "equipe": self.rows["team"].pk,
            },
            "scheduling:appointment_place": search
            | {
                "agenda": agenda,
                "jour": MONDAY,
                "debut": "09:30",
                "fin": "10:15",
                "lieu": location.pk,
                "next": "/o/x/",
            },
            "scheduling:appointment_shift": {"next": "/o/x/"},
            "scheduling:appointment_glance": {"next": "/o/x/"},
            "scheduling:agenda_feed": {"start": MONDAY, "end": MONDAY, "agenda": agenda},
            "scheduling:appointment_add": search
            | {"debut": start, "lieu": location.pk, "agenda": agenda, "brouillon": "x"},
            "scheduling:appointment_duplicate": {
                "starts_at": start,
                "location": location.pk,
                "calendar": agenda,
                "semaine": MONDAY,
            },
            "scheduling:appointment_join": {"usager": citizen.pk, "q": "dupont"},
            "scheduling:appointment_list": listing,
            "scheduling:export_add": listing,
            "scheduling:day_sheet": {"jour": MONDAY, "agenda": agenda, "lieu": location.pk},
            "scheduling:appointment_move": {
                "starts_at": start,
                "location": location.pk,
                "calendar": agenda,
                "semaine": MONDAY,
                "next": "/o/x/",
            },
            "scheduling:appointment_cancel": {"statut": "unscheduled"},
            "scheduling:citizen_detail": {"page": 1},
            "scheduling:conflict_list": {
                "agenda": agenda,
                "equipe": self.rows["team"].pk,
                "raison": "closed",
                "page": 1,
                "pour_tous": "agenda",
            },
            "scheduling:citizen_merge": {"avec": citizen.pk, "q": "dupont"},
            "scheduling:desk_list": lists,
            "scheduling:motif_duration": {"duration": "45"},
            "scheduling:motif_list": lists,
            "scheduling:opening_add": {"agenda": agenda, "motif": motif.pk},
            "scheduling:territory_motif_duration": {"maximum": "2m"},
            "scheduling:territory_motif_list": of_territory | {"tri": "-duree", "page": 1},
            "scheduling:territory_motif_bulk_edit": of_territory | {"motif": motif.pk, "tous": 1, "champ": "duration"},
            "scheduling:opening_days": {"passees": 1},
            **{
                f"scheduling:{kind}_{page}": part | {"action": "modifier", "autre_jour": MONDAY}
                for kind in ("opening", "unavailability")
                for page in ("scope", "edit", "delete")
            },
            "scheduling:opening_list": lists,
            "scheduling:workshop_add": {"motif": motif.pk},
            "scheduling:workshop_list": {"passes": 1, "page": 1},
            "scheduling:opening_preview": series,
            "scheduling:organization_list": {"q": "a", "page": 1},
            "scheduling:organization_slug": {"name": "Mairie"},
            "scheduling:territory_theme": {"accent_color": "#1d4f91"},
            "theme_sample_css": {"couleur": "#1d4f91"},
            "scheduling:reference_week_apply": {
                "agenda": agenda,
                "du": MONDAY,
                "au": "2026-04-30",
                "semaine_b": "",
                "motifs": motif.pk,
                "lieu": location.pk,
            },
            "scheduling:reference_week_reading": {"name": "Été", "day_0": "9h-12h"},
            "scheduling:slot_month": search | filters | {"mois": "2026-03"},
            "scheduling:slot_explanation": search | filters | {"jour": MONDAY, "pour": "usager", "page": 1},
            "scheduling:slot_search": search | filters | {"portee": "territoire", "brouillon": "x"},
            "scheduling:waiting_room": {"lieu": location.pk},
            "scheduling:walk_in_add": {
                "agenda": agenda,
                "lieu": location.pk,
                "ou": f"{agenda}-{location.pk}",
                "usager": citizen.pk,
                "q": "dupont",
                "next": "/o/x/",
            },
            "scheduling:today": {"agenda": agenda, "renseigne": self.rows["appointment"].pk},
            "scheduling:territory_import_add": {"page": 1},
            "scheduling:territory_import_detail": {"resultat": "created", "page": 1},
            "scheduling:territory_import_template": {"quoi": "lieux", "format": "xlsx"},
            "scheduling:unavailability_add": {
                "agenda": agenda,
                "jour": MONDAY,
                "debut": "9h",
                "fin": "10h",
                "next": "/",
            },
            "scheduling:unavailability_list": lists,
            "scheduling:unavailability_preview": series,
            "booking_portal:online_booking": {"etat": "non", "page": 1},
            "booking_portal:online_booking_addresses": {"page": 1},
            "booking_portal:motif_qr": {"png": 1},
            "booking_portal:calendar_qr": {"png": 1},
            "booking_portal:calendar_address_list": {"q": "a", "page": 1},
            "booking_portal:calendar_entry": {"site": location.pk},
            **{
                f"notifications:{page}": {"evenement": "moved", "canal": "sms"}
                for page in ("territory_text_edit", "text_edit", "motif_text_edit")
            },
            "notifications:outbox": {"destinataire": "a", "canal": "sms", "page": 1},
            "booking_portal:motif_entry": {"mode": "sur-place", "avec": steps["avec"], "site": location.pk},
            "booking_portal:frame_ancestors": {"next": "/o/x/"},
            "booking_portal:my_appointment_move": {"jour": MONDAY},
            "booking_portal:my_appointments": {"page": 1},
            **{
                name: steps
                for name, pattern in PATTERNS.items()
                if str(pattern.pattern).startswith("prendre-rdv/<slug:territory_slug>/")
                and set(pattern.pattern.converters) == {"territory_slug"}
            },
            **{f"booking_portal:{name}": steps | workshop_steps for name in ("workshop_choice", "workshop_full")},
        }

    def address(self, name, **changes):
        kwargs = {
            "org_slug": self.organization.slug,
            "organization_slug": self.organization.slug,
            "territory_slug": self.organization.territory.slug,
            "motif_slug": self.rows["motif"].slug,
            "slug": self.public_address.slug,
            "token": self.token,
            "digest": self.organization.territory.logo_id,
        }
        if row := self.rows.get(name.rpartition(":")[2].rpartition("_")[0]):
            kwargs["pk"] = row.pk
        return reverse(name, kwargs={key: value for key, value in (kwargs | changes).items() if key in parts_of(name)})

    def hostile_addresses(self, name):
        """Some of all that could be asked: always the same of one page, others of each page."""
        if name not in self.queries:
            return [f"{self.address(name)}?page={value}&q=%00" for value in ("%00", "9" * 20)]
        possible = sorted(self._hostile_addresses(name))
        again = [self._spoilt(name, key, HOSTILE[value]) for key, value in FAULTS.get(name, ())]
        return again + random.Random(name).sample(possible, min(len(possible), SPOILT))

    def _spoilt(self, name, key, value):
        others = {other: meant for other, meant in self.queries[name].items() if other != key}
        return f"{self.address(name)}?{urlencode(others)}&{key}={value}"

    def _hostile_addresses(self, name):
        """Each parameter spoilt by itself, all of them at once, and each given twice."""
        query = self.queries[name]
        path = self.address(name)
        for value in HOSTILE.values():
            yield f"{path}?" + "&".join(f"{key}={value}" for key in query)
            yield from (self._spoilt(name, key, value) for key in query)
        for key in query:
            yield f"{path}?{urlencode(query)}&{key}={query[key]}&{key}=%00"


@pytest.fixture
def world():
    with time_machine.travel(NOW, tick=False):
        yield World()


def faults(client, addresses):
    """The addresses that are answered by an error of ours, with the error."""
    client.raise_request_exception = False
    found = {}
    for address in addresses:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            response = client.get(address)
        if response.status_code >= 500:
            found[address[:200]] = repr(response.exc_info[1])[:300] if hasattr(response, "exc_info") else "500"
    return found


def in_bundles(names, count=8):
    """Pages that share a world: building one costs as much as asking for a page."""
    return [names[start::count] for start in range(count)]


@pytest.mark.parametrize("names", in_bundles(MEMBERS), ids=lambda names: f"{names[0]}…")
def test_a_member_gets_an_answer_to_any_address(names, world):
    client = Client()
    client.force_login(world.admin)

    for name in names:
        as_linked = f"{world.address(name)}?{urlencode(world.queries.get(name, {}))}"
        assert client.get(as_linked).status_code in {200, 302, 405}, as_linked
        assert faults(client, world.hostile_addresses(name)) == {}


@pytest.mark.parametrize("names", in_bundles(EVERYBODYS, 3), ids=lambda names: f"{names[0]}…")
def test_a_visitor_gets_an_answer_to_any_address(names, world):
    for name in names:
        assert faults(Client(), world.hostile_addresses(name)) == {}


PARTS = ["0", "-1", "9" * 20, "9" * 5000, "%00", "..%2f..", quote("٣"), "%ff", quote("é" * 500), "a" * 3000, "%0a"]


def test_nothing_is_found_at_a_path_that_was_made_up(world):
    """Rows, tenants and tokens that cannot be: not found, for members and for visitors."""
    member, visitor = Client(raise_request_exception=False), Client(raise_request_exception=False)
    member.force_login(world.admin)
    asked = set()
    for name in PATTERNS:
        whole = world.address(name)
        client = member if name in MEMBERS else visitor
        for key in parts_of(name):
            shown = world.address(name, **({"pk": 987654321} if key == "pk" else {key: "made-up-part"}))
            made_up = "987654321" if key == "pk" else "made-up-part"
            parts = PARTS if len(PARTS) * 5 < SPOILT else random.Random(f"{name} {key}").sample(PARTS, 4)
            asked |= {(shown.replace(made_up, part), client) for part in parts}
        asked.add((f"{whole}%00", client))

    statuses = {path[:120]: client.get(path).status_code for path, client in asked}
    assert {path: status for path, status in statuses.items() if status >= 500 or status == 200} == {}


POSTED = ["", "\x00", "9" * 5000, "9" * 20, "-1", "٣", "²", "0001-01-01T00:00:00+2359", "9999-12-31T23:59:59-2359"]


def posted(name):
    """Three of them, always the same for fields of one name; all of them at night."""
    return POSTED if PROFILE == "nightly" else random.Random(name).sample(POSTED, 3)


def test_forged_fields_of_a_post_are_refused(world):
    """The fields that views read themselves, without a form."""
    client = Client(raise_request_exception=False)
    client.force_login(world.admin)
    booking = f"{world.address('scheduling:appointment_add')}?{urlencode(world.queries['scheduling:appointment_add'])}"
    week = f"{world.address('scheduling:reference_week_apply')}?agenda={world.admin.calendar.pk}"
    step = f"?{urlencode(world.queries['booking_portal:who'])}"
    workshop = world.queries["booking_portal:workshop_choice"]
    targets = {
        booking: ["existing", "idempotency_key", "create_anyway"],
        booking.replace(f"usager={world.rows['citizen'].pk}", "usager="): ["existing", "phone", "birth_date"],
        world.address("scheduling:appointment_outcome"): ["status", "next"],
        world.address("scheduling:participant_outcome"): ["status", "next"],
        world.address("scheduling:appointment_edit"): ["seen", "location", "option", "persons"],
        world.address("scheduling:appointment_calendars"): ["calendars", "confirmed", "seen"],
        world.address("scheduling:workshop_edit"): ["seen", "seats", "location", "calendars"],
        world.address("scheduling:appointment_duplicate"): ["starts_at", "location", "calendar", "idempotency_key"],
        world.address("scheduling:participant_cancel"): ["status", "reason"],
        world.address("scheduling:participant_edit"): ["notify_by_email"],
        world.address("scheduling:appointment_join"): ["existing", "idempotency_key", "phone", "birth_date"],
        world.address("scheduling:appointment_visit"): ["act", "next"],
        world.address("scheduling:walk_in_add"): ["existing", "what", "persons", "idempotency_key", "phone", "next"],
        world.address("scheduling:citizen_merge"): ["avec", "seen", "last_name"],
        world.address("organizations:citizen_relatives"): ["ajouter", "retirer"],
        world.address("organizations:citizen_distinguish"): ["avec"],
        world.address("scheduling:appointment_cancel"): ["status", "reason"],
        world.address("scheduling:appointment_move"): ["starts_at", "location", "calendar"],
        world.address("scheduling:allowance_edit"): ["allowance"],
        world.address("booking_portal:calendar_address_edit"): ["is_published", "slug", "shown_name"],
        world.address("scheduling:territory_import_add"): ["kind", "file", "desks_per_place"],
        world.address("scheduling:export_add"): ["kind"],
        f"{world.address('scheduling:opening_edit')}?portee=toutes": ["confirmed", "first_day", "interval"],
        world.address("scheduling:opening_restore"): ["jour"],
        world.address("scheduling:unavailability_restore"): ["jour"],
        f"{week}&du=2026-03-02&au=2026-04-30&motifs={world.rows['motif'].pk}": ["expected"],
        world.address("booking_portal:frame_ancestors"): ["origins", "next"],
        world.address("scheduling:territory_settings"): [
            *("confirmed", "time_zone", "initial-time_zone", "holiday_zone", "initial-holiday_zone", "accent_color"),
            *("citizen_retention_months", "initial-citizen_retention_months"),
        ],
        world.address("notifications:territory_notification_settings"): [
            *("reminder_lead_times", "initial-reminder_lead_times", "quiet_from", "quiet_until", "initial-quiet_until"),
            *("booked-sms", "initial-booked-sms"),
        ],
        world.address("notifications:notification_settings"): ["booked-sms", "initial-booked-sms"],
        world.address("notifications:motif_notification_settings"): ["booked-sms", "initial-booked-sms"],
        world.address("scheduling:territory_logo_edit"): ["logo"],
        world.address("scheduling:organization_add"): ["name", "slug", "time_zone_override", "first_administrator"],
        world.address("scheduling:organization_edit"): ["initial-name", "phone", "initial-time_zone_override"],
        world.address("booking_portal:my_appointment_move"): ["debut"],
        world.address("booking_portal:my_appointment_earlier"): ["jours", "moments", "pas_avant", "autres_lieux"],
        world.address("booking_portal:my_appointment_offer"): ["reponse", "numero"],
        world.address("booking_portal:slot_choice") + step: ["debut"],
        f"{world.address('booking_portal:workshop_choice')}?{urlencode(workshop)}": ["atelier", "attente"],
        f"{world.address('booking_portal:who')}?{urlencode(workshop | {'attente': ''})}": ["first_name", "email"],
        world.address("booking_portal:who") + step: [
            "first_name",
            "email",
            "phone",
            "birth_date",
            "for_whom",
            "relative_birth_date",
        ],
        world.address("booking_portal:code") + step: ["code"],
        world.address("booking_portal:code_send") + step: ["par"],
        world.address("booking_portal:my_appointments_contact"): ["contact", "website"],
        world.address("booking_portal:my_appointments_code"): ["code"],
        world.address("booking_portal:my_appointment_contact"): ["contact", "website"],
        world.address("booking_portal:my_appointment_contact_code"): ["code"],
    }
    valid = {
        "is_published": "on",
        "starts_at": paris(MONDAY, 10).isoformat(),
        "calendar": world.admin.calendar.pk,
        "status": "fulfilled",
        "for_whom": "relative",
    }
    wrong = {}
    for address, names in targets.items():
        for name in names:
            for value in posted(name):
                response = client.post(address, valid | {name: value})
                if response.status_code >= 500:
                    wrong[address, name, value[:30]] = repr(response.exc_info[1])[:200]
    assert wrong == {}
