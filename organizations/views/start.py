from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from ..access import signed_in
from ..models import Membership, TerritoryRole


@require_safe
@signed_in
def start(request):
    """Where signing in leads: the day of the agent's first organization by name, or else their territory."""
    memberships = Membership.objects.all_of(request.user)
    if memberships:
        return redirect("scheduling:today", memberships[0].organization.slug)
    role = TerritoryRole.objects.all_of(request.user).first()
    if role:
        return redirect("scheduling:territory_overview", role.territory.slug)
    return render(request, "organizations/start.html")
