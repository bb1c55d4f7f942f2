"""The agents of an organization: what they are there, and how they leave. `pk` is the membership's."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from organizations.exceptions import OrganizationsError
from organizations.forms.members import MemberFilterForm, MembershipForm
from organizations.models import Invitation, Membership
from organizations.tenancy import member_required

from ..engine.typography import quote
from ..exceptions import SchedulingError
from ..selectors.members import leaving_of, members_for_list, territory_admins_of
from ..services.members import change_member, remove_member

PER_PAGE = 50

NOTHING_TO_LEAVE = "Vous n'êtes pas membre de cette organisation\N{NO-BREAK SPACE}: vous administrez son territoire."


@require_safe
@member_required(admin=True)
def member_list(request):
    """Members by name, who administers the territory, and the invitations that wait."""
    form = MemberFilterForm(request.GET)
    members = form.filter(members_for_list(request.organization, today=timezone.localdate()))
    context = {
        "form": form,
        "page": Paginator(members, PER_PAGE).get_page(request.GET.get("page")),
        "invitations": Invitation.objects.for_organization(request.organization).open().for_list(),
        "territory_admins": territory_admins_of(request.organization),
        "now": timezone.now(),
    }
    return render(request, "scheduling/member_list.html", context)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def member_edit(request, pk):
    member = _member(request, pk)
    typed = request.POST if request.method == "POST" else None
    form = MembershipForm(typed, membership=request.membership, initial=MembershipForm.initial_of(member))
    if form.is_valid():
        try:
            change_member(membership=member, now=timezone.now(), **form.cleaned_data)
        except (OrganizationsError, SchedulingError) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Les droits de {quote(member.agent)} sont enregistrés.")
            return redirect("scheduling:member_list", request.organization.slug)
    context = {"form": form, "member": member}
    return render(request, "scheduling/member_edit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def member_remove(request, pk):
    now = timezone.now()
    member = _member(request, pk)
    refusal = ""
    if request.method == "POST":
        try:
            remove_member(membership=member, now=now)
        except (OrganizationsError, SchedulingError) as error:
            refusal = error.message
        else:
            messages.success(request, f"{quote(member.agent)} ne fait plus partie de l'organisation.")
            return redirect("scheduling:member_list", request.organization.slug)
    context = {"member": member, "leaving": leaving_of(member, now=now), "refusal": refusal}
    return render(request, "scheduling/member_remove.html", context, status=422 if refusal else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def member_leave(request):
    """An agent takes themselves out. Who administers the territory without being a member has nothing to leave."""
    now = timezone.now()
    if request.membership.pk is None:
        messages.info(request, NOTHING_TO_LEAVE)
        return redirect("scheduling:today", request.organization.slug)
    refusal = ""
    if request.method == "POST":
        try:
            remove_member(membership=request.membership, now=now)
        except (OrganizationsError, SchedulingError) as error:
            refusal = error.message
        else:
            messages.success(request, f"Vous ne faites plus partie de {quote(request.organization)}.")
            return redirect("start")
    leaving = leaving_of(request.membership, now=now)
    context = {"member": request.membership, "leaving": leaving, "refusal": refusal}
    return render(request, "scheduling/member_leave.html", context, status=422 if refusal else 200)


def _member(request, pk):
    members = Membership.objects.for_organization(request.organization)
    return get_object_or_404(
        members.select_related("agent__calendar", "public_address").prefetch_related("units"), pk=pk
    )
