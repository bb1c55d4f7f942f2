"""The lists a territory keeps for its organizations: services, and types of partners. Both are lists of names."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ..exceptions import OrganizationsError
from ..forms.territory_lists import EntryForm
from ..models import PartnerType, ServiceUnit
from ..selectors.territory_lists import entries_for_list, uses_of
from ..services.territory_lists import add_entry, delete_entry, rename_entry
from ..tenancy import territory_role_required

PER_PAGE = 50


@dataclass(frozen=True)
class Kind:
    model: type
    list_page: str

    def said(self, entry, what):
        return f"Le {self.model._meta.verbose_name} «\N{NO-BREAK SPACE}{entry}\N{NO-BREAK SPACE}» est {what}."


UNITS = Kind(ServiceUnit, "organizations:unit_list")
PARTNER_TYPES = Kind(PartnerType, "organizations:partner_type_list")


@require_safe
@territory_role_required()
def unit_list(request):
    return _list(request, UNITS, "organizations/unit_list.html")


@require_http_methods(["GET", "POST"])
@territory_role_required()
def unit_add(request):
    return _add(request, UNITS, "organizations/unit_add.html")


@require_http_methods(["GET", "POST"])
@territory_role_required()
def unit_edit(request, pk):
    return _edit(request, UNITS, pk, "organizations/unit_edit.html")


@require_http_methods(["GET", "POST"])
@territory_role_required()
def unit_delete(request, pk):
    return _delete(request, UNITS, pk, "organizations/unit_delete.html")


@require_safe
@territory_role_required()
def partner_type_list(request):
    return _list(request, PARTNER_TYPES, "organizations/partner_type_list.html")


@require_http_methods(["GET", "POST"])
@territory_role_required()
def partner_type_add(request):
    return _add(request, PARTNER_TYPES, "organizations/partner_type_add.html")


@require_http_methods(["GET", "POST"])
@territory_role_required()
def partner_type_edit(request, pk):
    return _edit(request, PARTNER_TYPES, pk, "organizations/partner_type_edit.html")


@require_http_methods(["GET", "POST"])
@territory_role_required()
def partner_type_delete(request, pk):
    return _delete(request, PARTNER_TYPES, pk, "organizations/partner_type_delete.html")


def _list(request, kind, template):
    entries = entries_for_list(kind.model, request.territory)
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, template, {"page": page})


def _add(request, kind, template):
    form = EntryForm(_typed(request), rows=_rows(request, kind))
    if form.is_valid() and (
        added := _attempt(form, add_entry, model=kind.model, territory=request.territory, **form.cleaned_data)
    ):
        messages.success(request, kind.said(added, "ajouté"))
        return redirect(kind.list_page, request.territory.slug)
    return render(request, template, {"form": form}, status=422 if form.is_bound else 200)


def _edit(request, kind, pk, template):
    entry = _entry(request, kind, pk)
    form = EntryForm(_typed(request), rows=_rows(request, kind), entry=entry)
    name = entry.name  # The service writes what was typed on the object.
    if form.is_valid() and _attempt(form, rename_entry, entry=entry, **form.cleaned_data):
        messages.success(request, kind.said(entry, "renommé"))
        return redirect(kind.list_page, request.territory.slug)
    context = {"form": form, "entry": entry, "name": name}
    return render(request, template, context, status=422 if form.is_bound else 200)


def _delete(request, kind, pk, template):
    """Refused while something uses the entry: the page then says what, and how many."""
    entry = _entry(request, kind, pk)
    refusal = ""
    if request.method == "POST":
        try:
            delete_entry(entry=entry)
        except OrganizationsError as error:
            refusal = error.message
        else:
            messages.success(request, kind.said(entry.name, "supprimé"))
            return redirect(kind.list_page, request.territory.slug)
    uses = uses_of(entry)
    context = {
        "entry": entry,
        "uses": uses,
        "has_citizens": any(use.is_of_citizens for use in uses),
        "refusal": refusal,
    }
    return render(request, template, context, status=422 if refusal else 200)


def _typed(request):
    return request.POST if request.method == "POST" else None


def _rows(request, kind):
    return kind.model.objects.for_territory(request.territory)


def _entry(request, kind, pk):
    return get_object_or_404(_rows(request, kind), pk=pk)


def _attempt(form, service, **arguments):
    try:
        return service(**arguments)
    except OrganizationsError as error:
        form.add_error(None, error.message)
        return None
