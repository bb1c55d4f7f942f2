"""Workshops: their dates with the seats that are left, and the one that has filled meanwhile."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ..pages import step_context
from ..steps import Step
from .journeys import step_view

# More dates than this come when asked for; the soonest are on top.
WORKSHOPS_SHOWN = 12


@require_http_methods(["GET", "POST"])
@step_view(Step.WORKSHOP)
def workshop_choice(request, journey):
    """Its own address may name one: it is on top then, as whoever comes from a frame has chosen it there."""
    if not journey.is_offered(Step.WORKSHOP):
        return redirect(journey.onward_url(Step.WORKSHOP))
    if request.method == "POST":
        return _choose(request, journey)
    others = [each for each in journey.workshops if each is not journey.workshop]
    shown = others if "tous" in request.GET else others[:WORKSHOPS_SHOWN]
    context = step_context(journey, Step.WORKSHOP) | {
        "chosen": journey.workshop,
        "workshops": shown,
        "hidden": len(others) - len(shown),
        "all_url": journey.url(Step.WORKSHOP, tous=1),
        "names_organizations": len(journey.motifs) > 1,
        "in_frame": journey.in_frame,
        "parameters": journey.parameters(Step.WORKSHOP),
        "action_url": journey.url(Step.WORKSHOP),
        "to_ask": [motif.organization for motif in journey.motifs],
    }
    return render(request, "booking_portal/workshop_choice.html", context)


def _choose(request, journey):
    """`atelier` for a seat, `attente` for a place in the queue. A new attempt: the next person at this computer too."""
    waits = "attente" in request.POST
    asked = request.POST.get("attente" if waits else "atelier", "")
    if asked not in {str(each.workshop.pk) for each in journey.workshops}:
        messages.warning(request, _("Cet atelier n'est plus proposé. Choisissez une autre date."))
        return redirect(journey.url(Step.WORKSHOP))
    journey.visitor.begin()
    return redirect(journey.url(Step.WHO, atelier=asked, attente=1 if waits else None))


@require_safe
@step_view(Step.WHO)
def workshop_full(request, journey):
    """Somebody was faster: the queue, or another date; nothing has to be typed again."""
    if not journey.is_collective or journey.workshop.free or journey.is_ready_to_wait:
        return redirect(journey.url(Step.WHO))
    others = [each for each in journey.workshops if each is not journey.workshop and each.free]
    context = (
        step_context(journey, Step.WORKSHOP)
        | {
            "choices": step_context(journey, Step.WHO)["choices"],
            "shared": None,  # True for this visitor, and for a minute.
            "workshop": journey.workshop,
            "wait_url": journey.url(Step.WHO, attente=1),
            "others": others[:3],
            "names_organizations": len(journey.motifs) > 1,
            "has_typed": bool(journey.visitor.typed),
            "action_url": journey.url(Step.WORKSHOP),
        }
    )
    return render(request, "booking_portal/workshop_full.html", context)
