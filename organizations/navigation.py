"""The left navigation of the back office: the screens that a member may open, in the order of the day's work."""

from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.urls import resolve, reverse


@dataclass(frozen=True)
class Screen:
    """`names` are the URL names (their beginnings) of the pages that belong to it."""

    label: str
    icon: str
    name: str
    names: tuple[str, ...] = ()

    def holds(self, view_name):
        return view_name == self.name or view_name.startswith(self.names)


@dataclass(frozen=True)
class Item:
    label: str
    icon: str
    url: str
    is_current: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Group:
    label: str = ""
    items: list[Item] = field(default_factory=list)


CITIZEN_PAGES = ("organizations:citizen_", "scheduling:citizen_")

SCREENS = [
    (
        "",
        [
            Screen("Aujourd'hui", "house-door", "scheduling:today", ("scheduling:conflict_",)),
            Screen("Salle d'attente", "person-walking", "scheduling:waiting_room", ("scheduling:walk_in_",)),
            Screen(
                "Agenda",
                "calendar-week",
                "scheduling:agenda",
                ("scheduling:appointment_", "scheduling:participant_", "scheduling:agenda_"),
            ),
            Screen(
                "Trouver un RDV",
                "calendar-plus",
                "scheduling:slot_search",
                ("scheduling:slot_", "scheduling:appointment_add"),
            ),
            Screen(
                "Liste des RDV",
                "list-ul",
                "scheduling:appointment_list",
                ("scheduling:export_", "scheduling:day_sheet"),
            ),
            Screen("Ateliers", "mortarboard", "scheduling:workshop_list", ("scheduling:workshop_",)),
            Screen("Usagers", "people", "organizations:citizen_list", CITIZEN_PAGES),
            Screen("Messages", "envelope", "notifications:message_list", ("notifications:message_",)),
        ],
    ),
    (
        "Disponibilités",
        [
            Screen("Plages d'ouverture", "door-open", "scheduling:opening_list", ("scheduling:opening_",)),
            Screen("Indisponibilités", "umbrella", "scheduling:unavailability_list", ("scheduling:unavailability_",)),
        ],
    ),
    (
        "Paramètres",
        [
            Screen("Organisation", "building-gear", "scheduling:organization_settings"),
            Screen("Premiers pas", "signpost-2", "scheduling:first_steps", ("scheduling:first_",)),
            Screen("Motifs", "tags", "scheduling:motif_list", ("scheduling:motif_", "notifications:motif_")),
            Screen("Notifications", "bell", "notifications:notification_settings", ("notifications:text_",)),
            Screen(
                "Lieux", "geo-alt", "organizations:location_list", ("organizations:location_", "scheduling:location_")
            ),
            Screen(
                "Agents", "person-badge", "scheduling:member_list", ("scheduling:member_", "organizations:invitation_")
            ),
            Screen("Guichets", "display", "scheduling:desk_list", ("scheduling:desk_",)),
            Screen("Temps partiel", "hourglass-split", "scheduling:allowance_list", ("scheduling:allowance_",)),
            Screen(
                "Semaines de référence",
                "calendar-range",
                "scheduling:reference_week_list",
                ("scheduling:reference_week_",),
            ),
            Screen(
                "Jours d'ouverture",
                "calendar-x",
                "scheduling:opening_days",
                ("scheduling:closure_", "scheduling:holiday", "scheduling:open_weekdays_"),
            ),
            Screen(
                "Réservation en ligne",
                "globe",
                "booking_portal:online_booking",
                (
                    "booking_portal:online_booking_",
                    "booking_portal:organization_",
                    "booking_portal:location_",
                    "booking_portal:motif_",
                    "booking_portal:calendar_",
                ),
            ),
        ],
    ),
]


TERRITORY_SCREENS = [
    Screen("Vue d'ensemble", "house-door", "scheduling:territory_overview"),
    Screen(
        "Organisations",
        "building",
        "scheduling:organization_list",
        ("scheduling:organization_add", "scheduling:organization_edit"),
    ),
    Screen("Motifs", "tags", "scheduling:territory_motif_list", ("scheduling:territory_motif_",)),
    Screen("Messages", "envelope", "notifications:territory_message_list", ("notifications:territory_message_",)),
    Screen(
        "Notifications",
        "bell",
        "notifications:territory_notification_settings",
        ("notifications:territory_text_",),
    ),
    Screen("Services", "diagram-3", "organizations:unit_list", ("organizations:unit_",)),
    Screen("Équipes", "people", "organizations:team_list", ("organizations:team_",)),
    Screen("Droits", "shield-check", "organizations:rights_list", ("organizations:rights_",)),
    Screen("Inviter des agents", "person-plus", "organizations:territory_invitation_add"),
    Screen("Types de partenaire", "briefcase", "organizations:partner_type_list", ("organizations:partner_type_",)),
    Screen("Importer", "upload", "scheduling:territory_import_add", ("scheduling:territory_import_",)),
    Screen("Sites partenaires", "window", "booking_portal:frame_ancestors"),
    Screen("Réglages", "gear", "scheduling:territory_settings", ("scheduling:territory_logo_",)),
]


def navigation_of(membership, view_name):
    """Groups of items for this member on that page. No query: a page's own `access` says who sees its link."""
    current = _current(view_name)
    slug = membership.organization.slug
    groups = [
        Group(label, [item for screen in screens if (item := _item(screen, slug, membership, screen is current))])
        for label, screens in SCREENS
    ]
    if membership.territory_role:
        territory = membership.organization.territory
        way_there = reverse("scheduling:territory_overview", args=[territory.slug])
        groups.append(Group("Territoire", [Item(territory.name, "diagram-3", way_there)]))
    return _with_outbox(groups)


def territory_navigation_of(role, view_name):
    """The same on the pages of a territory, for somebody with this role in it. No query."""
    territory, current = role.territory, _current(view_name)
    items = (_item(screen, territory.slug, role, screen is current) for screen in TERRITORY_SCREENS)
    return _with_outbox([Group(territory.name, [item for item in items if item])])


def _with_outbox(groups):
    if settings.LOCAL_OUTBOX:
        groups.append(Group("Démonstration", [Item("Boîte d'envoi", "envelope", reverse("notifications:outbox"))]))
    return [group for group in groups if group.items]


def _current(view_name):
    """The screen that claims the most of the page's name."""
    claims = [
        (max(len(name) for name in (screen.name, *screen.names) if view_name.startswith(name)), screen)
        for screen in [*TERRITORY_SCREENS, *(screen for _, screens in SCREENS for screen in screens)]
        if screen.holds(view_name)
    ]
    return max(claims, key=lambda claim: claim[0])[1] if claims else None


def _item(screen, slug, who, is_current):
    """`who` is a Membership for the pages of an organization, a TerritoryRole for those of a territory."""
    view = _view_of(screen.name)
    if view.access == "admin" and not who.is_admin:
        return None
    if view.access == "territory" and not who.may(*view.rights):
        return None
    return Item(screen.label, screen.icon, reverse(screen.name, args=[slug]), is_current)


@cache
def _view_of(name):
    """The same whoever's address it is: finding it again for each of twenty links took a twentieth of every page."""
    return resolve(reverse(name, args=["x"])).func
