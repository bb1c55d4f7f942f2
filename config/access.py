"""Access of views that are not ours: they state none, so it is declared where they are included."""

from django.urls import URLResolver


def declare_access(included, access):
    """Set `access` on every view below `included`, what `include()` returned; return it for `path()`."""
    urlconf, _app_name, _namespace = included
    _declare(getattr(urlconf, "urlpatterns", urlconf), access)
    return included


def _declare(patterns, access):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            _declare(pattern.url_patterns, access)
        else:
            pattern.callback.access = access
