"""« Mes notifications », in the account: one choice for the agent's calendar, from whichever organization."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from organizations.services.agents import choose_notifications
from organizations.tenancy import member_required

from ..forms.preferences import PreferencesForm


@require_http_methods(["GET", "HEAD", "POST"])
@member_required()
def my_notifications(request):
    form = PreferencesForm(request.POST or None, agent=request.user)
    if form.is_valid():
        choose_notifications(agent=request.user, **form.cleaned_data)
        messages.success(request, "Vos choix sont enregistrés.")
        return redirect("notifications:my_notifications", request.organization.slug)
    status = 422 if request.method == "POST" else 200
    return render(request, "notifications/my_notifications.html", {"form": form}, status=status)
