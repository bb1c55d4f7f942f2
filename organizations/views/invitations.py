"""Inviting agents: several at once, sent again, taken back."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ..exceptions import OrganizationsError
from ..forms.invitations import InvitationForm, TerritoryInvitationForm
from ..models import Invitation
from ..services.invitations import invite_agents, revoke_invitation, send_again
from ..tenancy import member_required, territory_role_required


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def invitation_add(request):
    form = InvitationForm(request.POST if request.method == "POST" else None, membership=request.membership)
    if form.is_valid() and _invited(request, form, organization=request.organization):
        return redirect("scheduling:member_list", request.organization.slug)
    return render(request, "organizations/invitation_add.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@territory_role_required("invites_agents")
def territory_invitation_add(request):
    """Into any organization of the territory, as plain agents."""
    form = TerritoryInvitationForm(request.POST if request.method == "POST" else None, territory=request.territory)
    if form.is_valid() and _invited(request, form):
        return redirect("organizations:territory_invitation_add", request.territory.slug)
    status = 422 if form.is_bound else 200
    return render(request, "organizations/territory_invitation_add.html", {"form": form}, status=status)


@require_POST
@member_required(admin=True)
def invitation_resend(request, pk):
    invitation = _invitation(request, pk)
    return _act(request, send_again, invitation, f"L'invitation est renvoyée à {invitation.email}.")


@require_POST
@member_required(admin=True)
def invitation_revoke(request, pk):
    invitation = _invitation(request, pk)
    return _act(request, revoke_invitation, invitation, f"L'invitation de {invitation.email} est retirée.")


def _invitation(request, pk):
    return get_object_or_404(Invitation.objects.for_organization(request.organization), pk=pk)


def _act(request, service, invitation, sentence):
    try:
        service(invitation=invitation, now=timezone.now())
    except OrganizationsError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, sentence)
    return redirect("scheduling:member_list", request.organization.slug)


def _invited(request, form, **where):
    try:
        invited = invite_agents(invited_by=request.user, now=timezone.now(), **where, **form.cleaned_data)
    except OrganizationsError as error:
        form.add_error(None, error.message)
        return False
    _tell(request, invited)
    return True


def _tell(request, invited):
    if invited.sent:
        number = len(invited.sent)
        messages.success(request, f"{number} invitation{'s' if number > 1 else ''} envoyée{'s' if number > 1 else ''}.")
    if invited.waiting:
        messages.info(request, f"Déjà invités, rien n'est renvoyé\N{NO-BREAK SPACE}: {', '.join(invited.waiting)}.")
    if invited.members:
        messages.info(request, f"Déjà membres\N{NO-BREAK SPACE}: {', '.join(invited.members)}.")
