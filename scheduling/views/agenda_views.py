"""The views of the agenda that an agent has named: kept from the agenda, renamed and deleted on a page of their own."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from organizations.tenancy import member_required

from ..engine.typography import quote
from ..exceptions import AgendaViewRefused
from ..forms.agenda_views import AgendaViewForm, AgendaViewNameForm
from ..models import AgendaView
from ..services.agenda_views import delete_agenda_view, rename_agenda_view, save_agenda_view

# What stands in the address of the agenda and makes a view.
SHOWN = ("vue", "equipe", "agenda", "affichage", "annules", "weekends")


@require_safe
@member_required()
def agenda_view_list(request):
    return _page(request)


@require_POST
@member_required()
def agenda_view_add(request):
    """Keep what the agenda shows under a name; back to it."""
    form = AgendaViewForm(request.POST, membership=request.membership)
    if form.is_valid():
        try:
            view = save_agenda_view(organization=request.organization, agent=request.user, **form.service_fields)
        except AgendaViewRefused as error:
            form.add_error("name", error.message)
        else:
            messages.success(request, f"La vue {quote(view)} est enregistrée.")
            return redirect(reverse("scheduling:agenda", args=[request.organization.slug], query=view.query))
    return _page(request, adding=form)


@require_POST
@member_required()
def agenda_view_rename(request, pk):
    view = _own(request, pk)
    form = AgendaViewNameForm(request.POST, prefix=f"vue{pk}")
    if form.is_valid():
        try:
            rename_agenda_view(view=view, name=form.cleaned_data["name"])
        except AgendaViewRefused as error:
            form.add_error("name", error.message)
        else:
            messages.success(request, f"La vue s'appelle maintenant {quote(view)}.")
            return redirect("scheduling:agenda_view_list", request.organization.slug)
    return _page(request, renaming={pk: form})


@require_POST
@member_required()
def agenda_view_delete(request, pk):
    view = _own(request, pk)
    name = quote(view)
    delete_agenda_view(view=view)
    messages.success(request, f"La vue {name} est supprimée.")
    return redirect("scheduling:agenda_view_list", request.organization.slug)


def _own(request, pk):
    return get_object_or_404(AgendaView.objects.visible_to(request.membership), pk=pk)


def _page(request, *, adding=None, renaming=None):
    """`adding` and `renaming` are forms that were refused, with what was typed."""
    views = AgendaView.objects.visible_to(request.membership).for_menu()
    renaming = renaming or {}
    rows = [
        (view, renaming.get(view.pk) or AgendaViewNameForm(initial={"name": view.name}, prefix=f"vue{view.pk}"))
        for view in views
    ]
    keeps = [(name, value) for name in SHOWN for value in adding.data.getlist(name)] if adding else []
    context = {"rows": rows, "adding": adding, "keeps": keeps}
    return render(request, "scheduling/agenda_view_list.html", context, status=422 if adding or renaming else 200)
