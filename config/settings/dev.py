"""A machine of one's own: `make run`, `manage.py`. Nothing needs to be set; everything still can be."""

import os

from config.embedded import Embedded

_embedded = Embedded.from_environment()
_port = os.environ.get("PORT", "8000")

for _name, _value in {
    "SECRET_KEY": "development-only",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
    "SITE_URL": f"http://localhost:{_port}",
    "DATABASE_URL": _embedded.database_url,
    "REDIS_URL": _embedded.redis_url,
    "DEFAULT_FROM_EMAIL": "Permanence <ne-pas-repondre@permanence.example>",
    "LOCAL_OUTBOX": "true",
    "DEMO_ALLOWED": "true",
    "SECURE_SSL_REDIRECT": "false",
    "SECURE_COOKIES": "false",
    "SECURE_HSTS_SECONDS": "0",
}.items():
    os.environ.setdefault(_name, _value)

from config.settings.base import *  # noqa: E402
from config.settings.base import LOGGING  # noqa: E402

DEBUG = os.environ.get("DEBUG", "") == "1"

# No collectstatic: files are served from where they are.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

LOGGING["formatters"]["plain"] = {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"}
LOGGING["handlers"]["console"]["formatter"] = "plain"
