"""Which other sites may frame the portal: a territory's, so its administrators alone say it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from organizations.services.frames import set_frame_ancestors
from organizations.tenancy import territory_role_required
from scheduling.engine.typography import count
from scheduling.views.returning import return_address

from ..forms.frames import FrameAncestorsForm


@require_http_methods(["GET", "POST"])
@territory_role_required()
def frame_ancestors(request):
    """Also where the same form on an organization's page « Réservation en ligne » is sent; it comes back there."""
    form = FrameAncestorsForm(request.POST if request.method == "POST" else None, territory=request.territory)
    own = reverse("booking_portal:frame_ancestors", args=[request.territory.slug])
    address = return_address(request, own)
    if form.is_valid():
        origins = form.cleaned_data["origins"]
        set_frame_ancestors(territory=request.territory, origins=origins)
        allowed = f"{count(len(origins), 'site')} peu{'t' if len(origins) == 1 else 'vent'} afficher le portail."
        messages.success(request, allowed if origins else "Aucun autre site ne peut afficher le portail.")
        return redirect(address)
    context = {"form": form, "address": address}
    return render(request, "booking_portal/frame_ancestors.html", context, status=422 if form.is_bound else 200)
