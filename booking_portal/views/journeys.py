"""From an address to a `Journey`, and from a choice that is missing to the step that asks for it."""

from functools import wraps

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from organizations.access import public
from organizations.addresses import id_in
from organizations.models import Territory

from ..forms.who import LONGEST_ANSWER
from ..frames import OUTSIDE_FRAMES, allow_frames, is_in_frame
from ..identities import identity_on
from ..journey import Journey
from ..onward import identity_url
from ..pages import step_context
from ..selectors.tenants import find_address, find_location, find_organization, find_territory
from ..steps import Step
from ..visitor import Visitor

_MISSING = {
    Step.SERVICE: _("Choisissez d'abord un service."),
    Step.MOTIF: _("Choisissez d'abord un motif."),
    Step.OPTION: _("Précisez d'abord votre demande."),
    Step.INSTRUCTIONS: _("Avant de continuer, lisez et acceptez ces instructions."),
    Step.PLACE: _("Choisissez d'abord un lieu."),
    Step.SLOT: _("Choisissez d'abord un créneau."),
    Step.WORKSHOP: _("Choisissez d'abord une date."),
}
INVALID = {
    Step.SERVICE: _("Ce service n'est pas proposé ici. Choisissez-en un autre."),
    Step.MOTIF: _("Ce motif n'est pas proposé en ligne. Choisissez-en un autre."),
    Step.OPTION: _("Ce choix n'est pas possible. Précisez votre demande."),
    Step.PLACE: _("Ce rendez-vous n'est pas proposé dans ce lieu. Choisissez-en un autre."),
    Step.SLOT: _("Ce créneau n'existe pas. Choisissez-en un autre."),
    Step.WORKSHOP: _("Cet atelier n'est plus proposé. Choisissez une autre date."),
}


def territory_or_404(slug: str) -> Territory:
    territory = find_territory(slug)
    if territory is None:
        raise Http404
    return territory


def start_journey(request, territory_slug, *, organization_slug="", location_pk=None, parameters=None) -> Journey:
    """404 for a territory, or an organization or a place named in the path, that does not exist."""
    territory = territory_or_404(territory_slug)
    organization = find_organization(territory, organization_slug) if organization_slug else None
    location = find_location(territory, location_pk) if location_pk is not None else None
    if (organization_slug and organization is None) or (location_pk is not None and location is None):
        raise Http404
    now = timezone.now()
    return Journey(
        territory=territory,
        organization=organization,
        location=location,
        parameters=request.GET if parameters is None else parameters,
        visitor=Visitor(request.session, now=now),
        now=now,
        in_frame=is_in_frame(request),
        identity=identity_on(request, territory),
    )


def to_identity(request, journey):
    """A prescriber says first who they are, then comes back. A frame has none of our cookies, and cannot be told."""
    if journey.in_frame:
        context = {"territory": journey.territory, "journey": journey}
        return render(request, "booking_portal/outside_frame.html", context)
    return redirect(identity_url(journey.territory, onward=request.get_full_path()))


def narrow(journey, request) -> bool:
    """To the organization, the agent or desk, and the place that the address was given out for; False, and said, for
    one that is none.
    """
    asked = request.GET.get("organisation", "")
    if asked:
        journey.organization = find_organization(journey.territory, asked)
        if journey.organization is None:
            messages.warning(request, _("Cette organisation n'est pas proposée ici."))
            return False
    return narrow_to_calendar(journey, request) and narrow_to_site(journey, request)


def narrow_to_calendar(journey, request) -> bool:
    asked = request.GET.get("avec", "")
    if asked:
        journey.address = journey.organization and find_address(journey.organization, asked)
        if journey.address is None:
            messages.warning(request, _("Cette adresse ne mène plus à personne. Voici tout ce qui est proposé ici."))
            return False
    return True


def narrow_to_site(journey, request) -> bool:
    asked = request.GET.get("site", "")
    if asked:
        journey.location = find_location(journey.territory, id_in(asked) or 0)
        if journey.location is None:
            messages.warning(request, _("Ce lieu n'est plus proposé ici. Choisissez-en un autre."))
            return False
    return True


# More than any motif asks: what is kept is somebody's, not a store for anything.
_MOST_FIELDS = 50


def keep_typed(request, journey, step):
    """What somebody wrote of themselves before the way broke off: the form shows it when they come back to it."""
    if request.method == "POST" and step is Step.WHO and journey.visitor.key is not None:
        typed = {name: value[:LONGEST_ANSWER] for name, value in list(request.POST.items())[:_MOST_FIELDS]}
        journey.visitor.remember({name: typed[name] for name in typed.keys() - {"csrfmiddlewaretoken", "website"}})


def step_view(step: Step):
    """`view(request, journey)` for a step, once everything before it is chosen; clocks are those of the place."""

    def decorator(view):
        def answer(request, journey):
            if journey.lacks_identity:
                keep_typed(request, journey, step)
                return to_identity(request, journey)
            if not narrow(journey, request):
                keep_typed(request, journey, step)
                return redirect(journey.first_url)
            missing = journey.missing_before(step)
            if missing is not None:
                return to_missing(request, journey, missing)
            if journey.in_frame and step in OUTSIDE_FRAMES:
                return render(request, "booking_portal/outside_frame.html", step_context(journey, step))
            with timezone.override(journey.zone):
                return view(request, journey)

        @wraps(view)
        def wrapper(request, territory_slug):
            journey = start_journey(request, territory_slug)
            return allow_frames(answer(request, journey), journey.territory)

        return public(never_cache(wrapper))

    return decorator


def of(*, prescribers: bool):
    """Pages that ask who it is about: each of the two ways has its own, and leads to it from the other's."""

    def decorator(view):
        @wraps(view)
        def answer(request, journey):
            if journey.prescribes is not prescribers:
                return redirect(journey.url(Step.WHO))
            return view(request, journey)

        return answer

    return decorator


def to_missing(request, journey, missing):
    """Back to the step that lacks its choice, saying so."""
    if journey.was_asked(Step.MOTIF) and missing in (Step.SERVICE, Step.MOTIF):
        messages.warning(request, INVALID[Step.MOTIF])
    elif journey.was_asked(missing):
        messages.warning(request, INVALID[missing])
    else:
        messages.info(request, _MISSING[missing])
    return redirect(journey.url(missing))
