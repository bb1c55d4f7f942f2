"""« Trouver un RDV »: the motif, then its slots."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.shortcuts import render_page
from organizations.addresses import id_in
from organizations.models import Citizen, Motif
from organizations.selectors.citizens import find_citizens
from organizations.tenancy import member_required

from ..booking_drafts import draft_in
from ..forms.slot_search import SlotSearchForm
from ..selectors.motif_groups import motifs_by_unit
from ..slot_results import SlotResults


@require_safe
@member_required()
def slot_search(request):
    """Without a motif, the list to choose from; with one, its next slots and those of a week."""
    motifs = Motif.objects.visible_to(request.membership).active().filter(is_collective=False)
    citizen = citizen_named_in_the_address(request)
    if not request.GET.get("motif"):
        context = {"groups": motifs_by_unit(motifs), "citizen": citizen, "draft": draft_in(request)}
        return render(request, "scheduling/slot_search_motifs.html", context)
    motif = get_object_or_404(motifs.select_related("organization__territory"), pk=number(request.GET["motif"]))
    if request.htmx.target == "citizen-choices":
        return render(request, "scheduling/_citizen_choices.html", citizen_choices(request))
    form = SlotSearchForm(
        request.GET, motif=motif, citizen=citizen, membership=request.membership, today=timezone.localdate()
    )
    results = None
    if form.is_valid() and not form.lacks_companions:
        results = SlotResults.of(form, organization=request.organization, now=timezone.now())
    context = {"form": form, "motif": motif, "citizen": citizen, "draft": draft_in(request), "results": results}
    context |= citizen_choices(request)
    status = 200 if form.is_valid() else 422
    return render_page(
        request, "scheduling/slot_search.html", "scheduling/_slot_search_results.html", context, status=status
    )


def number(text):
    """The id written in an address. Raises Http404 when it is none."""
    found = id_in(text)
    if found is None:
        raise Http404
    return found


def citizen_named_in_the_address(request):
    """`?usager=`, among those the member may see. Raises Http404 for another."""
    if not request.GET.get("usager"):
        return None
    visible = Citizen.objects.visible_to(request.membership).select_related("responsible")
    return get_object_or_404(visible.named(number(request.GET["usager"])))


MOST_CHOICES = 8


def citizen_choices(request):
    """Context of `_citizen_choices.html`: whom `?q=` finds, each with the present address completed by `usager`."""
    typed = request.GET.get("q", "").strip()
    citizens = find_citizens(membership=request.membership, typed=typed, most=MOST_CHOICES + 1) if typed else []
    return {"typed": typed, "citizens": citizens[:MOST_CHOICES], "there_are_more": len(citizens) > MOST_CHOICES}
