"""Ten minutes more, asked for once from the form that needs them."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from scheduling.exceptions import HoldNotProlonged, TooManyHolds

from ..claims import claim_of
from ..steps import Step
from .booking import person_form
from .journeys import step_view


@sensitive_post_parameters()
@require_POST
@step_view(Step.WHO)
def hold_prolong(request, journey):
    """Sent by the form « vous » as it stands, or by that of the code, and back to it with what was typed.

    A code is not kept: whoever has it types it again.
    """
    step = Step.CODE if request.POST.get("etape") == Step.CODE.value else Step.WHO
    if step is Step.WHO and journey.visitor.key is not None:
        journey.visitor.remember(person_form(journey, request.POST).typed)
    try:
        claim_of(journey).prolong()
    except (HoldNotProlonged, TooManyHolds) as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("Ce créneau vous est gardé dix minutes de plus."))
    return redirect(journey.url(step))
