"""What a URL says about who gets in, when it is not a member's page (those use `tenancy.member_required`).

Every view carries an attribute `access`; `tests/test_permissions.py` walks all URLs and refuses one without.
"""

from django.contrib.auth.decorators import login_required


def public(view):
    """Anybody may open this page; whatever it shows is meant for everybody."""
    view.access = "public"
    return view


def signed_link(view):
    """Anybody who holds the link that we signed; the view itself checks the signature."""
    view.access = "signed_link"
    return view


def signed_request(view):
    """Another machine, which signs what it posts with a secret that it shares with us; the view checks that."""
    view.access = "signed_request"
    return view


def signed_in(view):
    """Any signed-in agent, whatever their organizations."""
    wrapped = login_required(view)
    wrapped.access = "signed_in"
    return wrapped
