"""What a URL says about who gets in, when it is not a member's page (those use `tenancy.member_required`).

Every view carries an attribute `access`; `tests/test_permissions.py` walks all URLs and refuses one without.
"""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404


def public(view):
    """Anybody may open this page; whatever it shows is meant for everybody."""
    view.access = "public"
    return view


def signed_link(view):
    """Anybody who holds the link that we signed; the view itself checks the signature."""
    view.access = "signed_link"
    return view


def signed_in(view):
    """Any signed-in agent, whatever their organizations."""
    wrapped = login_required(view)
    wrapped.access = "signed_in"
    return wrapped


def operator_required(view):
    """The installation's operator only; for anybody else the page does not exist."""

    @wraps(view)
    def wrapper(request, *args, **kwargs):
        if not (request.user.is_authenticated and request.user.is_superuser):
            raise Http404
        return view(request, *args, **kwargs)

    wrapper.access = "operator"
    return wrapper
