"""Two records of one person, side by side, and what stays of each."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from organizations.addresses import id_in, words_in
from organizations.exceptions import OrganizationsError, RecordsChanged
from organizations.forms.merges import MergeForm
from organizations.models import Citizen
from organizations.permissions import can_merge_citizens
from organizations.selectors.citizens import find_citizens
from organizations.tenancy import member_required

from ..selectors.citizens import what_follows
from ..services.citizen_merges import merge_citizens

MOST_FOUND = 8


@require_http_methods(["GET", "POST"])
@member_required()
def citizen_merge(request, pk):
    """With `avec`, both records and the fields in which they differ; without, the search for the other one."""
    visible = Citizen.objects.visible_to(request.membership)
    citizen = get_object_or_404(visible, pk=pk)
    if not can_merge_citizens(request.membership):
        raise PermissionDenied
    asked = request.POST.get("avec") or request.GET.get("avec", "")
    other = visible.filter(pk=id_in(asked)).exclude(pk=citizen.pk).first()
    if other is None:
        return _choose(request, citizen)
    # The older record stays: more addresses and links know it.
    winner, loser = sorted([citizen, other], key=lambda each: each.pk)
    form = _form(request, visible, winner, loser, request.POST if request.method == "POST" else None)
    if form.is_stale:
        return _page(request, _form(request, visible, winner, loser, None), refusal=RecordsChanged.message)
    if form.is_valid():
        try:
            return _merged(request, form)
        except OrganizationsError as refusal:
            return _page(request, form, refusal=refusal.message)
    return _page(request, form)


def _choose(request, citizen):
    typed = words_in(request.GET)
    found = find_citizens(membership=request.membership, typed=typed, most=MOST_FOUND + 1) if typed else []
    context = {
        "citizen": citizen,
        "typed": typed,
        "found": [other for other in found[:MOST_FOUND] if other != citizen],
        "there_are_more": len(found) > MOST_FOUND,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "scheduling/citizen_merge_choice.html", context, status=status)


def _form(request, visible, winner, loser, data):
    answering = visible.filter(pk__in=[pk for pk in (winner.responsible_id, loser.responsible_id) if pk])
    names = {responsible.pk: str(responsible) for responsible in answering.order_by("pk")}
    return MergeForm(data, winner=winner, loser=loser, names=names)


def _merged(request, form):
    log = merge_citizens(
        winner_id=form.winner.pk,
        loser_id=form.loser.pk,
        choices=form.choices,
        seen=form.cleaned_data["seen"],
        agent=request.user,
        organization=request.organization,
        now=timezone.now(),
    )
    messages.success(request, f"Les deux fiches n'en font plus qu'une\u00a0: {log.winner}.")
    return redirect("scheduling:citizen_detail", request.organization.slug, log.winner_id)


def _page(request, form, *, refusal=""):
    sides = what_follows([form.winner, form.loser], membership=request.membership, now=timezone.now())
    context = {"form": form, "winner": form.winner, "loser": form.loser, "sides": sides, "refusal": refusal}
    status = 422 if refusal or form.is_bound else 200
    return render(request, "scheduling/citizen_merge.html", context, status=status)
