"""Back to where one was."""

from django.http import QueryDict
from django.utils.http import url_has_allowed_host_and_scheme


def return_address(request, default):
    """The `next` of the form, or else of the address, if it is a path of this site; else `default`."""
    address = request.POST.get("next") or request.GET.get("next", "")
    if address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return address
    return default


def with_parameter(address, name, value):
    """The address with one parameter of its query replaced."""
    path, _, query = address.partition("?")
    parameters = QueryDict(query, mutable=True)
    parameters[name] = value
    return f"{path}?{parameters.urlencode()}"
