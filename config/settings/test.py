"""For pytest. DATABASE_URL and REDIS_URL come from `tests/servers.py`, which starts what the environment does not name."""

import os

for _name, _value in {
    "SECRET_KEY": "test-only",
    "ALLOWED_HOSTS": "*",
    "SITE_URL": "http://testserver",
    "DATABASE_URL": "postgresql://postgres@/permanence?host=/nowhere",
    "REDIS_URL": "redis://127.0.0.1:1/0",  # Nobody listens there: tests that need Redis ask for it.
    "EMAIL_URL": "memorymail://",
    "DEFAULT_FROM_EMAIL": "Permanence <ne-pas-repondre@permanence.example>",
    "LOCAL_OUTBOX": "true",
    "SECURE_SSL_REDIRECT": "false",
    "SECURE_COOKIES": "false",
    "SECURE_HSTS_SECONDS": "0",
    "LOG_LEVEL": "WARNING",
}.items():
    os.environ.setdefault(_name, _value)

from config.settings.base import *  # noqa: E402, F403
from config.settings.base import CELERY_BROKER_TRANSPORT_OPTIONS  # noqa: E402, F401

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Fast: nothing here is secret.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
