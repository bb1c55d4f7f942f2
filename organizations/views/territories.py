"""Pages of a territory as a whole."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..models import Organization
from ..tenancy import territory_role_required


@require_safe
@territory_role_required("manages_teams", "manages_access", "invites_agents")
def territory_overview(request):
    """Where a territory's administrators begin: its organizations, and what they may change."""
    organizations = Organization.objects.for_territory(request.territory)
    return render(request, "organizations/territory_overview.html", {"organizations": organizations})
