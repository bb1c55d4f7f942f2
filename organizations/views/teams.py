"""Teams of a territory: named sets of agents, to be chosen wherever agents are."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ..exceptions import OrganizationsError
from ..forms.teams import TeamForm
from ..selectors.teams import teams_for_list
from ..services.teams import change_team, create_team, delete_team
from ..tenancy import territory_role_required

PER_PAGE = 50


@require_safe
@territory_role_required("manages_teams")
def team_list(request):
    page = Paginator(teams_for_list(request.territory), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "organizations/team_list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@territory_role_required("manages_teams")
def team_add(request):
    form = _form(request)
    if form.is_valid() and _written(form, create_team, territory=request.territory):
        messages.success(request, f"L'équipe {_quoted(form.cleaned_data['name'])} est créée.")
        return redirect("organizations:team_list", request.territory.slug)
    return render(request, "organizations/team_add.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@territory_role_required("manages_teams")
def team_edit(request, pk):
    team = _team(request, pk)
    name = team.name  # The service writes what was typed on the object.
    form = _form(request, team)
    if form.is_valid() and _written(form, change_team, team=team):
        messages.success(request, f"L'équipe {_quoted(team)} est enregistrée.")
        return redirect("organizations:team_list", request.territory.slug)
    context = {"form": form, "team": team, "name": name}
    return render(request, "organizations/team_edit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@territory_role_required("manages_teams")
def team_delete(request, pk):
    team = _team(request, pk)
    if request.method == "POST":
        delete_team(team=team)
        messages.success(request, f"L'équipe {_quoted(team)} est supprimée.")
        return redirect("organizations:team_list", request.territory.slug)
    return render(request, "organizations/team_delete.html", {"team": team})


def _form(request, team=None):
    """Without a script, « Chercher » sends the form as it is and gets it back with fewer agents on its list."""
    if request.method != "POST":
        return TeamForm(territory=request.territory, team=team)
    if "chercher" in request.POST:
        return TeamForm.looking_for_agents(request.POST, territory=request.territory, team=team)
    return TeamForm(request.POST, territory=request.territory, team=team)


def _team(request, pk):
    return get_object_or_404(teams_for_list(request.territory), pk=pk)


def _written(form, service, **arguments):
    try:
        return service(**form.service_fields, **arguments)
    except OrganizationsError as error:
        form.add_error("name", error.message)
        return None


def _quoted(name):
    return f"«\N{NO-BREAK SPACE}{name}\N{NO-BREAK SPACE}»"
