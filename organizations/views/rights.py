"""The rights of a territory: who may do what and why, and what they may do on the territory."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from config.shortcuts import render_page

from ..addresses import words_in
from ..exceptions import OrganizationsError
from ..forms.rights import RightsFilterForm, TerritoryRightsForm
from ..models import Membership, Organization
from ..permissions import can_change_rights_of
from ..selectors.rights import agents_with_rights, rights_of
from ..services.rights import change_territory_rights
from ..tenancy import territory_role_required

PER_PAGE = 25


@require_safe
@territory_role_required("manages_access")
def rights_list(request):
    form = RightsFilterForm(request.GET, territory=request.territory)
    agents = agents_with_rights(request.territory, typed=words_in(request.GET), **form.narrowed)
    page = Paginator(agents, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "rows": rights_of(page.object_list, request.territory)}
    return render_page(request, "organizations/rights_list.html", "organizations/_rights_results.html", context)


@require_http_methods(["GET", "POST"])
@territory_role_required("manages_access")
def rights_edit(request, pk):
    """`pk` is the agent's."""
    rights = _rights(request, pk)
    may_change = can_change_rights_of(request.territory_role, rights.role)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = TerritoryRightsForm(
        request.POST if request.method == "POST" else None,
        agent=rights.agent,
        role=rights.role,
        changed_by=request.territory_role,
    )
    if form.is_valid() and _changed(request, form, rights.agent):
        messages.success(request, f"Les droits de {rights.agent} sont enregistrés.")
        return _back(request, rights.agent)
    context = {"form": form, "rights": rights, "may_change": may_change, "editable": _editable(request)}
    return render(request, "organizations/rights_edit.html", context, status=422 if form.is_bound else 200)


def _rights(request, pk):
    found = rights_of(agents_with_rights(request.territory).filter(pk=pk), request.territory)
    if not found:
        raise Http404
    return found[0]


def _changed(request, form, agent):
    try:
        change_territory_rights(territory=request.territory, agent=agent, changed_by=request.user, **form.chosen)
    except OrganizationsError as error:
        form.add_error(None, error.message)
        return False
    return True


def _back(request, agent):
    """Who took their own access away has no list to return to."""
    role = type(request.territory_role).objects.of(request.user, request.territory.slug)
    if agent == request.user and not (role and role.may("manages_access")):
        return redirect("start")
    return redirect("organizations:rights_list", request.territory.slug)


def _editable(request):
    """The organizations whose members the reader may change on their own page there."""
    if request.territory_role.is_admin:
        return {organization.pk for organization in Organization.objects.for_territory(request.territory)}
    return {membership.organization_id for membership in Membership.objects.all_of(request.user) if membership.is_admin}
