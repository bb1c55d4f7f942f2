"""Every address of the site. Each view states who gets in by its attribute `access`."""

from django.urls import include, path

from booking_portal.views.theme import theme_css, theme_sample_css
from config import health
from config.access import declare_access
from config.favicon import favicon
from config.languages import set_language
from config.robots import robots
from organizations.views.invitation_accept import invitation_accept
from organizations.views.start import start
from organizations.views.territory_logos import territory_logo

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("favicon.ico", favicon, name="favicon"),
    path("robots.txt", robots, name="robots"),
    path("langue/", set_language, name="set_language"),
    path("compte/", declare_access(include("allauth.urls"), "account")),
    path("demarrer/", start, name="start"),
    path("invitation/<str:token>/", invitation_accept, name="invitation_accept"),
    path("theme/<slug:territory_slug>.css", theme_css, name="theme_css"),
    path("theme/essai/couleur.css", theme_sample_css, name="theme_sample_css"),
    path("logo/<slug:digest>.png", territory_logo, name="territory_logo"),
    # The apps, from the inside out; `""` (home) belongs to the last one.
    path("", include("organizations.urls")),
    path("", include("scheduling.urls")),
    path("", include("notifications.urls")),
    path("", include("booking_portal.urls")),
]
