"""Pages of the citizens that need nothing of their appointments; the record itself is `scheduling:citizen_detail`."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from config.shortcuts import render_page

from ..addresses import id_in
from ..citizen_search import guess_identity
from ..exceptions import OrganizationsError
from ..forms.citizens import CitizenForm
from ..models import Citizen
from ..selectors.citizens import find_citizens
from ..selectors.duplicates import possible_duplicates
from ..services.citizens import create_citizen, edit_record
from ..tenancy import member_required

PER_PAGE = 25
# Nobody turns more pages, they type another letter.
MOST_FOUND = 100


@require_safe
@member_required()
def citizen_list(request):
    """What was typed in `q`, as it is typed; without it, the records added last."""
    typed = request.GET.get("q", "").strip()
    if typed:
        found = find_citizens(membership=request.membership, typed=typed, most=MOST_FOUND + 1)
    else:
        found = list(Citizen.objects.visible_to(request.membership).order_by("-pk")[:MOST_FOUND])
    page = Paginator(found[:MOST_FOUND], PER_PAGE).get_page(request.GET.get("page"))
    return render_page(
        request,
        "organizations/citizen_list.html",
        "organizations/_citizen_results.html",
        {"page": page, "typed": typed, "is_cut": len(found) > MOST_FOUND},
    )


@require_http_methods(["GET", "POST"])
@member_required()
def citizen_add(request):
    """A record likely to exist already is only added once the agent has seen the others and insists."""
    responsible = _responsible_named_in_the_address(request)
    form = CitizenForm(
        request.POST if request.method == "POST" else None,
        membership=request.membership,
        today=timezone.localdate(),
        initial=guess_identity(request.GET.get("q", "")) | {"responsible": responsible and responsible.pk},
    )
    duplicates = None
    if form.is_valid():
        duplicates = possible_duplicates(membership=request.membership, **form.identity)
        if "create_anyway" in request.POST or not duplicates:
            units = _units_of(request.membership)
            try:
                citizen = create_citizen(organization=request.organization, units=units, **form.cleaned_data)
            except OrganizationsError as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, f"La fiche de {citizen} est créée.")
                return redirect("scheduling:citizen_detail", request.organization.slug, citizen.pk)
    context = {"form": form, "duplicates": duplicates, "responsible": responsible}
    return render(request, "organizations/citizen_add.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def citizen_edit(request, pk):
    visible = Citizen.objects.visible_to(request.membership).select_related("responsible")
    citizen = get_object_or_404(visible.named(pk))
    if citizen.pk != pk:
        if request.method == "POST":
            messages.warning(
                request, "La fiche a été fusionnée avec celle-ci\u00a0: rien n'est enregistré, vérifiez-la."
            )
        return redirect("organizations:citizen_edit", request.organization.slug, citizen.pk)
    name = str(citizen)  # Checking the form writes what was typed on the object.
    form = CitizenForm(
        request.POST if request.method == "POST" else None,
        instance=citizen,
        membership=request.membership,
        today=timezone.localdate(),
    )
    if form.is_valid():
        try:
            edit_record(citizen=citizen, organization=request.organization, **form.cleaned_data)
        except OrganizationsError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "La fiche est enregistrée.")
            return redirect("scheduling:citizen_detail", request.organization.slug, citizen.pk)
    context = {"form": form, "citizen": citizen, "name": name}
    return render(request, "organizations/citizen_edit.html", context, status=422 if form.is_bound else 200)


def _units_of(membership):
    """Through whom a record becomes known when this member adds it: the whole organization, for whoever sees it all."""
    return [] if membership.sees_every_unit else list(membership.units.all())


def _responsible_named_in_the_address(request):
    named = id_in(request.GET.get("responsable", ""))
    if named is None:
        return None
    return Citizen.objects.visible_to(request.membership).filter(pk=named, responsible=None).first()
