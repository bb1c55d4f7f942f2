from django.utils.functional import SimpleLazyObject

from .models import Membership
from .navigation import navigation_of, territory_navigation_of


def back_office(request):
    """What the layout of the back office shows around a member's page; nothing, and no query, on other pages.

    The memberships are read when the page shows them: a fragment costs nothing.
    """
    current = getattr(request, "membership", None)
    role = getattr(request, "territory_role", None)
    view_name = request.resolver_match.view_name if current or role else ""
    if role:
        return {
            "memberships": SimpleLazyObject(lambda: Membership.objects.all_of(request.user)),
            "current_membership": None,
            "navigation": territory_navigation_of(role, view_name),
            "territory": role.territory,
        }
    if current is None:
        return {"memberships": [], "current_membership": None, "navigation": []}
    return {
        "memberships": SimpleLazyObject(lambda: _memberships(request.user, current)),
        "current_membership": current,
        "navigation": navigation_of(current, view_name),
        "territory": current.organization.territory,
    }


def _memberships(agent, current):
    """Those of the agent, the current one being the very object of the request."""
    found = [membership for membership in Membership.objects.all_of(agent) if not _is_same(membership, current)]
    return sorted([*found, current], key=lambda membership: membership.organization.name)


def _is_same(membership, current):
    return membership.organization_id == current.organization_id
