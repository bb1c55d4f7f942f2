"""From the territory's link to the lieu: what is asked before times show."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from organizations.access import public

from ..cards import cards_by_category
from ..distance import parse_point
from ..exceptions import NotForPrescribers
from ..frames import allow_frames
from ..pages import service_name, step_context
from ..selectors.places import around_town, nearest_first, with_next_slots
from ..selectors.tenants import find_address
from ..steps import Step
from .journeys import INVALID, narrow_to_calendar, narrow_to_site, start_journey, step_view, to_identity

# More lieux than this come when asked for; the soonest are on top.
PLACES_SHOWN = 12


@require_safe
@step_view(Step.SERVICE)
def service_choice(request, journey):
    """The territory's own link."""
    if journey.services and not journey.is_offered(Step.SERVICE):
        return redirect(journey.onward_url(Step.SERVICE))
    services = [
        {"name": service_name(service), "motifs": service.motifs, "url": journey.url(Step.MOTIF, service=service.key)}
        for service in journey.services
    ]
    context = step_context(journey, Step.SERVICE) | {"services": services}
    return render(request, "booking_portal/service_choice.html", context)


@require_safe
@public
@never_cache
def organization_entry(request, territory_slug, organization_slug):
    """An organization's own link."""
    journey = start_journey(request, territory_slug, organization_slug=organization_slug)
    return allow_frames(_to_first(request, journey), journey.territory)


@require_safe
@public
@never_cache
def location_entry(request, territory_slug, pk):
    """A place's own link: what any organization of the territory offers there."""
    journey = start_journey(request, territory_slug, location_pk=pk)
    return allow_frames(_to_first(request, journey), journey.territory)


@require_safe
@public
@never_cache
def calendar_entry(request, territory_slug, organization_slug, slug):
    """The link of one agent or desk; in one place, if it says so. One that is dead, or never was, leads on to the
    organization.
    """
    journey = start_journey(request, territory_slug, organization_slug=organization_slug)
    journey.address = find_address(journey.organization, slug)
    narrow_to_site(journey, request)  # A place that has closed is said; the agent may have others.
    answer = _to_first(request, journey) if journey.address else _nobody(request, journey)
    return allow_frames(answer, journey.territory)


def _to_first(request, journey):
    """What there is to choose hangs from who a prescriber is."""
    return to_identity(request, journey) if journey.lacks_identity else redirect(journey.first_url)


def _nobody(request, journey):
    context = step_context(journey, Step.SERVICE) | {"shared": None, "steps": []}
    return render(request, "booking_portal/calendar_entry.html", context, status=404)


@require_safe
@public
@never_cache
def motif_entry(request, territory_slug, organization_slug, motif_slug):
    """The link to one motif of an organization, also to one that only its link opens; in one place, or with one agent
    or desk, if it says so.
    """
    journey = start_journey(
        request,
        territory_slug,
        organization_slug=organization_slug,
        parameters={"motif": motif_slug} | {name: request.GET.get(name, "") for name in ("mode", "pour")},
    )
    return allow_frames(_to_motif(request, journey), journey.territory)


def _to_motif(request, journey):
    if journey.lacks_identity:
        return to_identity(request, journey)
    if not (narrow_to_calendar(journey, request) and narrow_to_site(journey, request)):
        return redirect(journey.first_url)
    if not journey.motifs:
        refusal = NotForPrescribers.message if journey.prescribes else INVALID[Step.MOTIF]
        messages.warning(request, refusal)
        return redirect(journey.url(Step.SERVICE))
    return redirect(journey.onward_url(Step.MOTIF))


@require_safe
@step_view(Step.MOTIF)
def motif_choice(request, journey):
    if not journey.is_offered(Step.MOTIF):
        return redirect(journey.onward_url(Step.MOTIF))
    categories = cards_by_category(journey.motif_cards)
    cards = {
        category: [(card, journey.url(Step.OPTION, motif=card.slug, mode=card.mode)) for card in of_category]
        for category, of_category in categories.items()
    }
    context = step_context(journey, Step.MOTIF) | {"categories": cards}
    return render(request, "booking_portal/motif_choice.html", context)


@require_safe
@step_view(Step.OPTION)
def option_choice(request, journey):
    """The option, or how many persons come, or both."""
    if not journey.is_offered(Step.OPTION):
        return redirect(journey.onward_url(Step.OPTION))
    options = [(option, journey.url(Step.INSTRUCTIONS, option=option.key)) for option in journey.options]
    context = step_context(journey, Step.OPTION) | {
        "options": options if len(options) > 1 else [],
        "persons": range(1, journey.most_persons + 1),
        "action_url": journey.url(Step.INSTRUCTIONS).partition("?")[0],
        "parameters": journey.parameters(Step.OPTION),
    }
    return render(request, "booking_portal/option_choice.html", context)


@require_http_methods(["GET", "POST"])
@step_view(Step.INSTRUCTIONS)
def instructions(request, journey):
    """Accepted once per session and text: whoever gets the address from somebody else reads them too."""
    if request.method == "POST":
        journey.visitor.accept(journey.instructions)
    if not journey.is_offered(Step.INSTRUCTIONS):
        return redirect(journey.onward_url(Step.INSTRUCTIONS))
    return render(request, "booking_portal/instructions.html", step_context(journey, Step.INSTRUCTIONS))


@require_safe
@step_view(Step.PLACE)
def place_choice(request, journey):
    """Lieux, the soonest available on top, or the nearest to where the visitor is, or to the town they type.

    Organizations for what takes place nowhere in particular.
    """
    if not journey.is_offered(Step.PLACE):
        return redirect(journey.onward_url(Step.PLACE))
    dated = with_next_slots(
        journey.places,
        journey.all_demands,
        now=journey.now,
        calendar_ids=journey.calendar_ids,
        visitor_key=journey.visitor.key,
    )
    typed = request.GET.get("ou", "").strip()[:100]
    point = parse_point(request.GET.get("pres", ""))
    found = nearest_first(dated, point) if point else around_town(dated, typed)
    shown = found if "tous" in request.GET else found[:PLACES_SHOWN]
    name = "lieu" if journey.is_on_site else "aupres"
    context = step_context(journey, Step.PLACE) | {
        "places": [(place, journey.url(Step.SLOT, **{name: place.key})) for place in shown],
        "hidden": len(found) - len(shown),
        "clear_url": journey.url(Step.PLACE),
        "all_url": journey.url(Step.PLACE, ou=typed or None, pres=point and request.GET["pres"], tous=1),
        "has_search": len(dated) > PLACES_SHOWN // 2,
        "has_points": any(place.point for place in dated),
        "is_by_distance": point is not None,
        "typed": typed,
        "parameters": journey.parameters(Step.PLACE),
    }
    return render(request, "booking_portal/place_choice.html", context)
