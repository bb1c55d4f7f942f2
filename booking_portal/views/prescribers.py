"""Who prescribes, as their device remembers it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from organizations.access import public
from scheduling.services.holds import release_hold

from ..forms.prescriber import PrescriberForm
from ..identities import forget_identity, identity_on, keep_identity
from ..onward import identity_url, onward_url, start_url
from ..visitor import Visitor
from .journeys import territory_or_404


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@public
@never_cache
def prescriber_identity(request, territory_slug):
    """The door for prescribers. `next` is where somebody was on the way to."""
    territory = territory_or_404(territory_slug)
    known = identity_on(request, territory)
    onward = onward_url(request.GET.get("next", ""), territory)
    form = PrescriberForm(
        request.POST or None, initial=PrescriberForm.typed(known) if known else None, territory=territory
    )
    if form.is_valid():
        response = redirect(onward)
        keep_identity(response, form.identity(known=known), territory=territory)
        return response
    context = {
        "territory": territory,
        "home_url": start_url(territory),
        "form": form,
        "known": known,
        "onward_url": onward,
    }
    status = 422 if form.is_bound else 200
    return render(request, "booking_portal/prescriber_identity.html", context, status=status)


@require_POST
@public
@never_cache
def prescriber_forget(request, territory_slug):
    """« Ce n'est pas vous ? »: the next person at this device is asked who they are."""
    territory = territory_or_404(territory_slug)
    asked = request.GET.get("next", "")
    # Of the persons they have booked for, nothing stays here either.
    now = timezone.now()
    visitor = Visitor(request.session, now=now)
    if visitor.key is not None:
        release_hold(visitor_key=visitor.key, now=now)
    visitor.forget()
    messages.success(request, _("Cet appareil ne sait plus qui vous êtes."))
    response = redirect(identity_url(territory, onward=asked and onward_url(asked, territory)))
    forget_identity(response, territory=territory)
    return response
