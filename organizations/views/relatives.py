"""The relatives of a citizen: people whose messages the citizen receives."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from ..addresses import id_in, words_in
from ..exceptions import OrganizationsError
from ..models import Citizen
from ..selectors.citizens import find_citizens
from ..services.citizens import add_relative, remove_relative
from ..tenancy import member_required

MOST_FOUND = 8


@require_http_methods(["GET", "POST"])
@member_required()
def citizen_relatives(request, pk):
    """Those the member sees, to be parted; and `q` finds somebody with a record to be added."""
    visible = Citizen.objects.visible_to(request.membership).select_related("responsible")
    citizen = get_object_or_404(visible, pk=pk)
    refusal = _change(request, visible, citizen) if request.method == "POST" else ""
    if request.method == "POST" and not refusal:
        return redirect("organizations:citizen_relatives", request.organization.slug, citizen.pk)
    typed = words_in(request.GET)
    found = find_citizens(membership=request.membership, typed=typed, most=MOST_FOUND + 1) if typed else []
    context = {
        "citizen": citizen,
        "relatives": list(visible.filter(responsible=citizen).order_by("first_name", "pk")),
        "typed": typed,
        "found": [other for other in found[:MOST_FOUND] if other != citizen],
        "there_are_more": len(found) > MOST_FOUND,
        "refusal": refusal,
    }
    return render(request, "organizations/citizen_relatives.html", context, status=422 if refusal else 200)


def _change(request, visible, citizen):
    """Add or part the one who was chosen; why it cannot be, in words."""
    other = id_in(request.POST.get("ajouter", "")), id_in(request.POST.get("retirer", ""))
    relative = visible.filter(pk__in=[pk for pk in other if pk is not None]).first()
    if relative is None:
        return "Choisissez une personne que vous voyez."
    try:
        if "retirer" in request.POST:
            remove_relative(citizen=citizen, relative=relative)
            messages.success(request, f"{relative} reçoit désormais ses propres messages.")
        else:
            add_relative(citizen=citizen, relative=relative)
            messages.success(request, f"Les messages pour {relative} iront à {citizen}.")
    except OrganizationsError as refusal:
        return refusal.message
    return ""
