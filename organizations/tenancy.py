"""Tenant scoping: the one module that knows how a row belongs to an organization or a territory."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache


class TenantQuerySet(models.QuerySet):
    def for_organization(self, organization):
        return self.filter(organization=organization)

    def visible_to(self, membership):
        """Rows this member may see. Override where a plain agent sees less than the organization."""
        return self.for_organization(membership.organization)


class TenantModel(models.Model):
    """A row of one organization."""

    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.PROTECT, verbose_name="organisation", related_name="+"
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class TerritoryQuerySet(models.QuerySet):
    def for_territory(self, territory):
        return self.filter(territory=territory)

    def for_organization(self, organization):
        return self.filter(territory=organization.territory_id)

    def visible_to(self, membership):
        return self.for_organization(membership.organization)


class TerritoryModel(models.Model):
    """A row shared by the organizations of one territory."""

    territory = models.ForeignKey(
        "organizations.Territory", on_delete=models.PROTECT, verbose_name="territoire", related_name="+"
    )

    objects = TerritoryQuerySet.as_manager()

    class Meta:
        abstract = True


def member_required(*, admin=False):
    """Turn `/o/<org_slug>/…` into `request.organization` and `request.membership`.

    404 for somebody who does not belong to the organization: its existence is not their business.
    403 for a plain agent on an administrator's page. One query for a member; two for a territory administrator.
    While the view runs, clocks are the organization's: what templates and forms read and write is its wall time.
    The back office is in French whatever the browser prefers, and no browser or proxy keeps its pages.
    """
    # Imported late: this module is below the models, which use it.
    from .models import Membership

    def decorator(view):
        @login_required
        @never_cache
        @wraps(view)
        def wrapper(request, org_slug, *args, **kwargs):
            membership = Membership.objects.of(request.user, org_slug)
            if membership is None:
                raise Http404
            if admin and not membership.is_admin:
                raise PermissionDenied
            request.membership = membership
            request.organization = membership.organization
            with timezone.override(membership.organization.zone), translation.override("fr"):
                return view(request, *args, **kwargs)

        wrapper.access = "admin" if admin else "agent"  # Read by tests/test_permissions.py.
        return wrapper

    return decorator


def territory_role_required(*rights):
    """Turn `/territoire/<territory_slug>/…` into `request.territory` and `request.territory_role`.

    `rights` are fields of TerritoryRole, any of which is enough; without any, the page is the administrators', who
    may do everything. 404 for somebody without a role in the territory, 403 for one whose role gives none of them.
    One query. Clocks are the territory's, the language is French, and no browser or proxy keeps the page.
    """
    # Imported late: this module is below the models, which use it.
    from .models import TerritoryRole

    def decorator(view):
        @login_required
        @never_cache
        @wraps(view)
        def wrapper(request, territory_slug, *args, **kwargs):
            role = TerritoryRole.objects.of(request.user, territory_slug)
            if role is None:
                raise Http404
            if not role.may(*rights):
                raise PermissionDenied
            request.territory_role = role
            request.territory = role.territory
            with timezone.override(role.territory.zone), translation.override("fr"):
                return view(request, *args, **kwargs)

        wrapper.access = "territory"  # Read by tests/test_permissions.py.
        wrapper.rights = rights  # Read by the navigation, too.
        return wrapper

    return decorator
