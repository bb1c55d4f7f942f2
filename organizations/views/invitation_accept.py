"""The link in an invitation's mail: one click for who has an account; for who has none, the account is made first."""

from django.contrib import messages
from django.contrib.auth import login
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..access import signed_link
from ..exceptions import OrganizationsError
from ..forms.invitations import NewAccountForm
from ..invitation_links import invitation_of
from ..selectors.agents import has_account
from ..services.invitations import accept_invitation, accept_with_new_account

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "POST"])
@signed_link
@never_cache
def invitation_accept(request, token):
    now = timezone.now()
    invitation = invitation_of(token)
    with translation.override("fr"):
        if invitation is None or not (invitation.is_open(now) or _is_theirs(request, invitation)):
            return render(request, "organizations/invitation_accept.html", {"invitation": None}, status=404)
        if request.user.is_authenticated:
            return _accept_signed_in(request, invitation, now)
        if has_account(invitation.email):
            return redirect(reverse("account_login", query={"next": request.path}))
        return _accept_as_new(request, invitation, now)


def _is_theirs(request, invitation):
    """Who accepted it and opens the link again is led on, not told that it is void."""
    return request.user.is_authenticated and invitation.accepted_by_id == request.user.pk


def _accept_signed_in(request, invitation, now):
    if request.method == "POST":
        try:
            accept_invitation(invitation=invitation, agent=request.user, now=now)
        except OrganizationsError as error:
            messages.error(request, error.message)
            return redirect("start")
        return _welcome(request, invitation)
    if _is_theirs(request, invitation):
        return redirect("start")
    return render(request, "organizations/invitation_accept.html", {"invitation": invitation})


def _accept_as_new(request, invitation, now):
    form = NewAccountForm(request.POST if request.method == "POST" else None, email=invitation.email)
    if form.is_valid():
        try:
            membership = accept_with_new_account(invitation=invitation, now=now, **form.cleaned_data)
        except OrganizationsError as error:
            form.add_error(None, error.message)
        else:
            login(request, membership.agent, backend=BACKEND)
            return _welcome(request, invitation)
    context = {"invitation": invitation, "form": form}
    return render(request, "organizations/invitation_accept.html", context, status=422 if form.is_bound else 200)


def _welcome(request, invitation):
    messages.success(request, f"Bienvenue dans {invitation.organization}.")
    return redirect("scheduling:today", invitation.organization.slug)
