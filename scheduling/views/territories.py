"""Pages of a territory as a whole."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from organizations.models import Organization
from organizations.tenancy import territory_role_required

from ..selectors.first_steps import progress_of, with_first_steps

PER_PAGE = 50


@require_safe
@territory_role_required("manages_teams", "manages_access", "invites_agents")
def territory_overview(request):
    """Where a territory's administrators begin: its organizations, and how far each has come."""
    organizations = with_first_steps(Organization.objects.for_territory(request.territory), today=timezone.localdate())
    page = Paginator(organizations.order_by("name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [(organization, progress_of(organization)) for organization in page]}
    return render(request, "scheduling/territory_overview.html", context)
