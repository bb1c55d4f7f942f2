from django.conf import settings
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from organizations.access import public
from organizations.models import Membership

from ..selectors.motifs import portal_territories
from ..sharing import shared_home


@require_safe
@public
def home(request):
    """The front door: territories to book with, and the way in for agents."""
    memberships = Membership.objects.all_of(request.user) if request.user.is_authenticated else []
    context = {
        "territories": portal_territories(now=timezone.now()),
        "organizations": [membership.organization for membership in memberships],
        "has_local_outbox": settings.LOCAL_OUTBOX,
        "shared": shared_home(),
    }
    return render(request, "booking_portal/home.html", context)
